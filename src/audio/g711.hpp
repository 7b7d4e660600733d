#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// ITU-T G.711 (11/1988) between 8-bit codes and 16-bit linear samples, as the reference code of ITU-T G.191 does it:
/// samples are cut to 14 bits for mu-law and 13 bits for A-law, and codes decode to the middle of their interval.
/// Each function converts as many as fit both spans and returns how many.
namespace asr_stream::audio {

std::size_t encode_mu_law(std::span<const std::int16_t> samples, std::span<std::uint8_t> codes) noexcept;
std::size_t decode_mu_law(std::span<const std::uint8_t> codes, std::span<std::int16_t> samples) noexcept;
std::size_t encode_a_law(std::span<const std::int16_t> samples, std::span<std::uint8_t> codes) noexcept;
std::size_t decode_a_law(std::span<const std::uint8_t> codes, std::span<std::int16_t> samples) noexcept;

}  // namespace asr_stream::audio
