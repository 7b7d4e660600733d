#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace asr_stream::dialect {

/// A JSON object (RFC 8259) put together member by member, in that order, with numbers written the way people do.
class JsonObject {
  public:
    JsonObject& text(std::string_view name, std::string_view value);
    JsonObject& integer(std::string_view name, std::int64_t value);
    JsonObject& unsigned_integer(std::string_view name, std::uint64_t value);
    /// `digits` after the point, trailing zeros left out; null where there is no number to write.
    JsonObject& number(std::string_view name, double value, int digits = 3);
    JsonObject& boolean(std::string_view name, bool value);
    JsonObject& object(std::string_view name, const JsonObject& value);
    JsonObject& array(std::string_view name, std::span<const JsonObject> values);
    JsonObject& null(std::string_view name);

    [[nodiscard]] std::string str() const { return "{" + members_ + "}"; }

  private:
    JsonObject& member(std::string_view name, std::string_view json);
    std::string members_;
};

}  // namespace asr_stream::dialect
