#pragma once

#include <asr_stream/error.hpp>
#include <cstddef>
#include <span>
#include <string_view>

/// Base64 as RFC 4648 section 4 defines it: the standard alphabet, always padded, no line breaks.
namespace asr_stream::base64 {

[[nodiscard]] constexpr std::size_t encoded_size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }
/// The most bytes that so many characters stand for; padding takes away one or two.
[[nodiscard]] constexpr std::size_t max_decoded_size(std::size_t characters) noexcept { return characters / 4 * 3; }

/// Writes encoded_size(bytes.size()) characters to the front of `out`, which must have room for them, and returns
/// their number. No allocation.
std::size_t encode(std::span<const std::byte> bytes, std::span<char> out) noexcept;

/// Writes the bytes that `text` stands for to the front of `out` and returns their number. Strict: a character outside
/// the alphabet, padding that is missing or in the wrong place, bits set beyond the last byte, or more bytes than `out`
/// holds are Errc::bad_message, with the offset. What is in `out` beyond those bytes, or after an error, is
/// unspecified.
[[nodiscard]] Result<std::size_t> decode(std::string_view text, std::span<std::byte> out);

}  // namespace asr_stream::base64
