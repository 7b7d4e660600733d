#pragma once

#include <asr_stream/config.hpp>
#include <asr_stream/error.hpp>
#include <asr_stream/event.hpp>
#include <asr_stream/log.hpp>
#include <asr_stream/stats.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace asr_stream {

/// Receives what happens on a stream. Called on the stream's loop thread, in order, never after `closed`.
/// It must return at once (every other call of that loop waits meanwhile) and must not throw.
class ASR_STREAM_API EventSink {
  public:
    virtual ~EventSink() = default;
    virtual void on_event(const Event& event) noexcept = 0;
};

enum class MarkState { played, cleared };

/// A door to one stream, copied freely. Outliving the stream or the engine is harmless: calls then do nothing.
/// Dropping every handle does not stop the stream; stop() or abort() does.
/// Thread-safe, except that push() belongs to one thread at a time.
class ASR_STREAM_API Stream {
  public:
    Stream() = default;

    /// Hands over L16 samples (interleaved when two channels), at most ring-ms at once. No lock, no allocation, no
    /// system call. Returns false when the ring is full: the frame is refused and counted, and the call's clock goes
    /// on. False also after stop(), abort() or `closed`, when nothing counts any more.
    bool push(std::span<const std::int16_t> samples) noexcept;

    /// Samples pushed that the loop has not taken yet; a caller that is faster than real time waits for room with it.
    [[nodiscard]] std::size_t pending_samples() const noexcept;

    void pause();  ///< what is pushed meanwhile is not sent; the call's clock goes on
    void resume();
    void send_text(std::string text);  ///< a text message in the dialect's own form
    void send_dtmf(char digit);        ///< 0-9 A-D * #
    /// Tells the service what became of the audio before the mark that it sent (EventKind::mark).
    void send_mark(std::string name, MarkState state);
    /// True: nothing more is read from the service until it is false again, so that results wait there (backpressure).
    /// Neither stall-timeout nor idle-timeout run meanwhile.
    void hold_results(bool hold);

    /// Sends what is left, asks the service to finish, waits up to drain-timeout for the last finals, closes. Never
    /// blocks.
    void stop();
    /// Closes without waiting for anything. Never blocks.
    void abort();

    [[nodiscard]] StreamStats stats() const;
    [[nodiscard]] std::uint64_t id() const noexcept;  ///< unique in the engine; 0 for a handle of nothing
    [[nodiscard]] bool is_closed() const noexcept;

    struct Shared;  ///< the library's own

  private:
    friend class Engine;
    explicit Stream(std::shared_ptr<Shared> shared) noexcept : shared_{std::move(shared)} {}
    std::shared_ptr<Shared> shared_;
};

/// The loop threads and all streams on them.
class ASR_STREAM_API Engine {
  public:
    [[nodiscard]] static Result<std::unique_ptr<Engine>> create(EngineConfig config, LogSink log);
    /// Aborts what still runs, sends each `closed` (with Errc::shutting_down), and joins the loop threads. Not from a
    /// sink.
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Starts a stream; it connects at once and keeps what is pushed meanwhile. Any thread; does not block.
    /// The sink is held until `closed` was delivered.
    [[nodiscard]] Result<Stream> add_stream(StreamConfig config, std::shared_ptr<EventSink> sink);

    /// Stops all streams gracefully and returns when the last is closed, or when the time is over. Returns whether all
    /// were. From its start on add_stream() answers Errc::shutting_down. Not from a sink.
    bool drain(milliseconds time);

    [[nodiscard]] EngineStats stats() const;
    [[nodiscard]] std::string metrics() const;  ///< Prometheus text format, names begin with asr_stream_

  private:
    struct Impl;
    explicit Engine(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

/// "0.1.0"
[[nodiscard]] ASR_STREAM_API std::string_view version() noexcept;

}  // namespace asr_stream
