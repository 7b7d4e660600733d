#pragma once

#include <asr_stream/error.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace asr_stream::audio {

/// Converts L16 between sample rates (speexdsp). The filter's delay is taken out, so that output sample n belongs to the
/// time of input sample n * in / out. Equal rates pass through. One thread.
class Resampler {
  public:
    [[nodiscard]] static Result<Resampler> create(std::uint32_t in_rate, std::uint32_t out_rate, std::uint16_t channels);
    /// Valid until the next call. No allocation once a chunk of this size was seen.
    [[nodiscard]] std::span<const std::int16_t> process(std::span<const std::int16_t> samples);
    /// What the filter still holds, at the end of a run of audio.
    [[nodiscard]] std::span<const std::int16_t> flush();
    /// Forgets what came before, at a gap.
    void reset();
    [[nodiscard]] bool is_passthrough() const noexcept;
};

}  // namespace asr_stream::audio
