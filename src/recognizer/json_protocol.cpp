#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>

#include "dialect/base64.hpp"
#include "dialect/json_read.hpp"
#include "dialect/json_write.hpp"
#include "recognizer/client_protocol.hpp"
#include "recognizer/task.hpp"

/// The server's side of our own protocol; docs/protocols.md specifies it.
namespace asr_stream::recognizer {
namespace {

using dialect::append_json_integer;
using dialect::append_json_string;
using dialect::JsonFields;
using dialect::Presence;

static_assert(std::endian::native == std::endian::little, "L16 on the wire is little endian");

constexpr std::size_t max_repeated_bytes = 64;

Result<std::vector<std::int16_t>> to_samples(std::span<const std::byte> bytes) {
    if (bytes.size() % sizeof(std::int16_t) != 0)
        return fail(Errc::bad_message, "audio of " + std::to_string(bytes.size()) + " bytes: L16 has two a sample");
    std::vector<std::int16_t> samples(bytes.size() / sizeof(std::int16_t));
    if (!bytes.empty()) std::memcpy(samples.data(), bytes.data(), bytes.size());
    return samples;
}

Result<ClientMessage> read_audio(JsonFields& fields) {
    const auto data = fields.text("data", Presence::required).value_or("");
    if (!fields.ok()) return tl::unexpected{fields.result().error()};
    std::vector<std::byte> bytes(base64::max_decoded_size(data.size()));
    const auto size = base64::decode(data, bytes);
    if (!size) return tl::unexpected{size.error()};
    auto samples = to_samples(std::span{bytes}.first(*size));
    if (!samples) return tl::unexpected{samples.error()};
    return ClientMessage{.kind = ClientMessage::Kind::audio, .samples = *std::move(samples)};
}

void read_format(const boost::json::object& object, ClientStart& start, JsonFields& outer) {
    JsonFields audio{object, "start.audio"};
    if (audio.text("encoding").value_or("L16") != "L16") audio.refuse("encoding", "is not known: allowed is L16");
    start.sample_rate = static_cast<std::uint32_t>(audio.number("sample_rate", 8000, 48000).value_or(8000));
    start.channels = static_cast<std::uint16_t>(audio.number("channels", 1, 2).value_or(1));
    if (!audio.ok()) outer.refuse("audio", ": " + audio.result().error().context);
}

Result<ClientMessage> read_start(const boost::json::object& object) {
    JsonFields fields{object, "start"};
    ClientMessage message{.kind = ClientMessage::Kind::start};
    auto& start = message.start;
    static_cast<void>(fields.number("version", 1, 1));
    start.stream = dialect::one_line(fields.text("stream").value_or(""), max_repeated_bytes);
    if (const auto* audio = fields.object("audio")) read_format(*audio, start, fields);
    start.language = fields.text("language").value_or("");
    start.interim = fields.flag("interim").value_or(true);
    fields.each_text("hints", max_hints, [&](std::string_view hint) { start.hints.emplace_back(hint); });
    start.grammar = fields.text("grammar").value_or("");
    start.language_model = fields.text("language_model").value_or("");
    if (!fields.ok()) return tl::unexpected{fields.result().error()};
    return message;
}

Result<ClientMessage> read_message(const boost::json::object& object) {
    JsonFields fields{object, "message"};
    const auto type = fields.text("type", Presence::required).value_or("");
    if (!fields.ok()) return tl::unexpected{fields.result().error()};
    if (type == "audio") return read_audio(fields);
    if (type == "start") return read_start(object);
    if (type == "stop") return ClientMessage{.kind = ClientMessage::Kind::stop};
    if (type == "dtmf" || type == "text") {
        static_cast<void>(fields.text(type == "dtmf" ? "digit" : "text", Presence::required));
        if (!fields.ok()) return tl::unexpected{fields.result().error()};
        return ClientMessage{.kind = ClientMessage::Kind::ignored};
    }
    return fail(Errc::bad_message, "message.type is \"" + dialect::one_line(type, max_repeated_bytes) +
                                       "\": allowed are start, audio, dtmf, text, stop");
}

void append_number(std::string& out, double value) {
    std::array<char, 32> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, 4).ptr;
    out.append(digits.data(), end);
}

void append_times(std::string& out, CallTime start, CallTime end) {
    out += R"(,"start_ms":)";
    append_json_integer(out, start.count());
    out += R"(,"end_ms":)";
    append_json_integer(out, end.count());
}

void append_confidence(std::string& out, const std::optional<double>& confidence) {
    if (!confidence) return;
    out += R"(,"confidence":)";
    append_number(out, *confidence);
}

std::string to_json(const Transcript& transcript) {
    std::string out = R"({"type":"final","text":)";
    append_json_string(out, transcript.text);
    append_confidence(out, transcript.confidence);
    append_times(out, transcript.start.value_or(CallTime{}), transcript.end.value_or(CallTime{}));
    out += R"(,"words":[)";
    for (const auto& word : transcript.words) {
        if (&word != &transcript.words.front()) out += ',';
        out += R"({"word":)";
        append_json_string(out, word.text);
        append_times(out, word.start, word.end);
        append_confidence(out, word.confidence);
        out += '}';
    }
    out += "]}";
    return out;
}

std::string to_json(const SpeechEvent& event) {
    switch (event.kind) {
        case SpeechEvent::Kind::begin_speaking: return R"({"type":"begin_speaking"})";
        case SpeechEvent::Kind::end_speaking: return R"({"type":"end_speaking"})";
        case SpeechEvent::Kind::final: return to_json(event.transcript);
        case SpeechEvent::Kind::partial: break;
    }
    std::string out = R"({"type":"partial","text":)";
    append_json_string(out, event.transcript.text);
    out += '}';
    return out;
}

class JsonProtocol final : public ClientProtocol {
  public:
    [[nodiscard]] std::string_view name() const override { return "json"; }
    [[nodiscard]] bool bad_message_is_fatal() const override { return false; }
    [[nodiscard]] bool answers_every_message() const override { return false; }

    [[nodiscard]] Result<ClientMessage> read(Framing framing, std::string_view payload) override {
        if (framing == Framing::binary) {
            auto samples = to_samples(std::as_bytes(std::span{payload}));
            if (!samples) return tl::unexpected{samples.error()};
            return ClientMessage{.kind = ClientMessage::Kind::audio, .samples = *std::move(samples)};
        }
        dialect::JsonDocument document;
        const auto object = document.parse_object(payload);
        if (!object) return tl::unexpected{object.error()};
        auto message = read_message(**object);
        if (message && message->kind == ClientMessage::Kind::start) interim_ = message->start.interim;
        return message;
    }

    void write(const Outcome& outcome, std::vector<std::string>& out) override {
        for (const auto& event : outcome.events) {
            if (event.kind != SpeechEvent::Kind::partial || interim_) out.push_back(to_json(event));
        }
        if (outcome.cause == ClientMessage::Kind::stop) out.emplace_back(R"({"type":"end"})");
    }

    void write_error(const ClientError& error, std::vector<std::string>& out) override {
        std::string text = R"({"type":"error","code":)";
        append_json_string(text, error.code);
        text += R"(,"message":)";
        append_json_string(text, error.message);
        text += error.fatal ? R"(,"fatal":true})" : R"(,"fatal":false})";
        out.push_back(std::move(text));
    }

  private:
    bool interim_ = true;
};

}  // namespace

std::unique_ptr<ClientProtocol> make_json_protocol() { return std::make_unique<JsonProtocol>(); }

}  // namespace asr_stream::recognizer
