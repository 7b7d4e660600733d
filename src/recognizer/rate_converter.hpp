#pragma once

#include <asr_stream/error.hpp>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "audio/resampler.hpp"

namespace asr_stream::recognizer {

/// Brings mono audio to an acoustic model's rate. One thread.
///
/// Downwards it is the band-limited Resampler. Upwards it interpolates linearly, and that is on purpose: a model
/// trained on 16 kHz speech has never met a silent upper half of the band, and the mirror images that a plain
/// interpolation leaves there are nearer to what it knows (en-us, telephone recordings, ten sentences: 100 % against 73
/// % of the words).
class RateConverter {
  public:
    /// Rates in Hz, of 8,000 to 48,000.
    [[nodiscard]] static Result<RateConverter> create(std::uint32_t in_rate, std::uint32_t out_rate);
    /// Valid until the next call. Sample n of the output belongs to the time of input sample n * in / out.
    [[nodiscard]] std::span<const std::int16_t> process(std::span<const std::int16_t> samples);
    /// What is still held, at the end of a run of audio; then a new run begins.
    [[nodiscard]] std::span<const std::int16_t> flush();

  private:
    struct Interpolator {
        std::uint32_t in_rate = 0;
        std::uint32_t out_rate = 0;
        std::int32_t previous = 0;
        std::uint32_t phase = 0;  ///< of the next output sample behind `previous`, in parts of 1 / out_rate
        bool has_previous = false;
        std::vector<std::int16_t> output{};

        void advance_to(std::int32_t next);
    };

    explicit RateConverter(std::variant<audio::Resampler, Interpolator> way) : way_{std::move(way)} {}

    std::variant<audio::Resampler, Interpolator> way_;
};

}  // namespace asr_stream::recognizer
