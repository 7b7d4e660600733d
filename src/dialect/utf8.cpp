#include "dialect/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace asr_stream::dialect {
namespace {

struct Lead {
    std::size_t length;        ///< 0: no character starts so
    std::uint8_t second_from;  ///< what the second byte may be; later ones are always 0x80 to 0xBF
    std::uint8_t second_to;
};

constexpr Lead lead_of(std::uint8_t byte) noexcept {
    if (byte < 0x80) return {1, 0, 0};
    if (byte < 0xC2) return {0, 0, 0};
    if (byte < 0xE0) return {2, 0x80, 0xBF};
    if (byte == 0xE0) return {3, 0xA0, 0xBF};
    if (byte == 0xED) return {3, 0x80, 0x9F};
    if (byte < 0xF0) return {3, 0x80, 0xBF};
    if (byte == 0xF0) return {4, 0x90, 0xBF};
    if (byte < 0xF4) return {4, 0x80, 0xBF};
    if (byte == 0xF4) return {4, 0x80, 0x8F};
    return {0, 0, 0};
}

}  // namespace

std::size_t utf8_character(std::string_view text) noexcept {
    if (text.empty()) return 0;
    const auto byte_at = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const Lead lead = lead_of(byte_at(0));
    if (lead.length <= 1) return lead.length;
    if (text.size() < lead.length) return 0;
    if (byte_at(1) < lead.second_from || byte_at(1) > lead.second_to) return 0;
    for (std::size_t i = 2; i < lead.length; ++i)
        if ((byte_at(i) & 0xC0) != 0x80) return 0;
    return lead.length;
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = utf8_character(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace asr_stream::dialect
