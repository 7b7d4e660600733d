#pragma once

#include <asr_stream/stats.hpp>
#include <atomic>
#include <cstdint>

namespace asr_stream::engine {

/// A number that one thread writes and any thread reads.
class Counter {
  public:
    void add(std::uint64_t amount = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void raise_to(std::uint64_t value) noexcept {
        if (value > get()) set(value);
    }
    [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// StreamStats as it is counted. The pushing thread writes the first group, the loop thread the second.
struct Counters {
    struct alignas(64) Pushed {
        Counter pushed_samples, refused_samples, paused_samples;
        // Not counted, but read with each push: it should find all it needs in one cache line beside the ring.
        std::atomic<bool> accepts{true};  ///< neither stop nor abort was asked, nor has the stream ended
        std::atomic<bool> paused{false};
        std::uint16_t channels = 1;  ///< set before the first push
    } push;
    struct alignas(64) Loop {
        // Written for every frame: one cache line.
        Counter taken_until;  ///< call position up to which the ring was emptied
        Counter sent_samples, sent_frames, sent_bytes, max_send_delay_us, late_frames;

        Counter replayed_samples, queue_dropped_samples, replay_dropped_samples;
        Counter received_messages, received_bytes, bad_messages, too_big_messages;
        Counter partials, partials_coalesced, finals, finals_repeated, results_dropped, texts_dropped, playback_dropped;
        Counter connects, connect_failures, reconnects, connects_delayed, stalls, idle_timeouts, drain_timeouts;
    } loop;

    [[nodiscard]] StreamStats snapshot() const noexcept;
};

/// Adds one stream to a sum, as EngineStats::sum defines it.
void add_to(StreamStats& sum, const StreamStats& one) noexcept;

/// The delays of all frames of one loop: that loop counts, any thread reads.
class DelayCounters {
  public:
    void record(std::uint64_t microseconds) noexcept { counts_[DelayHistogram::bucket_of(microseconds)].add(); }
    void add_to(DelayHistogram& sum) const noexcept {
        for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) sum.add(bucket, counts_[bucket].get());
    }

  private:
    std::array<Counter, DelayHistogram::buckets> counts_;
};

}  // namespace asr_stream::engine
