#include "engine/setting_values.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace asr_stream::engine {
namespace {

constexpr std::size_t longest_shown = 80;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// RFC 9110 section 5.6.2
bool is_token_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
    std::uint64_t factor = 1;
    if (text.ends_with("ms")) {
        text.remove_suffix(2);
    } else if (text.ends_with("s")) {
        text.remove_suffix(1);
        factor = 1000;
    }
    const auto number = parse_number(text);
    constexpr std::uint64_t longest = std::numeric_limits<std::int32_t>::max();  // far beyond any setting
    if (!number || *number > longest) return std::nullopt;
    return std::chrono::milliseconds{static_cast<std::int64_t>(*number * factor)};
}

std::optional<double> parse_decimal(std::string_view text) noexcept {
    if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string decimal_text(double value) {
    std::array<char, 32> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return {digits.data(), written.ptr};
}

std::optional<bool> parse_bool(std::string_view text) noexcept {
    for (const std::string_view yes : {"true", "yes", "on", "1"})
        if (equal_ignoring_case(text, yes)) return true;
    for (const std::string_view no : {"false", "no", "off", "0"})
        if (equal_ignoring_case(text, no)) return false;
    return std::nullopt;
}

std::vector<std::string> parse_list(std::string_view text) {
    std::vector<std::string> list;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        if (const auto entry = trimmed(text.substr(0, comma)); !entry.empty()) list.emplace_back(entry);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return list;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string header_problem(std::string_view name, std::string_view value) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_character))
        return "a header's name is made of letters, digits and dashes";
    if (std::any_of(value.begin(), value.end(), [](char c) { return is_control(c) && c != '\t'; }))
        return "a header's value has no control characters and is one line";
    for (const std::string_view own : {"host", "upgrade", "connection", "content-length", "transfer-encoding"})
        if (equal_ignoring_case(name, own)) return "the handshake sets this header itself";
    constexpr std::string_view prefix = "sec-websocket-";
    if (name.size() >= prefix.size() && equal_ignoring_case(name.substr(0, prefix.size()), prefix))
        return "the handshake sets this header itself (for the protocol use subprotocol)";
    return {};
}

Header parse_header(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return {.name = {}, .value = {}, .error = "allowed is \"Name: value\""};
    Header header;
    header.name = trimmed(text.substr(0, colon));
    header.value = trimmed(text.substr(colon + 1));
    header.error = header_problem(header.name, header.value);
    return header;
}

std::string printable(std::string_view text) {
    std::string shown{text.substr(0, longest_shown)};
    std::replace_if(shown.begin(), shown.end(), is_control, '?');
    if (text.size() > longest_shown) shown += "...";
    return shown;
}

}  // namespace asr_stream::engine
