#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "freeswitch/counters.hpp"

namespace asr_stream::freeswitch {

/// Breaks off what is played to a caller who has begun to speak. On a thread of its own, since the loop must not touch
/// a session. A call that plays nothing is left alone: a break would hit what comes next.
class BargeIn {
  public:
    static constexpr std::size_t max_waiting = 10'000;  ///< more are dropped and counted

    explicit BargeIn(std::shared_ptr<Counters> counters);
    ~BargeIn();
    BargeIn(const BargeIn&) = delete;
    BargeIn& operator=(const BargeIn&) = delete;

    /// Any thread; waits for nothing but a short mutex.
    void request(const std::string& uuid);
    void finish() noexcept;

  private:
    void run() noexcept;
    [[nodiscard]] static bool break_playback(const std::string& uuid) noexcept;

    const std::shared_ptr<Counters> counters_;
    std::mutex mutex_;
    std::condition_variable requested_;
    std::deque<std::string> waiting_;
    bool is_finishing_ = false;
    std::thread thread_;
};

}  // namespace asr_stream::freeswitch
