#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace asr_stream::engine {

/// All timers of one stream: points in time that the loop's tick compares, one comparison while none is due.
class Deadlines {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    enum class Kind : std::uint8_t { ready, ping, idle, keep_alive, drain, back_off, partial };
    static constexpr std::size_t kinds = 7;
    static constexpr TimePoint never = TimePoint::max();

    Deadlines() noexcept { at_.fill(never); }

    void set(Kind kind, TimePoint when) noexcept {
        at_[static_cast<std::size_t>(kind)] = when;
        next_ = std::min(next_, when);
    }
    void clear(Kind kind) noexcept { at_[static_cast<std::size_t>(kind)] = never; }
    [[nodiscard]] bool is_set(Kind kind) const noexcept { return at_[static_cast<std::size_t>(kind)] != never; }
    [[nodiscard]] TimePoint at(Kind kind) const noexcept { return at_[static_cast<std::size_t>(kind)]; }

    /// May be early after clear() or a later set(), never late.
    [[nodiscard]] bool any_due(TimePoint now) const noexcept { return now >= next_; }
    /// Clears those that are due and calls `handle(kind)` for each, in the order of the enumeration.
    template <class Handle>
    void take_due(TimePoint now, Handle&& handle) {
        for (std::size_t i = 0; i < kinds; ++i) {
            if (at_[i] > now) continue;
            at_[i] = never;
            handle(static_cast<Kind>(i));
        }
        next_ = *std::min_element(at_.begin(), at_.end());
    }

  private:
    TimePoint next_ = never;
    std::array<TimePoint, kinds> at_;
};

}  // namespace asr_stream::engine
