#include "dialect/json_write.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "dialect/utf8.hpp"

namespace asr_stream::dialect {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

void append_escaped_control(std::string& out, char character) {
    switch (character) {
        case '\b': out += "\\b"; return;
        case '\f': out += "\\f"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    const auto code = static_cast<unsigned char>(character);
    out += "\\u00";
    out += digits[code >> 4];
    out += digits[code & 15];
}

bool is_control(char character) noexcept { return static_cast<unsigned char>(character) < 0x20 || character == 0x7F; }

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const std::size_t length = utf8_character(text);
        const char first = text.front();
        if (length == 0) {
            out += replacement;
        } else if (static_cast<unsigned char>(first) < 0x20) {
            append_escaped_control(out, first);
        } else {
            if (first == '"' || first == '\\') out += '\\';
            out += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    out += '"';
}

void append_json_strings(std::string& out, std::span<const std::string> texts) {
    out += '[';
    for (bool first = true; const std::string& text : texts) {
        if (!first) out += ',';
        append_json_string(out, text);
        first = false;
    }
    out += ']';
}

void append_json_integer(std::string& out, std::int64_t value) {
    std::array<char, 24> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), written.ptr);
}

std::string one_line(std::string_view text, std::size_t max_bytes) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = utf8_character(text);
        const std::string_view character = length == 0 ? replacement : text.substr(0, length);
        if (out.size() + character.size() > max_bytes) return out + "...";
        if (is_control(character.front()))
            out += ' ';
        else
            out += character;
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

}  // namespace asr_stream::dialect
