#pragma once

#include <asr_stream/engine.hpp>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "cli/feed.hpp"
#include "cli/load_call.hpp"

namespace asr_stream::cli {

/// One thread that pushes a frame to each of its calls every 20 ms, as a switch's media threads do: on an absolute
/// schedule, the calls spread evenly over the period.
class LoadPusher {
  public:
    static constexpr std::chrono::milliseconds period{20};

    explicit LoadPusher(std::shared_ptr<const LoadAudio> audio);
    ~LoadPusher();  ///< stops
    LoadPusher(const LoadPusher&) = delete;
    LoadPusher& operator=(const LoadPusher&) = delete;

    /// Any thread. Frames are due at `first_due` and every period after it.
    void add(Stream stream, std::size_t seed, Clock::time_point first_due);
    /// No more is pushed once it returns. Any thread but the pushing one.
    void stop();

    struct Report {
        std::uint64_t frames = 0;
        std::uint64_t refused_frames = 0;
        std::uint64_t late_frames = 0;  ///< pushed more than one period after they were due: this machine is too slow
        std::chrono::microseconds max_lateness{};
        std::chrono::nanoseconds cpu{};
    };
    [[nodiscard]] Report report();  ///< any thread but the pushing one

  private:
    struct Item {
        Stream stream;
        LoadCall call;
        Clock::time_point due;
    };
    void run();
    void insert(Item item);
    void push_due(Clock::time_point now);
    void count_lateness(Clock::duration lateness);

    std::shared_ptr<const LoadAudio> audio_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Item> added_;
    bool quit_ = false;
    std::atomic<std::uint64_t> frames_{0};
    std::atomic<std::uint64_t> refused_frames_{0};
    std::atomic<std::uint64_t> late_frames_{0};
    std::atomic<std::int64_t> max_lateness_us_{0};
    std::chrono::nanoseconds last_cpu_{};
    std::deque<Item> items_;  // pushing thread only; in the order in which they are due
    std::vector<std::int16_t> frame_;
    std::thread thread_;
};

}  // namespace asr_stream::cli
