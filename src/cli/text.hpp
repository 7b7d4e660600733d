#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Text for people: nothing that a service or a file name contains may steer the terminal.
namespace asr_stream::cli {

/// UTF-8 with every control character (C0, DEL, C1) and bidirectional override shown as \n, \t, \xNN or \uNNNN, and
/// every malformed byte as U+FFFD. The result is valid UTF-8 in one line.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns that printable text takes on a terminal.
[[nodiscard]] std::size_t display_width(std::string_view text);
/// Printable text cut to `columns`. Of a partial transcript the end matters: the newest words.
[[nodiscard]] std::string keep_end(std::string_view text, std::size_t columns);
[[nodiscard]] std::string keep_begin(std::string_view text, std::size_t columns);
/// Printable text filled with spaces up to `columns`, behind it or before it.
[[nodiscard]] std::string pad(std::string_view text, std::size_t columns);
[[nodiscard]] std::string pad_left(std::string_view text, std::size_t columns);

/// "12.3", with so many digits after the point.
[[nodiscard]] std::string fixed(double value, int digits);
/// "4.2 s", "3 min 07 s", "2 h 05 min".
[[nodiscard]] std::string duration_text(std::chrono::milliseconds time);
/// "[######--------]" of `width` columns in all.
[[nodiscard]] std::string bar(double fraction, std::size_t width);

/// One character of UTF-8, or a byte that is none (then `valid` is false and size 1).
struct Character {
    char32_t code{};
    std::size_t size = 1;
    bool valid = false;
};
/// The first character of `text`, which is not empty.
[[nodiscard]] Character first_character(std::string_view text) noexcept;

}  // namespace asr_stream::cli
