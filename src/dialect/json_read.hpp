#pragma once

#include <array>
#include <asr_stream/event.hpp>
#include <boost/json/array.hpp>
#include <boost/json/memory_resource.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Reads JSON that the other side wrote: bounded, and with errors that name the field and what is allowed.
namespace asr_stream::dialect {

constexpr std::size_t max_json_depth = 32;
constexpr std::size_t max_json_bytes = 16u << 20;        ///< above every max-message-bytes that can be set
constexpr std::size_t max_json_values = 65'536;          ///< parsed, each takes up to 48 bytes beside its text
constexpr double max_json_time_ms = 9007199254740992.0;  ///< 2^53: up to here a double counts milliseconds exactly

/// One message, parsed. Make it a local variable: a small message lives in its buffers and costs no heap allocation.
class JsonDocument {
  public:
    JsonDocument() : root_(&memory_) {}
    JsonDocument(const JsonDocument&) = delete;
    JsonDocument& operator=(const JsonDocument&) = delete;

    /// The object that `text` is, valid as long as this document; call it once. Errc::bad_message when the text is not
    /// UTF-8, not JSON (RFC 8259), no object, or beyond one of the three bounds above.
    [[nodiscard]] Result<const boost::json::object*> parse_object(std::string_view text);

  private:
    // Uninitialised on purpose: clearing them would cost more than most messages.
    std::array<unsigned char, 4096> values_;
    std::array<unsigned char, 2048> scratch_;
    boost::json::monotonic_resource memory_{values_.data(), values_.size()};
    boost::json::value root_;
};

enum class Presence { optional, required };

/// Reads the fields of one object. The first field that breaks its rule makes the error; after it every read answers
/// as if the field were absent, so a caller reads everything and looks at the error once. null counts as absent.
class JsonFields {
  public:
    /// `name` stands for the object in errors, for instance "final"; both must outlive this.
    JsonFields(const boost::json::object& object, std::string_view name) noexcept : object_{object}, name_{name} {}
    JsonFields(const JsonFields&) = delete;
    JsonFields& operator=(const JsonFields&) = delete;

    [[nodiscard]] bool has(std::string_view key) const noexcept { return find(key) != nullptr; }
    /// A string without U+0000, which would end the text early for every consumer written in C.
    [[nodiscard]] std::optional<std::string_view> text(std::string_view key, Presence presence = Presence::optional);
    [[nodiscard]] std::optional<bool> flag(std::string_view key, Presence presence = Presence::optional);
    [[nodiscard]] std::optional<double> number(std::string_view key, double min, double max,
                                               Presence presence = Presence::optional);
    /// Any finite number; what is outside of 0 to 1 is no confidence and reads as absent.
    [[nodiscard]] std::optional<double> loose_confidence(std::string_view key);
    /// Times from 0 to 2^53 ms, rounded to milliseconds.
    [[nodiscard]] std::optional<CallTime> time_ms(std::string_view key, Presence presence = Presence::optional);
    [[nodiscard]] std::optional<CallTime> time_seconds(std::string_view key, Presence presence = Presence::optional);
    [[nodiscard]] const boost::json::object* object(std::string_view key, Presence presence = Presence::optional);

    /// Calls `read(JsonFields&)` for each object of the array `key`, which may have up to `max_entries`.
    template <class Read>
    void each(std::string_view key, std::size_t max_entries, Read read, Presence presence = Presence::optional) {
        const boost::json::array* entries = array(key, max_entries, presence);
        for (std::size_t i = 0; entries != nullptr && i < entries->size() && ok(); ++i) {
            const boost::json::object* entry = (*entries)[i].if_object();
            if (entry == nullptr) return refuse_entry(key, i, (*entries)[i]);
            JsonFields fields{*entry, key, this, i};
            read(fields);
            if (!fields.ok()) error_ = std::move(fields.error_);
        }
    }
    /// Calls `read(std::string_view)` for each string of the array `key`.
    template <class Read>
    void each_text(std::string_view key, std::size_t max_entries, Read read, Presence presence = Presence::optional) {
        const boost::json::array* entries = array(key, max_entries, presence);
        for (std::size_t i = 0; entries != nullptr && i < entries->size() && ok(); ++i) {
            const boost::json::string* entry = (*entries)[i].if_string();
            if (entry == nullptr) return refuse_entry(key, i, (*entries)[i], "a string");
            read(std::string_view{*entry});
        }
    }

    /// Refuses what the typed readers cannot see, for instance an end before its start: "final.KEY PROBLEM".
    void refuse(std::string_view key, std::string_view problem);

    [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
    /// Errc::bad_message of the first field that broke its rule.
    [[nodiscard]] Result<> result() const;

  private:
    JsonFields(const boost::json::object& object, std::string_view name, const JsonFields* parent,
               std::size_t index) noexcept
        : object_{object}, name_{name}, parent_{parent}, index_{index} {}

    [[nodiscard]] const boost::json::value* find(std::string_view key) const noexcept;
    [[nodiscard]] const boost::json::value* look_up(std::string_view key, Presence presence, std::string_view allowed);
    [[nodiscard]] const boost::json::array* array(std::string_view key, std::size_t max_entries, Presence presence);
    void refuse_kind(std::string_view key, const boost::json::value& value, std::string_view allowed);
    void refuse_entry(std::string_view key, std::size_t index, const boost::json::value& value,
                      std::string_view allowed = "an object");
    [[nodiscard]] std::string path() const;

    const boost::json::object& object_;
    std::string_view name_;
    const JsonFields* parent_ = nullptr;
    std::size_t index_ = 0;
    std::optional<Error> error_;
};

/// Refuses an end before its start.
void check_order(JsonFields& fields, std::string_view end_key, std::optional<CallTime> start,
                 std::optional<CallTime> end);

}  // namespace asr_stream::dialect
