#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace asr_stream {

/// Lets one log line a period through and counts what it held back, so that a flood of errors is one line a second.
/// One thread.
class LogLimiter {
  public:
    using Clock = std::chrono::steady_clock;
    explicit LogLimiter(Clock::duration period = std::chrono::seconds{1}) noexcept : period_{period} {}

    /// Nothing when the line is to be held back; otherwise how many were held back since the last one let through.
    [[nodiscard]] std::optional<std::uint64_t> admit(Clock::time_point now) noexcept {
        if (last_ && now - *last_ < period_) {
            ++held_back_;
            return std::nullopt;
        }
        last_ = now;
        return std::exchange(held_back_, 0);
    }

  private:
    Clock::duration period_;
    std::optional<Clock::time_point> last_;
    std::uint64_t held_back_ = 0;
};

}  // namespace asr_stream
