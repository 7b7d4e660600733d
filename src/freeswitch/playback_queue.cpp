#include "freeswitch/playback_queue.hpp"

#include <algorithm>
#include <utility>

namespace asr_stream::freeswitch {
namespace {

using microseconds = std::chrono::microseconds;

microseconds duration(std::size_t samples, std::uint32_t rate) {
    return microseconds{samples * std::uint64_t{1'000'000} / rate};
}

std::size_t samples_in(microseconds time, std::uint32_t rate) {
    if (time <= microseconds::zero()) return 0;
    return static_cast<std::size_t>(static_cast<std::uint64_t>(time.count()) * rate / 1'000'000);
}

}  // namespace

PlaybackQueue::~PlaybackQueue() { count(&Stats::cleared_samples, &PlaybackTotals::cleared_samples, samples_.size()); }

void PlaybackQueue::count(std::uint64_t Stats::*stat, std::atomic<std::uint64_t> PlaybackTotals::*total,
                          std::uint64_t value) noexcept {
    stats_.*stat += value;
    if (totals_) ((*totals_).*total).fetch_add(value, std::memory_order_relaxed);
}

std::size_t PlaybackQueue::push(std::span<const std::int16_t> samples, std::uint32_t rate) {
    const std::lock_guard lock{mutex_};
    const auto taken = std::min(samples.size(), room(rate));
    count(&Stats::refused_samples, &PlaybackTotals::refused_samples, samples.size() - taken);
    if (taken == 0) return 0;
    if (items_.empty() || items_.back().rate != rate) items_.push_back({.samples = 0, .rate = rate, .mark = {}});
    samples_.insert(samples_.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(taken));
    Item& run = items_.back();
    waiting_ += duration(run.samples + taken, rate) - duration(run.samples, rate);
    run.samples += taken;
    count(&Stats::queued_samples, &PlaybackTotals::queued_samples, taken);
    return taken;
}

std::size_t PlaybackQueue::room(std::uint32_t rate) const {
    const bool begins_run = items_.empty() || items_.back().rate != rate;
    if (closed_ || rate < min_rate || rate > max_rate || (begins_run && items_.size() >= max_items)) return 0;
    return samples_in(bound_ - waiting_, rate);
}

std::optional<MarkState> PlaybackQueue::add_mark(std::string name) {
    const std::lock_guard lock{mutex_};
    if (closed_) return MarkState::cleared;
    if (items_.empty()) return MarkState::played;
    if (items_.size() >= max_items) {
        count(&Stats::refused_marks, &PlaybackTotals::refused_marks, 1);
        return MarkState::cleared;
    }
    items_.push_back({.samples = 0, .rate = 0, .mark = std::move(name)});
    return std::nullopt;
}

std::vector<std::string> PlaybackQueue::clear() {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> marks;
    for (auto& item : items_)
        if (item.rate == 0) marks.push_back(std::move(item.mark));
    count(&Stats::cleared_samples, &PlaybackTotals::cleared_samples, samples_.size());
    items_ = {};
    samples_ = {};  // gives the memory back
    waiting_ = {};
    ++clears_;
    return marks;
}

void PlaybackQueue::close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
}

bool PlaybackQueue::claim_reader() {
    const std::lock_guard lock{mutex_};
    return !std::exchange(has_reader_, true);
}

void PlaybackQueue::release_reader() {
    const std::lock_guard lock{mutex_};
    has_reader_ = false;
}

PlaybackQueue::Taken PlaybackQueue::take(std::vector<std::int16_t>& out, microseconds most) {
    const std::lock_guard lock{mutex_};
    Taken taken;
    taken.clears = clears_;
    while (!items_.empty() && items_.front().rate == 0) {
        taken.marks.push_back(std::move(items_.front().mark));
        items_.pop_front();
    }
    taken.ended = closed_ && items_.empty();
    if (items_.empty()) return taken;
    Item& run = items_.front();
    const auto size = std::min(run.samples, std::max<std::size_t>(1, samples_in(most, run.rate)));
    const auto end = samples_.begin() + static_cast<std::ptrdiff_t>(size);
    out.insert(out.end(), samples_.begin(), end);
    samples_.erase(samples_.begin(), end);
    taken.rate = run.rate;
    count(&Stats::taken_samples, &PlaybackTotals::taken_samples, size);
    waiting_ -= duration(run.samples, run.rate) - duration(run.samples - size, run.rate);
    run.samples -= size;
    if (run.samples == 0) items_.pop_front();
    return taken;
}

PlaybackQueue::Stats PlaybackQueue::stats() const {
    const std::lock_guard lock{mutex_};
    Stats stats = stats_;
    stats.waiting = std::chrono::duration_cast<std::chrono::milliseconds>(waiting_);
    return stats;
}

}  // namespace asr_stream::freeswitch
