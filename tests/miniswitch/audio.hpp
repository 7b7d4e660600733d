#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace miniswitch {

/// L16, one channel.
struct Audio {
    std::uint32_t rate = 0;
    std::vector<std::int16_t> samples;
};

/// --speed: how many times faster than real time calls run.
void set_speed(double speed);
/// The first channel of a sound file, if relative from --sounds, at `rate` (0: the file's own). Read once, then shared.
/// Null when it cannot be read. "silence" is a file without samples.
[[nodiscard]] std::shared_ptr<const Audio> load_audio(const std::string& file, std::uint32_t rate = 0);

/// The other end of a call: speaks a sound file in frames of 20 ms, then keeps silent. Its clock runs with whoever
/// reads it: a reader who comes late gets the next frames at once, one who stayed away longer goes on where it stopped.
class Caller {
  public:
    explicit Caller(std::shared_ptr<const Audio> voice) : voice_{std::move(voice)} {}

    [[nodiscard]] std::uint32_t rate() const { return voice_->rate; }
    [[nodiscard]] std::size_t frame_samples() const { return voice_->rate / 50; }
    [[nodiscard]] std::size_t frames() const { return frames_; }
    /// Waits until the frame's time.
    [[nodiscard]] std::span<const std::int16_t> next_frame();

  private:
    std::shared_ptr<const Audio> voice_;
    std::size_t frames_ = 0;
    std::chrono::steady_clock::time_point due_{};
    std::vector<std::int16_t> frame_;
};

}  // namespace miniswitch
