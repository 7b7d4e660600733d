#include "freeswitch/rate_adapter.hpp"

#include "audio/resampler.hpp"

namespace asr_stream::freeswitch {

struct RateAdapter::Filter {
    std::uint32_t rate;
    audio::Resampler resampler;
};

RateAdapter::RateAdapter(std::uint32_t stream_rate, std::uint16_t channels) noexcept
    : stream_rate_{stream_rate}, channels_{channels} {}

RateAdapter::~RateAdapter() = default;

bool RateAdapter::prepare() {
    const std::uint32_t rate = wanted_rate_.exchange(0, std::memory_order_relaxed);
    if (rate == 0) return false;
    const std::lock_guard lock{preparing_};
    if (owned_.size() == max_rates || filter_for(rate) != nullptr) return false;
    auto resampler = audio::Resampler::create(rate, stream_rate_, channels_);
    if (!resampler) return false;  // not a rate that can be filtered: it stays interpolated
    // The largest piece once, so that the media thread never allocates.
    const std::vector<std::int16_t> silence(frames_at_once * channels_);
    static_cast<void>(resampler->process(silence));
    resampler->reset();
    auto filter = std::make_unique<Filter>(Filter{rate, *std::move(resampler)});
    Filter* const made = filter.get();
    const std::size_t slot = owned_.size();
    owned_.push_back(std::move(filter));
    filters_[slot].store(made, std::memory_order_release);
    return true;
}

RateAdapter::Filter* RateAdapter::filter_for(std::uint32_t rate) const noexcept {
    for (const auto& slot : filters_) {
        Filter* const filter = slot.load(std::memory_order_acquire);
        if (filter == nullptr) return nullptr;
        if (filter->rate == rate) return filter;
    }
    return nullptr;
}

RateAdapter::Samples RateAdapter::convert_piece(Samples samples, std::uint32_t rate, Output& output) noexcept {
    if (rate == stream_rate_) return samples;
    Filter* const filter = filter_for(rate);
    if (rate != last_rate_) {
        last_rate_ = rate;
        phase_ = 0;
        if (filter != nullptr) filter->resampler.reset();
    }
    if (filter != nullptr) return filter->resampler.process(samples);
    wanted_rate_.store(rate, std::memory_order_relaxed);
    return interpolate(samples, rate, output);
}

RateAdapter::Samples RateAdapter::interpolate(Samples samples, std::uint32_t rate, Output& output) noexcept {
    const std::size_t frames = samples.size() / channels_;
    if (rate == 0 || frames == 0) return {};
    std::size_t filled = 0;
    for (std::uint64_t frame = phase_ / stream_rate_; frame < frames && filled + channels_ <= output.size();
         phase_ += rate, frame = phase_ / stream_rate_) {
        const auto part = static_cast<std::int64_t>(phase_ % stream_rate_);
        for (std::size_t channel = 0; channel < channels_; ++channel) {
            const std::int64_t before = frame == 0 ? last_[channel] : samples[(frame - 1) * channels_ + channel];
            const std::int64_t after = samples[frame * channels_ + channel];
            const std::int64_t value = before + (after - before) * part / static_cast<std::int64_t>(stream_rate_);
            output[filled++] = static_cast<std::int16_t>(value);
        }
    }
    phase_ -= std::min<std::uint64_t>(phase_, static_cast<std::uint64_t>(frames) * stream_rate_);
    for (std::size_t channel = 0; channel < channels_; ++channel)
        last_[channel] = samples[(frames - 1) * channels_ + channel];
    return std::span{output}.first(filled);
}

}  // namespace asr_stream::freeswitch
