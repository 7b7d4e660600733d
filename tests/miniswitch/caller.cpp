#include "caller.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace miniswitch {
namespace {
std::atomic<std::int64_t> frame_ns{20'000'000};
}

void set_speed(double speed) { frame_ns = static_cast<std::int64_t>(20e6 / speed); }

void Caller::wait() {
    using Clock = std::chrono::steady_clock;
    constexpr int frames_to_catch_up = 10;
    const std::chrono::nanoseconds frame{frame_ns.load()};
    due_ += frame;
    const auto now = Clock::now();
    if (due_ < now - frames_to_catch_up * frame) due_ = now;
    std::this_thread::sleep_until(due_);
}

std::span<const std::int16_t> Caller::next_frame() {
    wait();
    const auto size = frame_samples();
    const auto from = std::min(frames_++ * size, voice_->samples.size());
    const auto left = std::min(voice_->samples.size() - from, size);
    padded_.assign(size, 0);
    std::copy_n(voice_->samples.begin() + static_cast<std::ptrdiff_t>(from), left, padded_.begin());
    return padded_;
}

}  // namespace miniswitch
