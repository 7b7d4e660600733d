#include "freeswitch/playback_reader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace asr_stream::freeswitch {

std::optional<PlaybackReader> PlaybackReader::create(std::shared_ptr<PlaybackQueue> queue, std::uint32_t rate) {
    if (!queue->claim_reader()) return std::nullopt;
    return PlaybackReader{std::move(queue), rate};
}

std::size_t PlaybackReader::read(std::span<std::int16_t> out, std::vector<std::string>& played) {
    while (ready_.size() < out.size() && fetch(out.size() - ready_.size(), played)) {
    }
    const auto count = std::min(ready_.size(), out.size());
    const auto end = ready_.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(ready_.begin(), end, out.begin());
    ready_.erase(ready_.begin(), end);
    if (ended_) return count;
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(count), out.end(), std::int16_t{0});
    return out.size();
}

bool PlaybackReader::fetch(std::size_t frames, std::vector<std::string>& played) {
    taken_.clear();
    auto taken = queue_->take(taken_, PlaybackQueue::microseconds{frames * std::uint64_t{1'000'000} / rate_ + 1});
    if (taken.clears != clears_) {
        clears_ = taken.clears;
        ready_.clear();
        if (resampler_) resampler_->reset();
        in_run_ = false;
    }
    played.insert(played.end(), std::move_iterator{taken.marks.begin()}, std::move_iterator{taken.marks.end()});
    if (taken_.empty()) {
        ended_ = taken.ended;
        const auto before = ready_.size();
        finish_run();
        return ready_.size() > before;
    }
    convert(taken.rate);
    return true;
}

void PlaybackReader::convert(std::uint32_t rate) {
    if (source_rate_ != rate) {
        finish_run();
        auto created = audio::Resampler::create(rate, rate_, 1);
        if (!created) return;  // both rates are within bounds: create() and the queue see to it
        resampler_ = *std::move(created);
        source_rate_ = rate;
    }
    append(resampler_->process(taken_));
    in_run_ = true;
}

void PlaybackReader::finish_run() {
    if (!std::exchange(in_run_, false)) return;
    append(resampler_->flush());
}

}  // namespace asr_stream::freeswitch
