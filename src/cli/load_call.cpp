#include "cli/load_call.hpp"

#include <algorithm>
#include <utility>

namespace asr_stream::cli {
namespace {

constexpr std::size_t scatter = 7919;  // a prime, so that neighbours begin with different recordings

}  // namespace

LoadCall::LoadCall(std::shared_ptr<const LoadAudio> audio, std::size_t seed)
    : audio_{std::move(audio)},
      recording_{seed * scatter % audio_->recordings.size()},
      position_{seed * scatter % audio_->recordings[recording_].samples.size()} {}

void LoadCall::next(std::span<std::int16_t> out) {
    while (!out.empty()) {
        if (pause_left_ > 0) {
            const std::size_t silent = std::min(pause_left_, out.size());
            std::fill_n(out.begin(), silent, std::int16_t{0});
            pause_left_ -= silent;
            out = out.subspan(silent);
            continue;
        }
        const std::vector<std::int16_t>& samples = audio_->recordings[recording_].samples;
        const std::size_t taken = std::min(samples.size() - position_, out.size());
        std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(position_), taken, out.begin());
        out = out.subspan(taken);
        position_ += taken;
        if (position_ < samples.size()) continue;
        recording_ = (recording_ + 1) % audio_->recordings.size();
        position_ = 0;
        pause_left_ = audio_->pause_samples;
    }
}

}  // namespace asr_stream::cli
