#include "cli/text.hpp"

#include <locale.h>
#include <clocale>
#include <cwchar>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "dialect/utf8.hpp"

namespace asr_stream::cli {
namespace {

bool is_control(char32_t code) noexcept {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

std::string escaped(char32_t code) {
    if (code == '\n') return "\\n";
    if (code == '\t') return "\\t";
    if (code == '\r') return "\\r";
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), code < 0x100 ? "\\x%02x" : "\\u%04x", static_cast<unsigned>(code));
    return text.data();
}

/// Width by the C library's tables; the process keeps its own locale.
std::size_t width_of(char32_t code) {
    if (code < 0x7F) return 1;
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    if (utf8 == locale_t{}) return 1;
    const locale_t before = uselocale(utf8);
    const int width = wcwidth(static_cast<wchar_t>(code));
    uselocale(before);
    return width < 0 ? 1 : static_cast<std::size_t>(width);
}

}  // namespace

Character first_character(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t size = dialect::utf8_character(text);
    if (size == 0) return {byte(0), 1, false};
    auto code = static_cast<char32_t>(size == 1 ? byte(0) : byte(0) & (0x7FU >> size));
    for (std::size_t i = 1; i < size; ++i) code = (code << 6U) | (byte(i) & 0x3FU);
    return {code, size, true};
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Character character = first_character(text);
        if (!character.valid) {
            out += "\xEF\xBF\xBD";
        } else if (is_control(character.code)) {
            out += escaped(character.code);
        } else {
            out.append(text.substr(0, character.size));
        }
        text.remove_prefix(character.size);
    }
    return out;
}

std::size_t display_width(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const Character character = first_character(text);
        columns += character.valid ? width_of(character.code) : 1;
        text.remove_prefix(character.size);
    }
    return columns;
}

std::string keep_end(std::string_view text, std::size_t columns) {
    std::size_t excess = display_width(text);
    if (excess <= columns) return std::string{text};
    if (columns == 0) return {};
    excess -= columns - 1;  // one column for the ellipsis
    while (!text.empty() && excess > 0) {
        const Character character = first_character(text);
        excess -= std::min(excess, character.valid ? width_of(character.code) : 1);
        text.remove_prefix(character.size);
    }
    return "…" + std::string{text};
}

std::string keep_begin(std::string_view text, std::size_t columns) {
    if (display_width(text) <= columns) return std::string{text};
    if (columns == 0) return {};
    std::size_t taken = 0;
    for (std::size_t used = 0; taken < text.size();) {
        const Character character = first_character(text.substr(taken));
        used += character.valid ? width_of(character.code) : 1;
        if (used > columns - 1) break;
        taken += character.size;
    }
    return std::string{text.substr(0, taken)} + "…";
}

std::string pad(std::string_view text, std::size_t columns) {
    std::string out{text};
    const std::size_t width = display_width(text);
    if (width < columns) out.append(columns - width, ' ');
    return out;
}

std::string pad_left(std::string_view text, std::size_t columns) {
    const std::size_t width = display_width(text);
    return std::string(width < columns ? columns - width : 0, ' ').append(text);
}

std::string fixed(double value, int digits) {
    if (!std::isfinite(value)) return "-";
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

std::string duration_text(std::chrono::milliseconds time) {
    const auto seconds = time.count() / 1000;
    if (seconds < 60) return fixed(static_cast<double>(time.count()) / 1000.0, 1) + " s";
    std::array<char, 64> text{};
    if (seconds < 3600) {
        std::snprintf(text.data(), text.size(), "%lld min %02lld s", static_cast<long long>(seconds / 60),
                      static_cast<long long>(seconds % 60));
    } else {
        std::snprintf(text.data(), text.size(), "%lld h %02lld min", static_cast<long long>(seconds / 3600),
                      static_cast<long long>(seconds / 60 % 60));
    }
    return text.data();
}

std::string bar(double fraction, std::size_t width) {
    if (width < 3) return {};
    const std::size_t inner = width - 2;
    const double clamped = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0.0;
    const auto filled = static_cast<std::size_t>(clamped * static_cast<double>(inner));
    return "[" + std::string(filled, '#') + std::string(inner - filled, '-') + "]";
}

}  // namespace asr_stream::cli
