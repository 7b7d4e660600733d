#pragma once

#include <asr_stream/log.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/log_limiter.hpp"
#include "recognizer/client_protocol.hpp"
#include "recognizer/speech_service.hpp"

namespace asr_stream::recognizer {

/// One client's conversation: what its messages mean, what it is told, when it is over. Sees no socket.
/// Belongs to the server's I/O thread.
class ClientSession : public std::enable_shared_from_this<ClientSession> {
  public:
    using Clock = std::chrono::steady_clock;

    /// The client's connection. After close() or abort() nothing more is sent.
    class Transport {
      public:
        virtual ~Transport() = default;
        virtual void send(std::string text) = 0;
        /// The close handshake, behind what was sent.
        virtual void close(CloseCode code, std::string_view reason) = 0;
        /// wants_to_read() has become true again.
        virtual void resume_reading() = 0;
    };

    struct Surroundings {
        SpeechService& service;
        std::function<void(std::function<void()>)> post;  ///< runs something on the I/O thread; any thread
        LogSink log;
        LogLimiter& complaints;  ///< of all clients: what is wrong with them is one line a second
    };

    ClientSession(const Surroundings& surroundings, Transport& transport, std::string path, std::string address);
    ~ClientSession();

    void on_message(Framing framing, std::string_view payload);
    /// False while too much of the client's audio waits.
    [[nodiscard]] bool wants_to_read();
    /// Looks after the bounds that time has; called a few times a second.
    void on_tick(Clock::time_point now);
    /// The server stops: ends the utterance, says what came of it, closes with 1001.
    void shut_down();
    /// The connection is gone, and with it the transport.
    void on_disconnect();

  private:
    enum class State { waiting, running, finishing, closed };

    void handle(ClientMessage message);
    void start(ClientStart start);
    void push(Piece::Kind kind, std::vector<std::int16_t> samples);
    void on_report(const WorkerReport& report);
    void on_bad_message(const Error& error);
    void refuse(std::string_view code, std::string message, CloseCode close_code);
    void complain(const std::string& text);
    void send(std::vector<std::string>& messages);
    void close(CloseCode code, std::string_view reason);

    SpeechService& service_;
    std::function<void(std::function<void()>)> post_;
    LogSink log_;
    LogLimiter& complaints_;
    Transport* transport_;  ///< null after on_disconnect()
    std::string path_;
    std::string address_;
    std::unique_ptr<ClientProtocol> protocol_;
    std::shared_ptr<DecoderPool::Lane> lane_;
    State state_ = State::waiting;
    CloseCode last_word_ = CloseCode::normal;  ///< how it closes after the last result
    std::uint32_t samples_per_second_ = 0;     ///< of all channels
    Clock::time_point begun_ = Clock::now();
    Clock::time_point last_message_ = begun_;
    LogLimiter bad_message_answers_;
};

}  // namespace asr_stream::recognizer
