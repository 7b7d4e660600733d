#include "dialect/json_object.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "dialect/json_write.hpp"

namespace asr_stream::dialect {

JsonObject& JsonObject::member(std::string_view name, std::string_view json) {
    if (!members_.empty()) members_ += ',';
    dialect::append_json_string(members_, name);
    members_ += ':';
    members_ += json;
    return *this;
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
    std::string quoted;
    dialect::append_json_string(quoted, value);
    return member(name, quoted);
}

JsonObject& JsonObject::integer(std::string_view name, std::int64_t value) {
    return member(name, std::to_string(value));
}

JsonObject& JsonObject::unsigned_integer(std::string_view name, std::uint64_t value) {
    return member(name, std::to_string(value));
}

JsonObject& JsonObject::number(std::string_view name, double value, int digits) {
    if (!std::isfinite(value)) return null(name);
    std::array<char, 400> digits_of{};  // the longest double has 309 digits before its point
    const auto end =
        std::to_chars(digits_of.data(), digits_of.data() + digits_of.size(), value, std::chars_format::fixed, digits);
    std::string text{digits_of.data(), end.ptr};
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') text.pop_back();
    }
    return member(name, text);
}

JsonObject& JsonObject::boolean(std::string_view name, bool value) { return member(name, value ? "true" : "false"); }

JsonObject& JsonObject::object(std::string_view name, const JsonObject& value) { return member(name, value.str()); }

JsonObject& JsonObject::array(std::string_view name, std::span<const JsonObject> values) {
    std::string json = "[";
    for (const JsonObject& value : values) {
        if (json.size() > 1) json += ',';
        json += value.str();
    }
    return member(name, json + "]");
}

JsonObject& JsonObject::null(std::string_view name) { return member(name, "null"); }

}  // namespace asr_stream::dialect
