#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Text to value and back, for the settings table.
namespace asr_stream::engine {

[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// A whole number and nothing else.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;
/// "250", "250ms" or "5s".
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;
/// A number with digits and at most one point: "1", "0.45".
[[nodiscard]] std::optional<double> parse_decimal(std::string_view text) noexcept;
/// The shortest text that reads as the same number.
[[nodiscard]] std::string decimal_text(double value);
/// true, false, yes, no, on, off, 1, 0.
[[nodiscard]] std::optional<bool> parse_bool(std::string_view text) noexcept;
/// "a, b,c" without empty entries.
[[nodiscard]] std::vector<std::string> parse_list(std::string_view text);
/// "Name: value"; the error is in words.
struct Header {
    std::string name;
    std::string value;
    std::string error;
};
[[nodiscard]] Header parse_header(std::string_view text);

/// What is wrong with a header of ours (RFC 9110 section 5, and those that the WebSocket handshake sets itself), or
/// empty.
[[nodiscard]] std::string header_problem(std::string_view name, std::string_view value);
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// A value as an error message may show it: shortened, and without control characters.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace asr_stream::engine
