#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace asr_stream::cli {

/// One channel of interleaved audio, or the mean of all, into the front of `out`, which has room for every frame.
void downmix(std::span<const std::int16_t> interleaved, std::size_t channels, std::optional<std::uint16_t> channel,
             std::span<std::int16_t> out);

}  // namespace asr_stream::cli
