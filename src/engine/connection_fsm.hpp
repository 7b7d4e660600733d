#pragma once

#include <asr_stream/error.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace asr_stream::engine {

using std::chrono::milliseconds;

/// Connect; `attempt` is 1 for the first connection of the stream.
struct Connect {
    std::uint32_t attempt = 1;
    friend bool operator==(const Connect&, const Connect&) = default;
};
/// The WebSocket is open, the service says when it takes audio: greet it and wait at most connect-timeout.
struct WaitForReady {
    friend bool operator==(const WaitForReady&, const WaitForReady&) = default;
};
struct StartStreaming {
    friend bool operator==(const StartStreaming&, const StartStreaming&) = default;
};
/// Stop was asked: send the rest of the audio and the final messages. The time allowed runs from the stop.
struct Drain {
    friend bool operator==(const Drain&, const Drain&) = default;
};
/// The connection is gone or given up; come back after `delay`.
struct BackOff {
    milliseconds delay{};
    friend bool operator==(const BackOff&, const BackOff&) = default;
};
/// Close the open connection with a close handshake.
struct CloseHandshake {
    friend bool operator==(const CloseHandshake&, const CloseHandshake&) = default;
};
/// The stream is over: abort what is still open, and say `closed`. No error means that it ended as asked.
struct Finish {
    std::optional<Error> error;
    bool drained = false;
    friend bool operator==(const Finish& a, const Finish& b) {
        return a.drained == b.drained && a.error.has_value() == b.error.has_value() &&
               (!a.error || a.error->code == b.error->code);
    }
};
using Action =
    std::variant<std::monostate, Connect, WaitForReady, StartStreaming, Drain, BackOff, CloseHandshake, Finish>;

/// When to connect, to come back, and to end: the life of one stream's connections, one function per event, each giving
/// the action it leads to. It sees no socket, clock, log or thread; whoever drives it brings numbers and performs
/// actions.
class ConnectionFsm {
  public:
    enum class State : std::uint8_t {
        idle,        ///< not started
        connecting,  ///< its turn is awaited, or the dial runs
        waiting_for_ready,
        streaming,
        draining,  ///< stop was asked; the rest is sent and the last results awaited
        backing_off,
        closing,  ///< the close handshake runs
        closed,
    };
    struct Limits {
        std::uint32_t attempts = 5;
        milliseconds first_delay{200};
        milliseconds longest_delay{5000};
    };

    explicit ConnectionFsm(Limits limits) noexcept : limits_{limits} {}

    [[nodiscard]] Action start();
    [[nodiscard]] Action on_connected(bool waits_for_ready);
    [[nodiscard]] Action on_ready();
    /// The session has done something for us, so that a later failure is a new one: counting begins anew.
    void on_useful() noexcept { failures_ = 0; }
    /// The dial failed or the connection ended, whoever ended it. `jitter` is 0 to 1: 0.5 leaves the delay as it is.
    [[nodiscard]] Action on_failed(Error reason, double jitter);
    [[nodiscard]] Action on_backoff_elapsed();
    /// `has_audio` tells whether anything is left that the service should still hear.
    [[nodiscard]] Action on_stop(bool has_audio);
    /// The service has said all it will say. `heard_all` tells whether it had got all audio by then.
    [[nodiscard]] Action on_end(bool heard_all);
    /// The service closed the connection while we were draining, after it had got everything.
    [[nodiscard]] Action on_drained_by_close();
    [[nodiscard]] Action on_drain_timeout();
    [[nodiscard]] Action on_closed();
    [[nodiscard]] Action on_abort();
    /// The stream cannot go on: memory, too many finals, an exception.
    [[nodiscard]] Action on_fatal(Error reason);

    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }
    [[nodiscard]] bool has_connection() const noexcept {
        return state_ == State::waiting_for_ready || state_ == State::streaming || state_ == State::draining;
    }
    [[nodiscard]] bool takes_audio() const noexcept { return state_ == State::streaming || state_ == State::draining; }

  private:
    Action finish(std::optional<Error> error, bool drained);
    [[nodiscard]] milliseconds delay(double jitter) const noexcept;

    Limits limits_;
    State state_ = State::idle;
    std::uint32_t failures_ = 0;  ///< without a useful session between them
    std::uint32_t attempt_ = 0;
    bool stopping_ = false;
    bool drained_ = false;
    std::optional<Error> closing_error_;  ///< what `closed` will say
    std::optional<Error> last_failure_;   ///< why it backs off
};

[[nodiscard]] std::string_view name_of(ConnectionFsm::State state) noexcept;

/// Whether the same connect may succeed later. A refused certificate, login or path will not mend itself.
[[nodiscard]] bool is_worth_retrying(const Error& error) noexcept;
/// Whether the service closed the connection in the ordinary way.
[[nodiscard]] bool is_normal_close(const Error& error) noexcept;

}  // namespace asr_stream::engine
