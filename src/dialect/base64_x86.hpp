#pragma once

#include <cstddef>
#include <span>
#include <string_view>

/// The bulk of base64 sixteen characters at a time, where the processor can (SSSE3, asked at run time). Each function
/// does as many whole blocks from the front as it can and leaves the rest to the portable code; elsewhere that is all.
/// The arithmetic is that of W. Mula and D. Lemire, "Faster Base64 Encoding and Decoding using AVX2 Instructions"
/// (2018).
namespace asr_stream::base64 {

#if defined(__x86_64__)

/// Returns how many bytes it took, a multiple of 12. `out` has room for encoded_size(in.size()).
[[nodiscard]] std::size_t encode_blocks(std::span<const std::byte> in, char* out) noexcept;
/// Returns how many characters it took, a multiple of 16, and stops before a block with one outside the alphabet.
[[nodiscard]] std::size_t decode_blocks(std::string_view in, std::span<std::byte> out) noexcept;

#else

[[nodiscard]] inline std::size_t encode_blocks(std::span<const std::byte>, char*) noexcept { return 0; }
[[nodiscard]] inline std::size_t decode_blocks(std::string_view, std::span<std::byte>) noexcept { return 0; }

#endif

}  // namespace asr_stream::base64
