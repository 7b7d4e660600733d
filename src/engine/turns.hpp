#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace asr_stream::engine {

/// Which streams of a loop have their turn at a tick. With few streams all have it at every tick. With many, those of
/// short messages have it every `batch_time` only, so that several messages leave with one send: a send costs more than
/// all the rest. Their turns are spread over the ticks, by the streams' ids.
class Turns {
  public:
    using milliseconds = std::chrono::milliseconds;
    static constexpr milliseconds batch_time{40};

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
    }

    /// `is_short`: several of the stream's messages fit into batch_time.
    [[nodiscard]] bool has_turn(std::uint64_t id, bool is_short) const noexcept {
        return !are_many_ || !is_short || (number_ + spread(id)) % ticks_per_batch_ == 0;
    }

    /// How long a message waits for its turn at most, and a tick more: what waits longer was held up.
    [[nodiscard]] milliseconds longest_wait(bool is_short) const noexcept {
        const bool batched = is_short && last_of_many_ != 0 && number_ - last_of_many_ <= ticks_per_batch_;
        return tick_ * static_cast<milliseconds::rep>((batched ? ticks_per_batch_ : 1) + 1);
    }

  private:
    /// Of several loops' streams every n-th id is here: those alone must be spread too (Fibonacci hashing).
    [[nodiscard]] static std::uint64_t spread(std::uint64_t id) noexcept { return (id * 0x9E3779B97F4A7C15u) >> 56; }

    milliseconds tick_;
    std::uint32_t batch_streams_;
    std::uint64_t ticks_per_batch_;
    std::uint64_t number_ = 0;        ///< of ticks so far
    std::uint64_t last_of_many_ = 0;  ///< the tick
    bool are_many_ = false;
};

}  // namespace asr_stream::engine
