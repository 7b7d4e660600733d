#include "cli/feed.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace asr_stream::cli {
namespace {

constexpr std::chrono::milliseconds retry_after{5};  // the engine drains its streams about as often

}  // namespace

Feed::Feed(std::unique_ptr<AudioSource> source, std::shared_ptr<FeedTarget> target, Pace pace,
           std::shared_ptr<FeedProgress> progress, Clock::time_point start)
    : source_{std::move(source)},
      target_{std::move(target)},
      pace_{pace},
      progress_{std::move(progress)},
      start_{start},
      rate_{source_->sample_rate()},
      block_(samples_in(pace.block)),
      tail_left_{samples_in(pace.tail)} {}

Result<std::optional<Clock::time_point>> Feed::advance(Clock::time_point now) {
    using Again = std::optional<Clock::time_point>;
    if (!stopped_ && target_->is_closed()) stopped_ = true;
    const std::uint64_t burst_end = pushed_ + samples_in(pace_.max_burst);
    while (!stopped_) {
        const std::uint64_t block_end = pushed_ + block_.size();
        if (due(now) < block_end) return Again{time_of(block_end)};
        if (target_->unsent(pushed_) + block_.size() > samples_in(pace_.max_unsent)) {
            rebase(now);
            return Again{now + retry_after};
        }
        if (pushed_ >= burst_end) return Again{now + retry_after};
        const auto step = push_block(block_.size());
        if (!step) {
            stop();
            return tl::unexpected{step.error()};
        }
        if (*step == Step::finished) stop();
        if (*step == Step::starved) {
            rebase(now);
            return Again{now + retry_after};
        }
    }
    return Again{};
}

void Feed::stop() {
    if (std::exchange(stopped_, true)) return;
    target_->stop();
}

Result<Feed::Step> Feed::push_block(std::size_t samples) {
    if (source_ended_) return push_tail(samples);
    const auto read = source_->read(std::span{block_}.first(samples));
    if (!read) return tl::unexpected{read.error()};
    if (read->samples > 0) {
        push(std::span{block_}.first(read->samples));
        progress_->pushed_samples.fetch_add(read->samples, std::memory_order_relaxed);
    }
    source_ended_ = read->at_end;
    if (source_ended_ && tail_left_ == 0) return Step::finished;
    return source_ended_ || read->samples == samples ? Step::pushed : Step::starved;
}

Feed::Step Feed::push_tail(std::size_t samples) {
    const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(samples, tail_left_));
    std::fill_n(block_.begin(), now, std::int16_t{0});
    push(std::span{block_}.first(now));
    tail_left_ -= now;
    return tail_left_ == 0 ? Step::finished : Step::pushed;
}

void Feed::push(std::span<const std::int16_t> samples) {
    if (!target_->push(samples)) progress_->refused_samples.fetch_add(samples.size(), std::memory_order_relaxed);
    pushed_ += samples.size();
}

std::uint64_t Feed::due(Clock::time_point now) const {
    if (std::isinf(pace_.speed)) return std::numeric_limits<std::uint64_t>::max();
    if (now < start_) return 0;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    return static_cast<std::uint64_t>(seconds * pace_.speed * rate_ + 1e-6);
}

Clock::time_point Feed::time_of(std::uint64_t sample) const {
    const std::chrono::duration<double> seconds{static_cast<double>(sample) / rate_ / pace_.speed};
    return start_ + std::chrono::ceil<Clock::duration>(seconds);
}

void Feed::rebase(Clock::time_point now) {
    if (std::isinf(pace_.speed)) return;
    const Clock::time_point next = time_of(pushed_ + block_.size());
    if (next < now) start_ += now - next;
}

std::uint64_t Feed::samples_in(std::chrono::milliseconds time) const {
    return static_cast<std::uint64_t>(time.count()) * rate_ / 1000;
}

}  // namespace asr_stream::cli
