#pragma once

#include <asr_stream/config.hpp>
#include <asr_stream/engine.hpp>
#include <asr_stream/error.hpp>
#include <asr_stream/event.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The wire protocols of the ASR services, without any I/O: what to say, and what an answer means.
namespace asr_stream::dialect {

enum class Framing : std::uint8_t { text, binary };

/// A whole WebSocket message to send. An empty one is legal: some services end on it.
struct Message {
    Framing framing = Framing::text;
    std::string payload;
    friend bool operator==(const Message&, const Message&) = default;
};

/// What a session's opening is made of. Times of a session count from its first sample.
struct SessionConfig {
    std::string stream_id{};
    std::string call_id{};
    std::uint32_t attempt = 1;         ///< 1 for the first connection of the stream
    std::uint32_t sample_rate = 8000;  ///< Hz on the wire
    std::uint16_t channels = 1;
    AudioFraming audio_format = AudioFraming::text;
    std::string language{};
    bool interim = true;
    std::vector<std::string> hints{};
    std::string grammar{};
    std::string metadata{};              ///< a JSON object as text, or empty
    CallTime resume{};                   ///< the call's time of the session's first sample
    bool playback = false;               ///< the service's audio is for the call; false: it is named, but not read
    std::uint32_t playback_rate = 8000;  ///< Hz of audio that does not tell its own
};

/// What a profile says of its sessions; whose they are stays for the caller to fill in.
[[nodiscard]] SessionConfig session_config(const Profile& profile, std::uint32_t sample_rate);

/// A piece of audio at wire rate, in order.
struct AudioChunk {
    std::span<const std::int16_t> samples{};  ///< interleaved when two channels
    std::uint64_t sequence = 1;               ///< counts messages of this session, from 1
    CallTime start{};                         ///< the call's time of its first sample
};

enum class RecognitionKind : std::uint8_t {
    ready,  ///< the service takes audio now
    partial,
    final,
    begin_speaking,
    end_speaking,
    error,  ///< service_error or service_overloaded
    audio,  ///< playback; without content where the session has none, as mark
    mark,
    clear,
    end,  ///< the service has said all it will say
};

struct RecognitionEvent {
    RecognitionKind kind{};
    /// Times in it count from the first sample of this session.
    Transcript transcript;
    std::optional<Error> error;
    bool fatal = false;                   ///< error: this session is over
    std::vector<std::int16_t> samples{};  ///< audio: one channel
    std::uint32_t sample_rate = 0;        ///< audio: Hz
    std::string mark{};                   ///< mark: its name
};

/// What a dialect's service does and needs.
struct Traits {
    Framing audio_framing = Framing::binary;  ///< of the messages that encode() writes
    bool waits_for_ready = false;             ///< send audio only after RecognitionKind::ready
    bool finals_have_times = true;            ///< an end time in finals makes the confirmed position exact
    bool closes_after_end = false;            ///< the service closes the connection itself after its last result
    bool has_playback = false;                ///< the service may send audio for the call
    bool says_end = false;                    ///< a RecognitionKind::end comes; otherwise the close is the end
    milliseconds min_frame{0};                ///< audio in one message; zero: no bound
    milliseconds max_frame{0};
    milliseconds keep_alive{0};  ///< send keep_alive() after so long without audio; zero: never
};

/// One session with a service. A plain object of one thread without I/O, clock or log: equal calls give equal answers.
/// Never throws on what the service sent; whatever cannot be read is an Error with Errc::bad_message.
class Session {
  public:
    virtual ~Session() = default;
    [[nodiscard]] virtual Traits traits() const = 0;
    [[nodiscard]] virtual std::vector<Message> opening_messages() = 0;
    /// The most bytes that encode() writes for so many samples (of all channels together).
    [[nodiscard]] virtual std::size_t max_encoded_bytes(std::size_t samples) const = 0;
    /// Writes one audio message of traits().audio_framing into `out` (at least max_encoded_bytes) and returns its
    /// length. No allocation.
    [[nodiscard]] virtual std::size_t encode(const AudioChunk& chunk, std::span<char> out) = 0;
    /// Appends what one whole message of the service means to `out`; a message without meaning for us appends nothing.
    [[nodiscard]] virtual Result<> decode(Framing framing, std::string_view payload,
                                          std::vector<RecognitionEvent>& out) = 0;
    [[nodiscard]] virtual std::vector<Message> final_messages() = 0;
    [[nodiscard]] virtual Result<Message> text_message(std::string_view text) = 0;  ///< or Errc::not_supported
    [[nodiscard]] virtual Result<Message> dtmf_message(char digit) = 0;             ///< or Errc::not_supported
    /// Tells what became of the audio before a mark; or Errc::not_supported, which is the default.
    [[nodiscard]] virtual Result<Message> mark_message(std::string_view name, MarkState state);
    [[nodiscard]] virtual std::optional<Message> keep_alive() = 0;
};

/// What the registry knows of a dialect.
struct Descriptor {
    std::string_view name;
    std::string_view summary;  ///< one line for --help
    std::unique_ptr<Session> (*open)(SessionConfig config);
};

/// All dialects, sorted by name.
[[nodiscard]] std::span<const Descriptor> all();
/// Errc::unknown_dialect names the nearest valid one.
[[nodiscard]] Result<const Descriptor*> find(std::string_view name);

}  // namespace asr_stream::dialect
