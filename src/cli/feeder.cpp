#include "cli/feeder.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace asr_stream::cli {

Feeder::Feeder(Done done) : done_{std::move(done)}, thread_{[this] { run(); }} {}

Feeder::~Feeder() {
    {
        const std::lock_guard lock{mutex_};
        quit_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Feeder::add(std::size_t id, std::unique_ptr<Feed> feed) {
    {
        const std::lock_guard lock{mutex_};
        added_.push_back(Item{id, std::move(feed), Clock::time_point{}});
    }
    changed_.notify_one();
}

void Feeder::stop_all() {
    {
        const std::lock_guard lock{mutex_};
        stop_all_ = true;
    }
    changed_.notify_one();
}

void Feeder::run() {
    std::unique_lock lock{mutex_};
    while (!quit_) {
        std::move(added_.begin(), added_.end(), std::back_inserter(items_));
        added_.clear();
        const bool stopping = std::exchange(stop_all_, false);
        lock.unlock();
        const Clock::time_point now = Clock::now();
        Clock::time_point next = Clock::time_point::max();
        for (Item& item : items_) {
            if (stopping) item.feed->stop();
            if (stopping || item.next <= now) advance(item);
            if (item.feed) next = std::min(next, item.next);
        }
        std::erase_if(items_, [](const Item& item) { return !item.feed; });
        lock.lock();
        const auto is_changed = [this] { return quit_ || stop_all_ || !added_.empty(); };
        if (next == Clock::time_point::max()) {
            changed_.wait(lock, is_changed);
        } else {
            changed_.wait_until(lock, next, is_changed);
        }
    }
}

void Feeder::advance(Item& item) {
    const auto again = item.feed->advance(Clock::now());
    if (again && *again) {
        item.next = **again;
        return;
    }
    item.feed.reset();
    done_(item.id, again ? Result<>{} : Result<>{tl::unexpected{again.error()}});
}

}  // namespace asr_stream::cli
