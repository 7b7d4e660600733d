#include "dialect/base64.hpp"

#include <array>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <string>

#include "dialect/base64_x86.hpp"

namespace asr_stream::base64 {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct Pair {
    char first;
    char second;
};

/// Twelve bits to two characters: half the lookups of six to one, and 8 KiB stay in the first-level cache.
constexpr auto pairs = [] {
    std::array<Pair, 4096> table{};
    for (std::size_t i = 0; i < table.size(); ++i) table.at(i) = {alphabet[i >> 6], alphabet[i & 63]};
    return table;
}();

constexpr std::uint8_t not_in_alphabet = 0xFF;
constexpr auto sextets = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(not_in_alphabet);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table.at(static_cast<unsigned char>(alphabet[i])) = static_cast<std::uint8_t>(i);
    return table;
}();

constexpr std::uint32_t value_of(std::byte byte) noexcept { return std::to_integer<std::uint32_t>(byte); }

/// Three bytes to four characters.
void encode_group(const std::byte* in, char* out) noexcept {
    const std::uint32_t bits = value_of(in[0]) << 16 | value_of(in[1]) << 8 | value_of(in[2]);
    std::memcpy(out, &pairs[bits >> 12], 2);
    std::memcpy(out + 2, &pairs[bits & 0xFFF], 2);
}

/// The last one or two bytes, padded.
void encode_tail(std::span<const std::byte> in, char* out) noexcept {
    std::array<std::byte, 3> group{};
    std::memcpy(group.data(), in.data(), in.size());
    encode_group(group.data(), out);
    out[3] = '=';
    if (in.size() == 1) out[2] = '=';
}

std::uint32_t sextet(char character) noexcept { return sextets[static_cast<unsigned char>(character)]; }

/// Four characters to 24 bits; above them a bit is set when a character is none of the alphabet.
std::uint32_t decode_group(const char* in) noexcept {
    const std::uint32_t a = sextet(in[0]), b = sextet(in[1]), c = sextet(in[2]), d = sextet(in[3]);
    const std::uint32_t invalid = (a | b | c | d) & 0xC0;
    return a << 18 | b << 12 | c << 6 | d | invalid << 24;
}

constexpr bool is_invalid(std::uint32_t bits) noexcept { return bits >> 24 != 0; }

std::size_t padding_of(std::string_view text) noexcept {
    if (text.ends_with("==")) return 2;
    return text.ends_with('=') ? 1 : 0;
}

tl::unexpected<Error> bad_character(std::string_view text) {
    std::size_t offset = 0;
    while (offset < text.size() && sextet(text[offset]) != not_in_alphabet) ++offset;
    const auto code = static_cast<unsigned>(static_cast<unsigned char>(text[offset]));
    return fail(Errc::bad_message, "base64: byte " + std::to_string(code) + " at offset " + std::to_string(offset) +
                                       ": allowed are A-Z a-z 0-9 + / and = as padding at the end");
}

void store_bytes(std::uint32_t bits, std::span<std::byte> out) noexcept {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(bits >> (16 - 8 * i));
}

/// The last group of `text`, of which `padding` characters are "=".
Result<> decode_tail(std::string_view text, std::size_t padding, std::span<std::byte> out) {
    std::array<char, 4> group{'A', 'A', 'A', 'A'};
    text.copy(group.data(), group.size() - padding, text.size() - group.size());
    const std::uint32_t bits = decode_group(group.data());
    if (is_invalid(bits)) return bad_character(text);
    if ((bits & (padding == 2 ? 0xFFFFU : 0xFFU)) != 0)
        return fail(Errc::bad_message, "base64: bits are set beyond the last byte: allowed are zeros");
    store_bytes(bits, out);
    return {};
}

}  // namespace

std::size_t encode(std::span<const std::byte> bytes, std::span<char> out) noexcept {
    assert(out.size() >= encoded_size(bytes.size()));
    const std::size_t taken = encode_blocks(bytes, out.data());
    const std::byte* in = bytes.data() + taken;
    char* to = out.data() + encoded_size(taken);
    for (std::size_t groups = (bytes.size() - taken) / 3; groups > 0; --groups, in += 3, to += 4) encode_group(in, to);
    if (const auto rest = bytes.last(bytes.size() % 3); !rest.empty()) encode_tail(rest, to);
    return encoded_size(bytes.size());
}

Result<std::size_t> decode(std::string_view text, std::span<std::byte> out) {
    if (text.size() % 4 != 0)
        return fail(Errc::bad_message,
                    "base64: " + std::to_string(text.size()) + " characters: the length must be a multiple of 4");
    const std::size_t padding = padding_of(text);
    const std::size_t size = max_decoded_size(text.size()) - padding;
    if (size > out.size())
        return fail(Errc::bad_message,
                    "base64: " + std::to_string(size) + " bytes: allowed are at most " + std::to_string(out.size()));
    const std::size_t whole = padding == 0 ? text.size() : text.size() - 4;
    std::size_t taken = decode_blocks(text.substr(0, whole), out);
    std::uint32_t seen = 0;
    for (; taken < whole; taken += 4) {
        const std::uint32_t bits = decode_group(text.data() + taken);
        seen |= bits;
        store_bytes(bits, out.subspan(max_decoded_size(taken), 3));
    }
    if (is_invalid(seen)) return bad_character(text);
    if (padding == 0) return size;
    return decode_tail(text, padding, out.subspan(max_decoded_size(whole), 3 - padding)).map([size] { return size; });
}

}  // namespace asr_stream::base64
