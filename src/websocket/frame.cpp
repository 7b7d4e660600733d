#include "websocket/frame.hpp"

#include <openssl/rand.h>

#include <cstring>

namespace asr_stream::websocket {
namespace {

constexpr std::uint8_t masked_bit = 0x80;
constexpr std::size_t max_short_length = 125;
constexpr std::size_t max_medium_length = 0xFFFF;

char* put_big_endian(char* out, std::uint64_t value, int bytes) noexcept {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) *out++ = static_cast<char>((value >> shift) & 0xFF);
    return out;
}

std::size_t header_size(std::size_t length) noexcept {
    return length <= max_short_length ? 6 : length <= max_medium_length ? 8 : max_frame_header;
}

}  // namespace

std::span<const char> make_frame(std::uint8_t first_byte, std::span<char> payload, std::uint32_t key) {
    const std::size_t length = payload.size();
    char* const begin = payload.data() - header_size(length);
    char* out = begin;
    *out++ = static_cast<char>(first_byte);
    if (length <= max_short_length) {
        *out++ = static_cast<char>(masked_bit | length);
    } else if (length <= max_medium_length) {
        *out++ = static_cast<char>(masked_bit | 126);
        out = put_big_endian(out, length, 2);
    } else {
        *out++ = static_cast<char>(masked_bit | 127);
        out = put_big_endian(out, length, 8);
    }
    std::memcpy(out, &key, sizeof key);
    apply_mask(payload, key);
    return {begin, header_size(length) + length};
}

void apply_mask(std::span<char> payload, std::uint32_t key) noexcept {
    const std::uint64_t wide = key | (std::uint64_t{key} << 32);
    char* data = payload.data();
    std::size_t left = payload.size();
    for (; left >= sizeof wide; left -= sizeof wide, data += sizeof wide) {
        std::uint64_t word;
        std::memcpy(&word, data, sizeof word);
        word ^= wide;
        std::memcpy(data, &word, sizeof word);
    }
    std::array<char, sizeof wide> rest;
    std::memcpy(rest.data(), &wide, sizeof wide);
    for (std::size_t i = 0; i < left; ++i) data[i] = static_cast<char>(data[i] ^ rest[i]);
}

bool MaskKeys::next(std::uint32_t& key) noexcept {
    if (used_ == block) {
        if (RAND_bytes(reinterpret_cast<unsigned char*>(keys_.data()), static_cast<int>(sizeof keys_)) != 1)
            return false;
        used_ = 0;
    }
    key = keys_[used_++];
    return true;
}

}  // namespace asr_stream::websocket
