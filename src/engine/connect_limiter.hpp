#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace asr_stream::engine {

/// Lets so many connects begin in a second (connect-rate); the others wait in the order they came. A tenth of a
/// second's worth may begin at once. Loop thread only; time is passed in.
class ConnectLimiter {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    struct Turn {
        std::uint64_t stream = 0;
        std::uint32_t session = 0;  ///< the stream may have given up meanwhile
    };

    explicit ConnectLimiter(std::uint32_t per_second) noexcept
        : per_second_{static_cast<double>(per_second)}, most_{std::max(1.0, per_second_ / 10)}, tokens_{most_} {}

    /// True when it may begin now; otherwise it waits and next() will give it.
    [[nodiscard]] bool try_begin(const Turn& turn, TimePoint now) {
        refill(now);
        if (!waiting_.empty() || tokens_ < 1) {
            waiting_.push_back(turn);
            return false;
        }
        tokens_ -= 1;
        return true;
    }
    /// Whose turn it is now, if anyone's.
    [[nodiscard]] std::optional<Turn> next(TimePoint now) {
        if (waiting_.empty()) return std::nullopt;
        refill(now);
        if (tokens_ < 1) return std::nullopt;
        tokens_ -= 1;
        const Turn turn = waiting_.front();
        waiting_.pop_front();
        return turn;
    }
    /// The turn was not used: it goes to the next one.
    void give_back() noexcept { tokens_ = std::min(most_, tokens_ + 1); }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

  private:
    void refill(TimePoint now) noexcept {
        const std::chrono::duration<double> passed = now - refilled_;
        refilled_ = now;
        tokens_ = std::min(most_, tokens_ + std::max(0.0, passed.count()) * per_second_);
    }

    double per_second_;
    double most_;
    double tokens_;
    TimePoint refilled_{};
    std::deque<Turn> waiting_;
};

}  // namespace asr_stream::engine
