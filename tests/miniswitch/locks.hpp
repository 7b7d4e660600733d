#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base.hpp"

namespace miniswitch {

/// The switch's read-write lock: readers come first, and who unlocks need not be who locked. A thread that would wait
/// for itself is a defect of the program under test and ends the process with a message.
class RwLock {
  public:
    void lock_shared() {
        std::unique_lock guard{mutex_};
        refuse_self();
        changed_.wait(guard, [this] { return !writing_; });
        ++readers_;
    }
    [[nodiscard]] bool try_lock_shared() {
        const std::lock_guard guard{mutex_};
        if (!writing_) ++readers_;
        return !writing_;
    }
    void lock() {
        std::unique_lock guard{mutex_};
        refuse_self();
        changed_.wait(guard, [this] { return !writing_ && readers_ == 0; });
        writing_ = true;
        writer_ = std::this_thread::get_id();
    }
    [[nodiscard]] bool try_lock_for(std::chrono::seconds patience) {
        std::unique_lock guard{mutex_};
        if (!changed_.wait_for(guard, patience, [this] { return !writing_ && readers_ == 0; })) return false;
        return writing_ = true;
    }
    void unlock() {
        const std::lock_guard guard{mutex_};
        if (!writing_ && readers_-- == 0) fatal("a read-write lock was unlocked more often than locked");
        writing_ = false;
        writer_ = {};
        changed_.notify_all();
    }
    void unlock_shared() { unlock(); }

  private:
    void refuse_self() const {
        if (writing_ && writer_ == std::this_thread::get_id()) fatal("a thread waits for a lock that it holds");
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::thread::id writer_;
    int readers_ = 0;
    bool writing_ = false;
};

}  // namespace miniswitch

struct fspr_thread_rwlock_t : miniswitch::RwLock {};
