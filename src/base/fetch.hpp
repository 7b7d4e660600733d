#pragma once

#include <cstddef>

namespace asr_stream {

/// Brings memory near before it is needed; a hint, and harmless for any address.
inline void fetch_lines(const void* begin, std::size_t bytes) noexcept {
    constexpr std::size_t cache_line = 64;
    const auto* at = static_cast<const char*>(begin);
    for (std::size_t offset = 0; offset < bytes; offset += cache_line) __builtin_prefetch(at + offset);
    __asm__ volatile("");  // GCC takes a function that only fetches for one without effect, and drops calls of it
}

}  // namespace asr_stream
