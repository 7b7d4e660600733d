#include "cli/load_pusher.hpp"

#include <algorithm>
#include <utility>

#include "cli/process_usage.hpp"

namespace asr_stream::cli {
namespace {

constexpr std::chrono::milliseconds shortest_sleep{1};  // many calls share one wake-up

}  // namespace

LoadPusher::LoadPusher(std::shared_ptr<const LoadAudio> audio)
    : audio_{std::move(audio)},
      frame_(static_cast<std::size_t>(audio_->sample_rate) * period.count() / 1000),
      thread_{[this] { run(); }} {}

LoadPusher::~LoadPusher() { stop(); }

void LoadPusher::stop() {
    if (!thread_.joinable()) return;
    last_cpu_ = thread_cpu(thread_);  // a thread that has ended has no clock any more
    {
        const std::lock_guard lock{mutex_};
        quit_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void LoadPusher::add(Stream stream, std::size_t seed, Clock::time_point first_due) {
    {
        const std::lock_guard lock{mutex_};
        added_.push_back(Item{std::move(stream), LoadCall{audio_, seed}, first_due});
    }
    changed_.notify_one();
}

LoadPusher::Report LoadPusher::report() {
    return {.frames = frames_.load(std::memory_order_relaxed),
            .refused_frames = refused_frames_.load(std::memory_order_relaxed),
            .late_frames = late_frames_.load(std::memory_order_relaxed),
            .max_lateness = std::chrono::microseconds{max_lateness_us_.load(std::memory_order_relaxed)},
            .cpu = thread_.joinable() ? thread_cpu(thread_) : last_cpu_};
}

void LoadPusher::run() {
    std::unique_lock lock{mutex_};
    while (!quit_) {
        for (Item& item : std::exchange(added_, {})) insert(std::move(item));
        lock.unlock();
        const Clock::time_point now = Clock::now();
        push_due(now);
        lock.lock();
        const auto is_changed = [this] { return quit_ || !added_.empty(); };
        if (items_.empty()) {
            changed_.wait(lock, is_changed);
        } else {
            changed_.wait_until(lock, std::max(items_.front().due, now + shortest_sleep), is_changed);
        }
    }
}

void LoadPusher::insert(Item item) {
    const auto place = std::upper_bound(items_.begin(), items_.end(), item.due,
                                        [](Clock::time_point due, const Item& other) { return due < other.due; });
    items_.insert(place, std::move(item));
}

void LoadPusher::push_due(Clock::time_point now) {
    while (!items_.empty() && items_.front().due <= now) {
        Item item = std::move(items_.front());
        items_.pop_front();
        count_lateness(now - item.due);
        item.call.next(frame_);
        const bool taken = item.stream.push(frame_);
        frames_.fetch_add(1, std::memory_order_relaxed);
        if (!taken) refused_frames_.fetch_add(1, std::memory_order_relaxed);
        item.due += period;  // all have the same period, so the order holds
        items_.push_back(std::move(item));
    }
}

void LoadPusher::count_lateness(Clock::duration lateness) {
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(lateness).count();
    if (lateness > period) late_frames_.fetch_add(1, std::memory_order_relaxed);
    if (microseconds > max_lateness_us_.load(std::memory_order_relaxed)) {
        max_lateness_us_.store(microseconds, std::memory_order_relaxed);
    }
}

}  // namespace asr_stream::cli
