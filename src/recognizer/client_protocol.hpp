#pragma once

#include <asr_stream/error.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/dialect.hpp"
#include "recognizer/speech_session.hpp"

/// The server's side of the wire protocols that `serve` speaks. No I/O in here.
namespace asr_stream::recognizer {

using dialect::Framing;

/// What a client asked for at its beginning.
struct ClientStart {
    std::uint32_t sample_rate = 8000;
    std::uint16_t channels = 1;
    std::string language{};
    bool interim = true;
    std::vector<std::string> hints{};
    std::string grammar{};                                  ///< JSGF; empty for dictation
    std::string language_model{};                           ///< a name that the server was given; empty for its default
    std::optional<std::vector<std::string>> phrase_list{};  ///< vosk: nothing else can be recognized
    std::string stream{};                                   ///< for the log
};

/// What one message of a client means.
struct ClientMessage {
    enum class Kind {
        start,
        audio,
        flush,  ///< end the running utterance now and go on
        stop,
        ignored,  ///< valid, but of no meaning for a recognizer
    };
    Kind kind = Kind::ignored;
    ClientStart start{};
    std::vector<std::int16_t> samples{};
};

/// What came of one message.
struct Outcome {
    ClientMessage::Kind cause = ClientMessage::Kind::audio;  ///< audio, flush or stop
    std::vector<SpeechEvent> events{};
    std::string partial{};  ///< of the running utterance
};

/// What is wrong, in the protocol's own words: codes are for machines.
struct ClientError {
    std::string_view code;  ///< "overloaded", "bad_message", "invalid_start", ...
    std::string message;
    bool fatal = false;
};

/// WebSocket close codes, RFC 6455 section 7.4.1 and IANA's registry.
enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    policy_violation = 1008,
    message_too_big = 1009,
    internal_error = 1011,
    try_again_later = 1013,
};

/// One conversation. One thread.
class ClientProtocol {
  public:
    virtual ~ClientProtocol() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Errc::bad_message; whether the client is then sent away is bad_message_is_fatal().
    [[nodiscard]] virtual Result<ClientMessage> read(Framing framing, std::string_view payload) = 0;
    [[nodiscard]] virtual bool bad_message_is_fatal() const = 0;

    /// Whether every audio message has its answer, also when there is nothing new.
    [[nodiscard]] virtual bool answers_every_message() const = 0;
    /// Appends the messages that say what came of one message of the client.
    virtual void write(const Outcome& outcome, std::vector<std::string>& out) = 0;
    virtual void write_error(const ClientError& error, std::vector<std::string>& out) = 0;
};

[[nodiscard]] std::unique_ptr<ClientProtocol> make_json_protocol();
[[nodiscard]] std::unique_ptr<ClientProtocol> make_vosk_protocol();

/// Chooses by the path of the URL (/json, /vosk), else by the first message: a JSON object with a "type" is json, all
/// else is vosk, whose clients may begin with audio.
[[nodiscard]] std::unique_ptr<ClientProtocol> choose_protocol(std::string_view path, Framing framing,
                                                              std::string_view first_message);

}  // namespace asr_stream::recognizer
