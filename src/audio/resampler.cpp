#include "audio/resampler.hpp"

#include <speex/speex_resampler.h>

#include <algorithm>
#include <new>
#include <string>

namespace asr_stream::audio {
namespace {

[[nodiscard]] Result<> check_rate(std::uint32_t rate) {
    if (rate >= Resampler::min_rate && rate <= Resampler::max_rate) return {};
    return fail(Errc::invalid_setting, "sample-rate=" + std::to_string(rate) + ": allowed are " +
                                           std::to_string(Resampler::min_rate) + " to " +
                                           std::to_string(Resampler::max_rate) + " Hz");
}

[[nodiscard]] Result<> check(std::uint32_t in_rate, std::uint32_t out_rate, std::uint16_t channels) {
    if (auto ok = check_rate(in_rate); !ok) return ok;
    if (auto ok = check_rate(out_rate); !ok) return ok;
    if (channels >= 1 && channels <= Resampler::max_channels) return {};
    return fail(Errc::invalid_setting, "channels=" + std::to_string(channels) + ": allowed are 1 and 2");
}

}  // namespace

void Resampler::Destroy::operator()(SpeexResamplerState_* state) const noexcept { speex_resampler_destroy(state); }

Result<Resampler> Resampler::create(std::uint32_t in_rate, std::uint32_t out_rate, std::uint16_t channels,
                                    std::pmr::memory_resource* memory) {
    if (auto ok = check(in_rate, out_rate, channels); !ok) return tl::unexpected{std::move(ok).error()};
    State state;
    if (in_rate != out_rate) {
        // With rates and channels checked, only memory can be missing.
        state.reset(speex_resampler_init(channels, in_rate, out_rate, quality, nullptr));
        if (!state) throw std::bad_alloc{};
    }
    Resampler resampler{std::move(state), in_rate, out_rate, channels, memory};
    resampler.reset();
    return resampler;
}

Resampler::Resampler(State state, std::uint32_t in_rate, std::uint32_t out_rate, std::uint16_t channels,
                     std::pmr::memory_resource* memory)
    : state_{std::move(state)}, in_rate_{in_rate}, out_rate_{out_rate}, channels_{channels}, output_{memory} {}

std::span<const std::int16_t> Resampler::process(std::span<const std::int16_t> samples) {
    if (is_passthrough()) return samples;
    const std::size_t frames = samples.size() / channels_;
    const std::size_t filled = run(samples.data(), frames, 0);
    frames_in_ += frames;
    frames_out_ += filled;
    return std::span{output_}.first(filled * channels_);
}

std::span<const std::int16_t> Resampler::flush() {
    if (is_passthrough()) return {};
    const std::uint64_t total = (frames_in_ * out_rate_ + in_rate_ / 2) / in_rate_;
    const std::size_t missing = total - frames_out_;
    // As much silence as the filter looks ahead brings out the rest.
    const auto ahead = static_cast<std::size_t>(speex_resampler_get_input_latency(state_.get())) + 2;
    std::size_t filled = 0;
    while (filled < missing) filled = run(nullptr, ahead, filled);
    reset();
    return std::span{output_}.first(missing * channels_);
}

void Resampler::reset() {
    frames_in_ = 0;
    frames_out_ = 0;
    if (is_passthrough()) return;
    speex_resampler_reset_mem(state_.get());
    speex_resampler_skip_zeros(state_.get());
}

std::size_t Resampler::run(const std::int16_t* in, std::size_t frames, std::size_t filled) {
    const std::size_t most = (frames * out_rate_ + in_rate_ - 1) / in_rate_ + 1;
    output_.resize(std::max(output_.size(), (filled + most) * channels_));
    while (frames > 0) {
        auto consumed = static_cast<spx_uint32_t>(std::min<std::size_t>(frames, max_frames_at_once));
        auto produced = static_cast<spx_uint32_t>(output_.size() / channels_ - filled);
        speex_resampler_process_interleaved_int(state_.get(), in, &consumed, output_.data() + filled * channels_,
                                                &produced);
        if (consumed == 0 && produced == 0) break;
        if (in != nullptr) in += std::size_t{consumed} * channels_;
        frames -= consumed;
        filled += produced;
    }
    return filled;
}

}  // namespace asr_stream::audio
