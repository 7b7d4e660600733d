#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace asr_stream::freeswitch {

/// Makes one channel of a codec that has several, in place, and returns the samples left. A media bug interleaves them:
/// one direction as "L R L R", two directions (`is_stereo`) as "L L' R R'", where the prime is the callee's.
[[nodiscard]] inline std::span<const std::int16_t> downmix(std::span<std::int16_t> samples, std::size_t codec_channels,
                                                           bool is_stereo) noexcept {
    if (codec_channels <= 1) return samples;
    const std::size_t directions = is_stereo ? 2 : 1;
    const std::size_t frames = samples.size() / codec_channels / directions;
    for (std::size_t frame = 0; frame < frames; ++frame) {
        for (std::size_t direction = 0; direction < directions; ++direction) {
            std::int32_t sum = 0;
            for (std::size_t channel = 0; channel < codec_channels; ++channel)
                sum += samples[(frame * codec_channels + channel) * directions + direction];
            samples[frame * directions + direction] =
                static_cast<std::int16_t>(sum / static_cast<std::int32_t>(codec_channels));
        }
    }
    return samples.first(frames * directions);
}

}  // namespace asr_stream::freeswitch
