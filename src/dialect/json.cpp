#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "dialect/base64.hpp"
#include "dialect/dialects.hpp"
#include "dialect/json_write.hpp"
#include "dialect/session_common.hpp"

/// Our own protocol; docs/protocols.md specifies it for those who write a server.
namespace asr_stream::dialect {
namespace {

constexpr std::string_view audio_before_sequence = R"({"type":"audio","seq":)";
constexpr std::string_view audio_before_start = R"(,"start_ms":)";
constexpr std::string_view audio_before_data = R"(,"data":")";
constexpr std::string_view audio_after_data = R"("})";
constexpr std::size_t longest_integer = 20;  // -9223372036854775808 and 18446744073709551615
constexpr double lowest_rate = 8000;         // of audio for the call
constexpr double highest_rate = 48'000;
constexpr std::size_t audio_envelope = audio_before_sequence.size() + audio_before_start.size() +
                                       audio_before_data.size() + audio_after_data.size() + 2 * longest_integer;

class Writer {
  public:
    explicit Writer(std::span<char> out) noexcept : out_{out} {}
    void text(std::string_view text) noexcept {
        std::memcpy(out_.data() + size_, text.data(), text.size());
        size_ += text.size();
    }
    template <class Integer>
    void integer(Integer value) noexcept {
        size_ = static_cast<std::size_t>(std::to_chars(out_.data() + size_, out_.data() + out_.size(), value).ptr -
                                         out_.data());
    }
    void base64(std::span<const std::byte> bytes) noexcept { size_ += base64::encode(bytes, out_.subspan(size_)); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

  private:
    std::span<char> out_;
    std::size_t size_ = 0;
};

Word read_word(JsonFields& fields) {
    Word word;
    word.text = fields.text("word", Presence::required).value_or("");
    word.start = fields.time_ms("start_ms", Presence::required).value_or(CallTime{});
    word.end = fields.time_ms("end_ms", Presence::required).value_or(CallTime{});
    word.confidence = fields.number("confidence", 0, 1);
    check_order(fields, "end_ms", word.start, word.end);
    return word;
}

Alternative read_alternative(JsonFields& fields) {
    return {std::string{fields.text("text", Presence::required).value_or("")}, fields.number("confidence", 0, 1)};
}

Transcript read_transcript(JsonFields& fields) {
    Transcript transcript;
    transcript.text = fields.text("text", Presence::required).value_or("");
    transcript.confidence = fields.number("confidence", 0, 1);
    transcript.start = fields.time_ms("start_ms");
    transcript.end = fields.time_ms("end_ms");
    fields.each("words", max_words, [&](JsonFields& entry) { transcript.words.push_back(read_word(entry)); });
    fields.each("alternatives", max_alternatives,
                [&](JsonFields& entry) { transcript.alternatives.push_back(read_alternative(entry)); });
    check_order(fields, "end_ms", transcript.start, transcript.end);
    take_times_from_words(fields, "words", transcript);
    return transcript;
}

RecognitionEvent read_error(JsonFields& fields) {
    const std::string_view code = fields.text("code").value_or("");
    const std::string_view message = fields.text("message").value_or("");
    const bool fatal = fields.flag("fatal").value_or(false);
    std::string text{code};
    if (!code.empty() && !message.empty()) text += ": ";
    text += message;
    return make_error_event(code == "overloaded" ? Errc::service_overloaded : Errc::service_error, text, fatal);
}

struct Kind {
    std::string_view type;
    RecognitionKind kind;
};
constexpr std::array kinds{
    Kind{"partial", RecognitionKind::partial},
    Kind{"final", RecognitionKind::final},
    Kind{"begin_speaking", RecognitionKind::begin_speaking},
    Kind{"end_speaking", RecognitionKind::end_speaking},
    Kind{"error", RecognitionKind::error},
    Kind{"end", RecognitionKind::end},
    Kind{"play", RecognitionKind::audio},
    Kind{"mark", RecognitionKind::mark},
    Kind{"clear", RecognitionKind::clear},
};

RecognitionEvent make_audio(std::vector<std::int16_t>&& samples, std::uint32_t rate) {
    RecognitionEvent event = make_event(RecognitionKind::audio);
    event.samples = std::move(samples);
    event.sample_rate = rate;
    return event;
}

RecognitionEvent read_play(JsonFields& fields, std::uint32_t playback_rate) {
    const double rate = fields.number("sample_rate", lowest_rate, highest_rate).value_or(playback_rate);
    if (rate != std::floor(rate)) fields.refuse("sample_rate", "is a fraction: allowed are whole numbers");
    auto samples = read_base64_l16(fields.text("data", Presence::required).value_or(""));
    if (!samples) {
        fields.refuse("data", "cannot be read: " + samples.error().context);
        return {};
    }
    return make_audio(*std::move(samples), static_cast<std::uint32_t>(rate));
}

RecognitionEvent read_mark(JsonFields& fields) {
    RecognitionEvent event = make_event(RecognitionKind::mark);
    event.mark = fields.text("name", Presence::required).value_or("");
    if (event.mark.empty() || event.mark.size() > max_mark_bytes)
        fields.refuse("name", "has " + std::to_string(event.mark.size()) + " bytes: allowed are 1 to " +
                                  std::to_string(max_mark_bytes));
    return event;
}

/// What has fields beside its type; playback that the session does not have is not read.
RecognitionEvent read_content(RecognitionKind kind, JsonFields& fields, const SessionConfig& config) {
    switch (kind) {
        case RecognitionKind::partial:
        case RecognitionKind::final: return make_event(kind, read_transcript(fields));
        case RecognitionKind::error: return read_error(fields);
        case RecognitionKind::audio:
            return config.playback ? read_play(fields, config.playback_rate) : make_event(kind);
        case RecognitionKind::mark: return config.playback ? read_mark(fields) : make_event(kind);
        default: return make_event(kind);
    }
}

Result<RecognitionEvent> read_event(const boost::json::object& object, const SessionConfig& config) {
    JsonFields head{object, "message"};
    const std::string_view type = head.text("type", Presence::required).value_or("");
    if (!head.ok()) return tl::unexpected{head.result().error()};
    const auto known = std::ranges::find(kinds, type, &Kind::type);
    if (known == kinds.end())
        return fail(Errc::bad_message,
                    "message.type is \"" + one_line(type, max_type_bytes) +
                        "\": allowed are partial, final, begin_speaking, end_speaking, error, end, " +
                        "play, mark, clear");
    JsonFields fields{object, known->type};
    RecognitionEvent event = read_content(known->kind, fields, config);
    if (!fields.ok()) return tl::unexpected{fields.result().error()};
    return event;
}

class JsonSession final : public Session {
  public:
    explicit JsonSession(SessionConfig config)
        : is_binary_{config.audio_format == AudioFraming::binary}, config_{std::move(config)} {}

    [[nodiscard]] Traits traits() const override {
        return {.audio_framing = is_binary_ ? Framing::binary : Framing::text,
                .closes_after_end = true,
                .has_playback = true,
                .says_end = true};
    }
    [[nodiscard]] std::vector<Message> opening_messages() override;
    [[nodiscard]] std::size_t max_encoded_bytes(std::size_t samples) const override;
    [[nodiscard]] std::size_t encode(const AudioChunk& chunk, std::span<char> out) override;
    [[nodiscard]] Result<> decode(Framing framing, std::string_view payload,
                                  std::vector<RecognitionEvent>& out) override;
    [[nodiscard]] std::vector<Message> final_messages() override { return {{Framing::text, R"({"type":"stop"})"}}; }
    [[nodiscard]] Result<Message> text_message(std::string_view text) override;
    [[nodiscard]] Result<Message> dtmf_message(char digit) override;
    [[nodiscard]] Result<Message> mark_message(std::string_view name, MarkState state) override;
    [[nodiscard]] std::optional<Message> keep_alive() override { return std::nullopt; }

  private:
    [[nodiscard]] Result<> decode_binary(std::string_view payload, std::vector<RecognitionEvent>& out) const;

    const bool is_binary_;  ///< first: each frame asks it, and little else of the session
    SessionConfig config_;
};

std::vector<Message> JsonSession::opening_messages() {
    std::string start = R"({"type":"start","version":1,"stream":)";
    append_json_string(start, config_.stream_id);
    start += R"(,"call":)";
    append_json_string(start, config_.call_id);
    start += R"(,"attempt":)";
    append_json_integer(start, config_.attempt);
    start += R"(,"audio":{"encoding":"L16","sample_rate":)";
    append_json_integer(start, config_.sample_rate);
    start += R"(,"channels":)";
    append_json_integer(start, config_.channels);
    start += R"(},"language":)";
    append_json_string(start, config_.language);
    start += R"(,"interim":)";
    start += config_.interim ? "true" : "false";
    start += R"(,"hints":)";
    append_json_strings(start, config_.hints);
    start += R"(,"metadata":)";
    const std::string_view metadata = json_object_or_empty(config_.metadata);
    start += metadata.empty() ? "{}" : metadata;
    start += R"(,"resume_ms":)";
    append_json_integer(start, config_.resume.count());
    if (!config_.grammar.empty()) {
        start += R"(,"grammar":)";
        append_json_string(start, config_.grammar);
    }
    if (config_.playback) {
        start += R"(,"playback":{"sample_rate":)";
        append_json_integer(start, config_.playback_rate);
        start += '}';
    }
    start += '}';
    return {{Framing::text, std::move(start)}};
}

std::size_t JsonSession::max_encoded_bytes(std::size_t samples) const {
    const std::size_t bytes = samples * sizeof(std::int16_t);
    return is_binary_ ? bytes : audio_envelope + base64::encoded_size(bytes);
}

std::size_t JsonSession::encode(const AudioChunk& chunk, std::span<char> out) {
    assert(out.size() >= max_encoded_bytes(chunk.samples.size()));
    if (is_binary_) return write_l16(chunk.samples, out);
    Writer writer{out};
    writer.text(audio_before_sequence);
    writer.integer(chunk.sequence);
    writer.text(audio_before_start);
    writer.integer(chunk.start.count());
    writer.text(audio_before_data);
    writer.base64(l16_bytes(chunk.samples));
    writer.text(audio_after_data);
    return writer.size();
}

Result<> JsonSession::decode(Framing framing, std::string_view payload, std::vector<RecognitionEvent>& out) {
    if (framing == Framing::binary) return decode_binary(payload, out);
    JsonDocument document;
    return document.parse_object(payload)
        .and_then([this](const boost::json::object* object) { return read_event(*object, config_); })
        .map([&out](RecognitionEvent&& event) { out.push_back(std::move(event)); });
}

Result<> JsonSession::decode_binary(std::string_view payload, std::vector<RecognitionEvent>& out) const {
    if (!config_.playback) {
        out.push_back(make_event(RecognitionKind::audio));
        return {};
    }
    auto samples = read_l16(payload);
    if (!samples) return fail(Errc::bad_message, "binary message of " + samples.error().context);
    out.push_back(make_audio(*std::move(samples), config_.playback_rate));
    return {};
}

Result<Message> JsonSession::text_message(std::string_view text) {
    if (text.size() > max_text_bytes)
        return fail(Errc::invalid_setting, "text of " + std::to_string(text.size()) + " bytes: allowed are at most " +
                                               std::to_string(max_text_bytes));
    Message message{Framing::text, R"({"type":"text","text":)"};
    append_json_string(message.payload, text);
    message.payload += '}';
    return message;
}

Result<Message> JsonSession::dtmf_message(char digit) {
    constexpr std::string_view digits = "0123456789*#ABCDabcd";
    if (digits.find(digit) == std::string_view::npos)
        return fail(Errc::invalid_setting,
                    "dtmf digit=" + one_line({&digit, 1}, max_type_bytes) + ": allowed are 0-9 * # A-D");
    const char upper = digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
    return Message{Framing::text, std::string{R"({"type":"dtmf","digit":")"} + upper + R"("})"};
}

Result<Message> JsonSession::mark_message(std::string_view name, MarkState state) {
    if (name.empty() || name.size() > max_mark_bytes)
        return fail(Errc::invalid_setting, "mark's name of " + std::to_string(name.size()) +
                                               " bytes: allowed are 1 to " + std::to_string(max_mark_bytes));
    Message message{Framing::text, R"({"type":"mark","name":)"};
    append_json_string(message.payload, name);
    message.payload += state == MarkState::played ? R"(,"event":"played"})" : R"(,"event":"cleared"})";
    return message;
}

}  // namespace

std::unique_ptr<Session> open_json(SessionConfig config) { return std::make_unique<JsonSession>(std::move(config)); }

}  // namespace asr_stream::dialect
