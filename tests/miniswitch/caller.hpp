#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "audio.hpp"

namespace miniswitch {

/// --speed: how many times faster than real time calls run.
void set_speed(double speed);

/// The other end of a call: speaks a sound file in frames of 20 ms, then keeps silent. Its clock runs with whoever
/// reads it: a reader who comes late gets the next frames at once, one who stayed away longer goes on where it stopped.
class Caller {
  public:
    explicit Caller(std::shared_ptr<const Audio> voice) : voice_{std::move(voice)} {}

    static constexpr std::chrono::milliseconds ptime{20};
    [[nodiscard]] std::uint32_t rate() const { return voice_->rate; }
    [[nodiscard]] std::size_t frame_samples() const { return voice_->rate / 50; }
    [[nodiscard]] std::uint64_t frames() const { return frames_; }
    [[nodiscard]] bool is_silent() const { return frames_ * frame_samples() >= voice_->samples.size(); }

    /// Waits until the frame's time.
    [[nodiscard]] std::span<const std::int16_t> next_frame();

  private:
    void wait();

    std::shared_ptr<const Audio> voice_;
    std::uint64_t frames_ = 0;
    std::chrono::steady_clock::time_point due_{};
    std::vector<std::int16_t> padded_;
};

}  // namespace miniswitch
