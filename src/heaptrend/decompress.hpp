#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "heaptrend/error.hpp"

namespace heaptrend {

enum class Compression : std::uint8_t { none, gzip, zstd };

/// By the first bytes (RFC 1952 section 2.3.1, RFC 8878 section 3.1.1).
[[nodiscard]] Compression compression_of(std::string_view bytes) noexcept;

/// Takes a piece of the decompressed text; an error ends the decompression and is passed on.
using Sink = std::function<Result<>(std::string_view)>;

/// Feeds the decompressed text to `sink` piece by piece, at most `limit` bytes. Text that is not compressed passes as
/// it is. Data that ends early is an error after everything readable was fed.
[[nodiscard]] Result<> decompress(std::string_view bytes, std::uint64_t limit, const Sink& sink);

/// The whole text at once.
[[nodiscard]] Result<std::string> decompress(std::string_view bytes, std::uint64_t limit);

/// gzip member around `text`.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace heaptrend
