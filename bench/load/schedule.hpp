#pragma once

#include <cstdint>
#include <ctime>

#include "load/plan.hpp"

namespace asr_stream::bench {

constexpr std::int64_t ns_per_ms = 1'000'000;

/// Steady clock, the one that std::chrono::steady_clock and the kernel's timers use.
[[nodiscard]] inline std::int64_t steady_ns() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

/// When each stream is due for each push: every 20 ms, the streams spread evenly over the slots of that period.
/// Absolute, so that a late wake-up makes its own pushes late and not those that follow.
class Schedule {
  public:
    struct Range {
        unsigned first, last;
    };

    Schedule(const Plan& plan, std::int64_t start_ns) noexcept
        : streams_{plan.streams},
          slots_{push_ms / plan.slot_ms},
          slot_ns_{plan.slot_ms * ns_per_ms},
          start_ns_{start_ns} {}

    [[nodiscard]] unsigned slots_per_period() const noexcept { return slots_; }
    [[nodiscard]] Range streams_of(unsigned slot) const noexcept { return {first_of(slot), first_of(slot + 1)}; }
    [[nodiscard]] std::int64_t slot_start_ns(std::uint64_t slot) const noexcept {
        return start_ns_ + static_cast<std::int64_t>(slot) * slot_ns_;
    }
    [[nodiscard]] std::int64_t due_ns(unsigned stream, std::uint64_t push) const noexcept {
        const std::uint64_t slot =
            ((std::uint64_t{stream} + 1) * slots_ - 1) / streams_;  // the last with first_of <= stream
        return slot_start_ns(push * slots_ + slot);
    }

  private:
    [[nodiscard]] unsigned first_of(unsigned slot) const noexcept {
        return static_cast<unsigned>(std::uint64_t{slot} * streams_ / slots_);
    }

    unsigned streams_;
    unsigned slots_;
    std::int64_t slot_ns_;
    std::int64_t start_ns_;
};

}  // namespace asr_stream::bench
