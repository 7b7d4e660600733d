#pragma once

#include <asr_stream/engine.hpp>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "freeswitch/live_object.hpp"
#include "freeswitch/rate_adapter.hpp"
#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {

class BargeIn;
class PlaybackQueue;
class Publisher;
struct Counters;

/// Hears everything that happens on one stream, before it is published. Called on the engine's loop thread: returns at
/// once, calls nothing of the switch that can wait, and must not throw. Not called after `closed`.
class Listener {
  public:
    virtual ~Listener() = default;
    virtual void on_event(const Event& event) noexcept = 0;
};

/// Who opened a stream; tells the watchdog what to end when its call is gone.
enum class StreamOrigin { media_bug, recognition };

/// What open_stream() needs.
struct OpenRequest {
    std::string uuid;
    std::string name = "default";  ///< one running stream of a call has it
    Profile profile;               ///< validated; profile_for() makes it
    std::uint32_t sample_rate = 8000;
    std::uint16_t channels = 1;
    StreamOrigin origin = StreamOrigin::media_bug;
    bool has_call = true;                ///< false: `uuid` only tells it apart
    std::shared_ptr<Listener> listener;  ///< may be null; kept until `closed` was delivered
    InterfaceHold hold;                  ///< may hold nothing; kept until `closed` was published
};

/// One stream of one call: gets the engine's events and hands them to the listener, the publisher, the playback queue
/// and barge-in. Shared by the table of streams (until `closed` was published), the engine and whoever feeds it.
/// Thread-safe; push() belongs to one thread at a time. Nothing here waits.
class CallStream final : public EventSink, public std::enable_shared_from_this<CallStream> {
  public:
    /// What a stream hands its events to; all outlive it.
    struct Outlets {
        std::shared_ptr<Publisher> publisher;
        std::shared_ptr<BargeIn> barge_in;
        std::shared_ptr<Counters> counters;
    };
    CallStream(OpenRequest request, Outlets outlets);
    ~CallStream() override;

    /// Once, by whoever opened the stream; everyone else waits for it. A handle of nothing when the engine refused.
    void begin(Stream stream) noexcept;

    [[nodiscard]] const std::string& uuid() const noexcept { return uuid_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const Profile& profile() const noexcept { return profile_; }
    [[nodiscard]] StreamOrigin origin() const noexcept { return origin_; }
    [[nodiscard]] bool has_call() const noexcept { return has_call_; }
    [[nodiscard]] std::uint32_t sample_rate() const noexcept { return sample_rate_; }
    [[nodiscard]] std::uint16_t channels() const noexcept { return channels_; }
    [[nodiscard]] std::uint64_t id() const noexcept { return handle().id(); }

    /// Media thread, after open_stream() returned: no lock, no allocation, no system call. False when the frame was
    /// refused.
    bool push(std::span<const std::int16_t> samples) noexcept { return stream_.push(samples); }
    void pause();
    void resume();
    void stop() noexcept;       ///< sends what is left, waits for the last finals up to drain-timeout, closes
    void abort() noexcept;      ///< closes at once
    void hang_up() noexcept;    ///< stop() or abort(), as on-hangup says; for CLOSE, so it waits for nothing
    void retry_end() noexcept;  ///< for the watchdog: ends what could not be told to end for want of memory
    void hold_results(bool hold) { handle().hold_results(hold); }
    void send_text(std::string text) { handle().send_text(std::move(text)); }
    void send_dtmf(char digit) { handle().send_dtmf(digit); }
    void send_mark(std::string mark, MarkState state) { handle().send_mark(std::move(mark), state); }

    [[nodiscard]] StreamStats stats() const { return handle().stats(); }
    [[nodiscard]] bool is_paused() const noexcept { return paused_.load(std::memory_order_relaxed); }
    /// stop(), abort() or hang_up() was called, or the stream ended by itself: its name is free again.
    [[nodiscard]] bool is_ending() const noexcept { return ending_.load(std::memory_order_acquire); }
    [[nodiscard]] bool is_closed() const noexcept { return closed_.load(std::memory_order_acquire); }

    /// Audio of the service that waits to be played; null unless the profile says playback=true.
    [[nodiscard]] const std::shared_ptr<PlaybackQueue>& playback() const noexcept { return playback_; }

    /// The media bug that feeds the stream; null when it has none, or not yet. Touched only while the call is locked.
    [[nodiscard]] switch_media_bug_t* media_bug() const noexcept { return bug_.load(std::memory_order_acquire); }
    void set_media_bug(switch_media_bug_t* bug) noexcept { bug_.store(bug, std::memory_order_release); }
    [[nodiscard]] RateAdapter& rate_adapter() noexcept { return rate_adapter_; }
    [[nodiscard]] Counters& counters() noexcept { return *outlets_.counters; }

    void on_event(const Event& event) noexcept override;  ///< loop thread

  private:
    friend class Publisher;

    [[nodiscard]] Stream& handle() const noexcept {
        begun_.wait(false, std::memory_order_acquire);
        return stream_;
    }
    void dispatch(const Event& event);
    void heard_speech(const Event& event);
    void play(const Event& event);
    void clear_playback();
    void finish() noexcept;

    const LiveObject live_;
    const std::string uuid_;
    const std::string name_;
    const Profile profile_;
    const StreamOrigin origin_;
    const bool has_call_;
    const std::uint32_t sample_rate_;
    const std::uint16_t channels_;
    const Outlets outlets_;
    std::shared_ptr<PlaybackQueue> playback_;
    std::shared_ptr<Listener> listener_;  ///< loop thread, from the first event on
    InterfaceHold hold_;                  ///< publisher thread, from the first event on
    std::uint64_t heard_utterance_ = 0;   ///< loop thread: the last one that was seen to begin
    RateAdapter rate_adapter_;
    mutable Stream stream_;  ///< set once, by begin()
    std::atomic<bool> begun_{false};
    std::atomic<switch_media_bug_t*> bug_{nullptr};
    std::atomic<bool> paused_{false};
    std::atomic<bool> ending_{false};
    std::atomic<bool> untold_{false};
    std::atomic<bool> closed_{false};
};

}  // namespace asr_stream::freeswitch
