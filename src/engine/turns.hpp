#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace asr_stream::engine {

/// Which streams of a loop have their turn at a tick. With few streams all have it at every tick. With many, those of
/// short messages have it every `batch_time` only, so that several messages leave with one send: a send costs more than
/// all the rest. A few hundred have it at the same tick, as the first sends warm the caches for the others; more are
/// spread over the ticks, by their ids, so that no tick has much more than its share.
class Turns {
  public:
    using milliseconds = std::chrono::milliseconds;
    static constexpr milliseconds batch_time{60};
    static constexpr std::size_t streams_of_tick = 256;  ///< for each so many, one more tick is used

    /// `batch_streams`: how many streams are many; 0: none are.
    Turns(milliseconds tick, std::uint32_t batch_streams) noexcept
        : tick_{tick},
          batch_streams_{batch_streams},
          ticks_per_batch_{
              std::max<std::uint64_t>(static_cast<std::uint64_t>((batch_time + tick / 2).count() / tick.count()), 1)} {}

    void begin_tick(std::size_t streams) noexcept {
        ++number_;
        if (batch_streams_ == 0) return;
        const std::size_t least = are_many_ ? batch_streams_ - batch_streams_ / 4 : batch_streams_;
        are_many_ = streams >= least;  // not to and fro where a call comes and goes
        if (are_many_) last_of_many_ = number_;
        const std::uint64_t needed = std::clamp<std::uint64_t>(streams / streams_of_tick, 1, ticks_per_batch_);
        const std::uint64_t used = are_many_ ? std::max(ticks_in_use_, needed) : 1;  // fewer again with few streams
        have_moved_ = std::exchange(ticks_in_use_, used) != used;
    }

    /// `is_short`: several of the stream's messages fit into batch_time.
    [[nodiscard]] bool has_turn(std::uint64_t id, bool is_short) const noexcept {
        return !are_many_ || have_moved_ || !is_short || (number_ + place(id)) % ticks_per_batch_ == 0;
    }

    /// How long a message waits for its turn at most, and a tick more: what waits longer was held up.
    [[nodiscard]] milliseconds longest_wait(bool is_short) const noexcept {
        const bool batched = is_short && last_of_many_ != 0 && number_ - last_of_many_ <= ticks_per_batch_;
        return tick_ * static_cast<milliseconds::rep>((batched ? ticks_per_batch_ : 1) + 1);
    }

  private:
    /// Which of the ticks in use. Of several loops' streams every n-th id is here: those alone must be spread too
    /// (Fibonacci hashing).
    [[nodiscard]] std::uint64_t place(std::uint64_t id) const noexcept {
        const std::uint64_t below_256 = (id * 0x9E3779B97F4A7C15u) >> 56;
        return below_256 * ticks_in_use_ >> 8;
    }

    milliseconds tick_;
    std::uint32_t batch_streams_;
    std::uint64_t ticks_per_batch_;
    std::uint64_t ticks_in_use_ = 1;
    std::uint64_t number_ = 0;        ///< of ticks so far
    std::uint64_t last_of_many_ = 0;  ///< the tick
    bool are_many_ = false;
    bool have_moved_ = false;  ///< to other ticks: all have a turn at this one, so that none is put off
};

}  // namespace asr_stream::engine
