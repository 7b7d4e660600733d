#include "recognizer/rate_converter.hpp"

#include <string>
#include <utility>

namespace asr_stream::recognizer {

Result<RateConverter> RateConverter::create(std::uint32_t in_rate, std::uint32_t out_rate) {
    auto resampler = audio::Resampler::create(in_rate, out_rate, 1);
    if (!resampler) return tl::unexpected{resampler.error()};
    if (in_rate >= out_rate) return RateConverter{*std::move(resampler)};
    return RateConverter{Interpolator{.in_rate = in_rate, .out_rate = out_rate}};
}

std::span<const std::int16_t> RateConverter::process(std::span<const std::int16_t> samples) {
    if (auto* resampler = std::get_if<audio::Resampler>(&way_)) return resampler->process(samples);
    auto& interpolator = std::get<Interpolator>(way_);
    interpolator.output.clear();
    for (const auto sample : samples) interpolator.advance_to(sample);
    return interpolator.output;
}

std::span<const std::int16_t> RateConverter::flush() {
    if (auto* resampler = std::get_if<audio::Resampler>(&way_)) return resampler->flush();
    auto& interpolator = std::get<Interpolator>(way_);
    interpolator.output.clear();
    if (interpolator.has_previous) interpolator.advance_to(interpolator.previous);
    interpolator.has_previous = false;
    interpolator.phase = 0;
    return interpolator.output;
}

/// Writes the output between the previous sample and this one.
void RateConverter::Interpolator::advance_to(std::int32_t next) {
    if (std::exchange(has_previous, true)) {
        for (; phase < out_rate; phase += in_rate) {
            const auto step = static_cast<std::int64_t>(next - previous) * phase / out_rate;
            output.push_back(static_cast<std::int16_t>(previous + step));
        }
        phase -= out_rate;
    }
    previous = next;
}

}  // namespace asr_stream::recognizer
