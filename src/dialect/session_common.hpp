#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/dialect.hpp"
#include "dialect/json_read.hpp"

/// What the dialects share. Audio is 16-bit linear PCM, little endian.
namespace asr_stream::dialect {

constexpr std::size_t max_words = 4096;         ///< in one result
constexpr std::size_t max_alternatives = 32;    ///< in one result
constexpr std::size_t max_error_bytes = 512;    ///< of a service's error text that we repeat
constexpr std::size_t max_type_bytes = 64;      ///< of a message's unknown type that we repeat
constexpr std::size_t max_text_bytes = 65'536;  ///< of a text message to the service
constexpr std::size_t max_mark_bytes = 128;     ///< of a mark's name

/// A service that takes raw L16 in binary messages and nothing else while audio flows.
class RawAudioSession : public Session {
  public:
    [[nodiscard]] std::size_t max_encoded_bytes(std::size_t samples) const override;
    [[nodiscard]] std::size_t encode(const AudioChunk& chunk, std::span<char> out) override;
    [[nodiscard]] Result<Message> text_message(std::string_view text) override;
    [[nodiscard]] Result<Message> dtmf_message(char digit) override;
    [[nodiscard]] std::optional<Message> keep_alive() override { return std::nullopt; }
};

/// The samples as the bytes that go on the wire.
[[nodiscard]] std::span<const std::byte> l16_bytes(std::span<const std::int16_t> samples) noexcept;
/// Copies those bytes to the front of `out` and returns their number.
[[nodiscard]] std::size_t write_l16(std::span<const std::int16_t> samples, std::span<char> out) noexcept;

/// L16 of the service, as bytes or in base64. Errc::bad_message says what is wrong with it.
[[nodiscard]] Result<std::vector<std::int16_t>> read_l16(std::string_view bytes);
[[nodiscard]] Result<std::vector<std::int16_t>> read_base64_l16(std::string_view text);

/// Errc::bad_message for a binary message, from a service that answers in text alone.
[[nodiscard]] Result<> require_text(Framing framing, std::string_view payload);

/// The text of a JSON object, or an empty string when `text` is none; without white space around it.
[[nodiscard]] std::string_view json_object_or_empty(std::string_view text);

/// What a result lacks of its own times its words tell: from the start of the first to the end of the last. Refuses
/// the words, which are the field `words_key`, when that would end before it starts.
void take_times_from_words(JsonFields& fields, std::string_view words_key, Transcript& transcript);

[[nodiscard]] RecognitionEvent make_event(RecognitionKind kind);
[[nodiscard]] RecognitionEvent make_event(RecognitionKind kind, Transcript transcript);
/// `text` is the service's own; it is made fit for one log line.
[[nodiscard]] RecognitionEvent make_error_event(Errc code, std::string_view text, bool fatal);

}  // namespace asr_stream::dialect
