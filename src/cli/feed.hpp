#pragma once

#include <asr_stream/error.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cli/audio_source.hpp"

namespace asr_stream::cli {

using Clock = std::chrono::steady_clock;

/// Where audio goes: a stream of the engine. One thread.
class FeedTarget {
  public:
    virtual ~FeedTarget() = default;
    /// False when the audio was refused.
    virtual bool push(std::span<const std::int16_t> samples) = 0;
    /// How much of the `pushed` samples the service's socket has not been given yet.
    [[nodiscard]] virtual std::uint64_t unsent(std::uint64_t pushed) const = 0;
    [[nodiscard]] virtual bool is_closed() const = 0;
    virtual void stop() = 0;
};

/// How fast audio is handed over.
struct Pace {
    static constexpr double unlimited = std::numeric_limits<double>::infinity();
    double speed = 1.0;  ///< 1 is real time; `unlimited`: as fast as max_unsent permits
    std::chrono::milliseconds block{20};
    std::chrono::milliseconds max_unsent{400};  ///< no more is pushed while so much waits to be sent
    std::chrono::milliseconds max_burst{200};   ///< the most in one go, to catch up without overrunning the ring
    std::chrono::milliseconds tail{0};          ///< silence after the end
};

/// What a feed has done; written by the feeding thread, read by any.
struct FeedProgress {
    std::atomic<std::uint64_t> pushed_samples{0};   ///< of the recording, without the tail
    std::atomic<std::uint64_t> refused_samples{0};  ///< lost because the loop was late
};

/// One recording on its way to one stream, on an absolute schedule: sample n is due at start + n / rate / speed,
/// however late the samples before it were. Where the audio is not there yet, or may not be sent yet, the schedule
/// waits with it. One thread.
class Feed {
  public:
    Feed(std::unique_ptr<AudioSource> source, std::shared_ptr<FeedTarget> target, Pace pace,
         std::shared_ptr<FeedProgress> progress, Clock::time_point start);

    /// Pushes what is due and returns when to call again; nothing once the target was told to stop or is closed.
    /// An error of the source also stops the target.
    [[nodiscard]] Result<std::optional<Clock::time_point>> advance(Clock::time_point now);
    /// Ends early: the target is told to stop.
    void stop();

  private:
    enum class Step { pushed, starved, finished };
    [[nodiscard]] Result<Step> push_block(std::size_t samples);
    Step push_tail(std::size_t samples);
    void push(std::span<const std::int16_t> samples);
    [[nodiscard]] std::uint64_t due(Clock::time_point now) const;
    [[nodiscard]] Clock::time_point time_of(std::uint64_t sample) const;
    void rebase(Clock::time_point now);
    [[nodiscard]] std::uint64_t samples_in(std::chrono::milliseconds time) const;

    std::unique_ptr<AudioSource> source_;
    std::shared_ptr<FeedTarget> target_;
    Pace pace_;
    std::shared_ptr<FeedProgress> progress_;
    Clock::time_point start_;
    std::uint32_t rate_;
    std::vector<std::int16_t> block_;
    std::uint64_t pushed_ = 0;  ///< tail included
    std::uint64_t tail_left_;
    bool source_ended_ = false;
    bool stopped_ = false;
};

}  // namespace asr_stream::cli
