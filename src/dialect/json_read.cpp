#include "dialect/json_read.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse_options.hpp>
#include <boost/json/parser.hpp>
#include <charconv>
#include <cmath>
#include <limits>

#include "dialect/json_write.hpp"

namespace asr_stream::dialect {
namespace {

std::string to_text(double value) {
    std::array<char, 32> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return {digits.data(), written.ptr};
}

std::string_view kind_of(const boost::json::value& value) noexcept {
    switch (value.kind()) {
        case boost::json::kind::null: return "null";
        case boost::json::kind::bool_: return "a boolean";
        case boost::json::kind::string: return "a string";
        case boost::json::kind::array: return "an array";
        case boost::json::kind::object: return "an object";
        default: return "a number";
    }
}

/// Each value but the first follows one of these; those within strings count too, which only makes the bound stricter.
bool has_too_many_values(std::string_view text) noexcept {
    if (text.size() <= max_json_values) return false;
    const auto starts_value = [](char character) { return character == ',' || character == '[' || character == '{'; };
    return static_cast<std::size_t>(std::ranges::count_if(text, starts_value)) > max_json_values;
}

constexpr double largest_number = std::numeric_limits<double>::max();

std::string allowed_numbers(double min, double max) {
    if (max == largest_number) return "a number";
    return "a number from " + to_text(min) + " to " + to_text(max);
}

std::string entry_name(std::string_view key, std::size_t index) {
    return std::string{key} + '[' + std::to_string(index) + ']';
}

}  // namespace

Result<const boost::json::object*> JsonDocument::parse_object(std::string_view text) {
    if (text.size() > max_json_bytes)
        return fail(Errc::bad_message, "JSON of " + std::to_string(text.size()) + " bytes: allowed are at most " +
                                           std::to_string(max_json_bytes));
    if (has_too_many_values(text))
        return fail(Errc::bad_message,
                    "JSON of too many values: allowed are at most " + std::to_string(max_json_values));
    boost::json::parse_options options;
    options.max_depth = max_json_depth;
    boost::json::parser parser{{}, options, scratch_.data(), scratch_.size()};
    parser.reset(&memory_);
    boost::json::error_code error;
    const std::size_t parsed = parser.write(text.data(), text.size(), error);
    if (error)
        return fail(Errc::bad_message, "no valid JSON at byte " + std::to_string(parsed) + " of " +
                                           std::to_string(text.size()) + ": " + error.message());
    root_ = parser.release();
    if (const boost::json::object* object = root_.if_object()) return object;
    return fail(Errc::bad_message, "the message is " + std::string{kind_of(root_)} + ": an object is required");
}

const boost::json::value* JsonFields::find(std::string_view key) const noexcept {
    const boost::json::value* value = object_.if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

const boost::json::value* JsonFields::look_up(std::string_view key, Presence presence, std::string_view allowed) {
    if (!ok()) return nullptr;
    const boost::json::value* value = find(key);
    if (value == nullptr && presence == Presence::required)
        refuse(key, "is missing: " + std::string{allowed} + " is required");
    return value;
}

std::optional<std::string_view> JsonFields::text(std::string_view key, Presence presence) {
    constexpr std::string_view allowed = "a string";
    const boost::json::value* value = look_up(key, presence, allowed);
    if (value == nullptr) return std::nullopt;
    const boost::json::string* text = value->if_string();
    if (text == nullptr) {
        refuse_kind(key, *value, allowed);
        return std::nullopt;
    }
    if (text->find('\0') != boost::json::string::npos) {
        refuse(key, "contains U+0000: any other character is allowed");
        return std::nullopt;
    }
    return std::string_view{*text};
}

std::optional<bool> JsonFields::flag(std::string_view key, Presence presence) {
    constexpr std::string_view allowed = "true or false";
    const boost::json::value* value = look_up(key, presence, allowed);
    if (value == nullptr) return std::nullopt;
    if (const bool* flag = value->if_bool()) return *flag;
    refuse_kind(key, *value, allowed);
    return std::nullopt;
}

std::optional<double> JsonFields::number(std::string_view key, double min, double max, Presence presence) {
    const boost::json::value* value = look_up(key, presence, "a number");
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) {
        refuse_kind(key, *value, allowed_numbers(min, max));
        return std::nullopt;
    }
    const double number = value->to_number<double>();
    if (std::isfinite(number) && number >= min && number <= max) return number;
    refuse(key, "is " + to_text(number) + ": allowed is " + allowed_numbers(min, max));
    return std::nullopt;
}

std::optional<double> JsonFields::loose_confidence(std::string_view key) {
    const std::optional<double> value = number(key, -largest_number, largest_number);
    return value && *value >= 0 && *value <= 1 ? value : std::nullopt;
}

std::optional<CallTime> JsonFields::time_ms(std::string_view key, Presence presence) {
    const std::optional<double> value = number(key, 0, max_json_time_ms, presence);
    if (!value) return std::nullopt;
    return CallTime{std::llround(*value)};
}

std::optional<CallTime> JsonFields::time_seconds(std::string_view key, Presence presence) {
    const std::optional<double> value = number(key, 0, max_json_time_ms / 1000, presence);
    if (!value) return std::nullopt;
    return CallTime{std::llround(*value * 1000)};
}

const boost::json::object* JsonFields::object(std::string_view key, Presence presence) {
    constexpr std::string_view allowed = "an object";
    const boost::json::value* value = look_up(key, presence, allowed);
    if (value == nullptr) return nullptr;
    const boost::json::object* object = value->if_object();
    if (object == nullptr) refuse_kind(key, *value, allowed);
    return object;
}

const boost::json::array* JsonFields::array(std::string_view key, std::size_t max_entries, Presence presence) {
    constexpr std::string_view allowed = "an array";
    const boost::json::value* value = look_up(key, presence, allowed);
    if (value == nullptr) return nullptr;
    const boost::json::array* array = value->if_array();
    if (array == nullptr) {
        refuse_kind(key, *value, allowed);
        return nullptr;
    }
    if (array->size() <= max_entries) return array;
    refuse(key,
           "has " + std::to_string(array->size()) + " entries: allowed are at most " + std::to_string(max_entries));
    return nullptr;
}

void JsonFields::refuse(std::string_view key, std::string_view problem) {
    if (!ok()) return;
    error_ = Error{Errc::bad_message, path() + '.' + std::string{key} + ' ' + std::string{problem}};
}

void JsonFields::refuse_kind(std::string_view key, const boost::json::value& value, std::string_view allowed) {
    refuse(key, "is " + std::string{kind_of(value)} + ": allowed is " + std::string{allowed});
}

void JsonFields::refuse_entry(std::string_view key, std::size_t index, const boost::json::value& value,
                              std::string_view allowed) {
    refuse_kind(entry_name(key, index), value, allowed);
}

std::string JsonFields::path() const {
    if (parent_ == nullptr) return std::string{name_};
    return parent_->path() + '.' + entry_name(name_, index_);
}

Result<> JsonFields::result() const {
    if (error_) return tl::unexpected{*error_};
    return {};
}

void check_order(JsonFields& fields, std::string_view end_key, std::optional<CallTime> start,
                 std::optional<CallTime> end) {
    if (start && end && *end < *start) fields.refuse(end_key, "is before the start: allowed is the start or later");
}

}  // namespace asr_stream::dialect
