#include "audio/g711.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace asr_stream::audio {
namespace {

/// Samples of 14 bits; the bias makes each segment begin at a power of two.
constexpr std::uint32_t mu_law_bias = 33;
constexpr std::uint32_t mu_law_largest = 0x1FFF;
/// A-law codes are sent with every other bit inverted.
constexpr std::uint32_t a_law_mask = 0x55;

/// The magnitude in ones' complement, so that -1 and 0 both give 0.
constexpr std::uint32_t magnitude(std::int16_t sample) noexcept {
    return static_cast<std::uint32_t>(sample < 0 ? ~sample : sample);
}

constexpr std::uint8_t to_mu_law(std::int16_t sample) noexcept {
    const std::uint32_t biased = std::min((magnitude(sample) >> 2) + mu_law_bias, mu_law_largest);
    const auto segment = static_cast<std::uint32_t>(std::bit_width(biased)) - 6;  // 0 to 7
    const std::uint32_t step = (biased >> (segment + 1)) & 0xF;
    const std::uint32_t sign = sample < 0 ? 0 : 0x80;
    return static_cast<std::uint8_t>(sign | ((7 - segment) << 4) | (0xF - step));
}

constexpr std::int16_t from_mu_law(std::uint8_t code) noexcept {
    const std::int32_t inverted = 0xFF - code;
    const std::int32_t segment = (inverted >> 4) & 7;
    const std::int32_t step = inverted & 0xF;
    const std::int32_t biased = ((2 * step + static_cast<std::int32_t>(mu_law_bias)) << segment);
    const std::int32_t linear = 4 * (biased - static_cast<std::int32_t>(mu_law_bias));
    return static_cast<std::int16_t>(code < 0x80 ? -linear : linear);
}

constexpr std::uint8_t to_a_law(std::int16_t sample) noexcept {
    const std::uint32_t value = magnitude(sample) >> 4;  // 0 to 2047
    // Segments 0 and 1 have the same step; each further one doubles it.
    const auto segment = static_cast<std::uint32_t>(std::max(static_cast<std::int32_t>(std::bit_width(value)) - 4, 0));
    const std::uint32_t step = (value >> (segment > 1 ? segment - 1 : 0)) & 0xF;
    const std::uint32_t sign = sample < 0 ? 0 : 0x80;
    return static_cast<std::uint8_t>((sign | (segment << 4) | step) ^ a_law_mask);
}

constexpr std::int16_t from_a_law(std::uint8_t code) noexcept {
    const std::uint32_t plain = code ^ a_law_mask;
    const std::uint32_t segment = (plain >> 4) & 7;
    const std::uint32_t step = (plain & 0xF) + (segment > 0 ? 16 : 0);
    const auto linear = static_cast<std::int32_t>((step * 16 + 8) << (segment > 1 ? segment - 1 : 0));
    return static_cast<std::int16_t>(plain < 0x80 ? -linear : linear);
}

template <auto decode>
constexpr std::array<std::int16_t, 256> table = [] {
    std::array<std::int16_t, 256> samples{};
    for (std::size_t code = 0; code < samples.size(); ++code) samples[code] = decode(static_cast<std::uint8_t>(code));
    return samples;
}();

template <class In, class Out, class Convert>
std::size_t convert(std::span<const In> in, std::span<Out> out, Convert one) noexcept {
    const std::size_t count = std::min(in.size(), out.size());
    std::transform(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(count), out.begin(), one);
    return count;
}

}  // namespace

std::size_t encode_mu_law(std::span<const std::int16_t> samples, std::span<std::uint8_t> codes) noexcept {
    return convert(samples, codes, to_mu_law);
}

std::size_t decode_mu_law(std::span<const std::uint8_t> codes, std::span<std::int16_t> samples) noexcept {
    return convert(codes, samples, [](std::uint8_t code) { return table<from_mu_law>[code]; });
}

std::size_t encode_a_law(std::span<const std::int16_t> samples, std::span<std::uint8_t> codes) noexcept {
    return convert(samples, codes, to_a_law);
}

std::size_t decode_a_law(std::span<const std::uint8_t> codes, std::span<std::int16_t> samples) noexcept {
    return convert(codes, samples, [](std::uint8_t code) { return table<from_a_law>[code]; });
}

}  // namespace asr_stream::audio
