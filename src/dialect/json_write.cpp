#include "dialect/json_write.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "dialect/utf8.hpp"

namespace asr_stream::dialect {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// How many bytes from the front stand for themselves in a JSON string.
std::size_t plain_prefix(std::string_view text) noexcept {
    std::size_t size = 0;
    while (size < text.size()) {
        const char first = text[size];
        if (static_cast<unsigned char>(first) < 0x20 || first == '"' || first == '\\') break;
        const std::size_t length = utf8_character(text.substr(size));
        if (length == 0) break;
        size += length;
    }
    return size;
}

/// A byte that does not stand for itself: one to escape, or one that is no UTF-8.
void append_escaped(std::string& out, char character) {
    switch (character) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\b': out += "\\b"; return;
        case '\f': out += "\\f"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    const auto code = static_cast<unsigned char>(character);
    if (code >= 0x20) {
        out += replacement;
        return;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u00";
    out += digits[code >> 4];
    out += digits[code & 15];
}

bool is_control(char character) noexcept { return static_cast<unsigned char>(character) < 0x20 || character == 0x7F; }

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const std::size_t plain = plain_prefix(text);
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        append_escaped(out, text.front());
        text.remove_prefix(1);
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
