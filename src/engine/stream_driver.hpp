#pragma once

#include <asr_stream/engine.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fetch.hpp"
#include "dialect/dialect.hpp"
#include "engine/audio_path.hpp"
#include "engine/connection_fsm.hpp"
#include "engine/deadlines.hpp"
#include "engine/endpoint_chooser.hpp"
#include "engine/plan.hpp"
#include "engine/result_path.hpp"
#include "engine/stream_state.hpp"
#include "engine/turns.hpp"

namespace asr_stream::websocket {
class Connection;
class Dialer;
struct Incoming;
}  // namespace asr_stream::websocket

namespace asr_stream::engine {

class Loop;

/// One stream on its loop: asks the state machine what to do at each event and does it. Loop thread only, except for
/// the constructor. Owned by the loop, and by its coroutine while that runs.
class StreamDriver : public std::enable_shared_from_this<StreamDriver> {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using SharedStream = std::shared_ptr<Stream::Shared>;

    /// Texts, digits and marks that wait for the connection.
    static constexpr std::size_t max_texts = 64;
    static constexpr std::size_t max_text_bytes = 65'536;
    /// Messages of one service handled before others get their turn.
    static constexpr std::size_t messages_in_a_row = 32;
    static constexpr milliseconds close_handshake_time{1000};

    StreamDriver(StreamConfig config, const Plan& plan, audio::Resampler resampler, SharedStream shared,
                 std::shared_ptr<EventSink> sink, Loop& loop);
    ~StreamDriver();

    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    [[nodiscard]] const SharedStream& shared() const noexcept { return shared_; }
    [[nodiscard]] bool is_finished() const noexcept { return finished_; }

    // Called by the loop
    void start();
    // Fetch what the next tick() will touch, each what the one before has made known: of a stream that has audio all,
    // of another one what has_work() asks.
    void fetch_object() const noexcept { fetch_lines(this, asked_bytes); }
    void fetch_ring() const noexcept { audio_.fetch_ring(); }
    void fetch_parts(const Turns& turns) noexcept {
        if (!has_audio(turns)) return;
        fetch_lines(reinterpret_cast<const char*>(this) + asked_bytes, ticked_bytes - asked_bytes);
        audio_.fetch_parts();
    }
    void fetch_ends(const Turns& turns) noexcept {
        if (has_audio(turns)) audio_.fetch_ends();
    }
    /// Whether tick() would do anything. Cheap: once per tick and stream.
    [[nodiscard]] bool has_work(TimePoint now, const Turns& turns) noexcept {
        if (finished_) return false;
        return has_audio(turns) || deadlines_.any_due(now) || waits_to_send_;
    }
    void tick(TimePoint now) noexcept;
    /// Ends this stream alone, whatever was thrown.
    void on_exception(const std::exception_ptr& exception) noexcept;
    /// connect-rate lets it connect now; false when it no longer wants to.
    [[nodiscard]] bool take_turn(std::uint32_t session);
    void shut_down() noexcept;

    // Asked for by handles
    void pause() noexcept;
    void stop() noexcept;
    void abort() noexcept;
    void send_text(std::string text) noexcept;
    void send_dtmf(char digit) noexcept;
    void send_mark(std::string name, MarkState state) noexcept;
    void hold_results(bool hold) noexcept;

  private:
    // At the object's beginning: what has_work() asks, and what a tick with a frame touches.
    static constexpr std::size_t asked_bytes = 320;
    static constexpr std::size_t ticked_bytes = 1088;

    struct Text {
        enum class Kind : std::uint8_t { text, dtmf, mark };
        std::string text;
        Kind kind = Kind::text;
        MarkState mark = MarkState::played;
    };
    /// Runs `step` so that an exception ends this stream alone.
    template <class Step>
    void guarded(Step&& step) noexcept;

    // stream_driver.cpp: actions of the state machine
    void perform(Action action);
    void connect(std::uint32_t attempt);
    void wait_for_ready();
    void start_streaming();
    void drain();
    void back_off(milliseconds delay);
    void close_handshake();
    void finish(Finish how) noexcept;
    void log_end(const Error& error);
    [[nodiscard]] Error describe(const std::exception_ptr& exception) const;
    void fail_for_good(Error error);

    // stream_session.cpp: the connection
    void dial();
    static boost::asio::awaitable<void> run_session(std::shared_ptr<StreamDriver> self,
                                                    std::shared_ptr<websocket::Dialer> dialer, std::uint32_t session);
    static boost::asio::awaitable<void> run_close(std::shared_ptr<StreamDriver> self,
                                                  std::shared_ptr<websocket::Connection> connection,
                                                  std::uint32_t session);
    static boost::asio::awaitable<void> wait_while_held(std::shared_ptr<StreamDriver> self, std::uint32_t session);
    [[nodiscard]] bool is_current(std::uint32_t session) const noexcept {
        return session == session_number_ && !finished_;
    }
    void on_connected(std::shared_ptr<websocket::Connection> connection);
    void on_dial_failed(Error error);
    void on_read_failed(Error error);
    void fail_session(Error error);
    void end_session() noexcept;
    [[nodiscard]] dialect::SessionConfig session_config(CallTime resume) const;
    void send(const dialect::Message& message);
    void count_bytes() noexcept;

    // stream_results.cpp: what the service says
    void on_message(const websocket::Incoming& incoming);
    void on_recognition(dialect::RecognitionEvent&& event, TimePoint now);
    void on_service_error(dialect::RecognitionEvent&& event, TimePoint now);
    void on_service_end();
    void deliver(std::vector<Event>& events);
    void emit(Event& event) noexcept;
    void emit_error(EventKind kind, Error error);

    // stream_timers.cpp: what happens on the tick
    void pump(TimePoint now);
    void report_speech(TimePoint now);
    void send_waiting();
    void send_texts();
    [[nodiscard]] Result<dialect::Message> message_of(const Text& text);
    void queue_text(Text text);
    void on_deadline(Deadlines::Kind kind, TimePoint now);
    void on_ping_due(TimePoint now);
    void on_idle_due(TimePoint now);
    void on_keep_alive_due(TimePoint now);
    void start_session_timers(TimePoint now);
    void stop_session_timers() noexcept;

    [[nodiscard]] bool has_audio(const Turns& turns) noexcept {
        return turns.has_turn(id_, plan_.is_short) ? !audio_.is_idle() : audio_.is_behind();
    }
    [[nodiscard]] std::string label() const;

    // What every tick needs comes first; see asked_bytes.
    bool finished_ = false;
    bool waits_to_send_ = false;  ///< texts, or the final messages, once the socket takes them
    bool flowing_ = false;        ///< audio was sent since the last ping
    Deadlines deadlines_;
    TimePoint last_audio_{};
    Loop& loop_;
    const SharedStream shared_;
    const std::uint64_t id_;
    std::shared_ptr<websocket::Connection> connection_;  ///< of the session; its memory is the shared stream's
    std::uint64_t sent_before_ = 0;                      ///< bytes of earlier sessions
    const Plan plan_;
    AudioPath audio_;

    ConnectionFsm fsm_;
    std::shared_ptr<EventSink> sink_;  ///< until `closed`
    const StreamConfig config_;
    ResultPath results_;
    EndpointChooser endpoints_;

    // The session: one connection and what belongs to it. The number tells a coroutine whether it is still meant.
    std::uint32_t session_number_ = 0;
    std::uint32_t attempt_ = 0;
    std::shared_ptr<websocket::Dialer> dialer_;
    std::unique_ptr<dialect::Session> session_;
    bool announced_ = false;   ///< `connected` was sent
    bool final_sent_ = false;  ///< the final messages are out
    TimePoint streaming_since_{};
    TimePoint pings_since_{};            ///< the first ping of this run of audio; epoch when none
    std::uint64_t received_before_ = 0;  ///< as sent_before_

    std::deque<Text> texts_;
    std::size_t text_bytes_ = 0;
    bool held_ = false;
    std::optional<boost::asio::steady_timer> release_;  ///< cancelled when results are taken again

    std::uint64_t sequence_ = 0;
    std::vector<dialect::RecognitionEvent> recognitions_;
    std::vector<Event> events_;
};

}  // namespace asr_stream::engine
