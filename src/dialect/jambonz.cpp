#include <utility>

#include "dialect/dialects.hpp"
#include "dialect/json_write.hpp"
#include "dialect/session_common.hpp"

/// Custom speech-to-text servers of jambonz, https://docs.jambonz.org/guides/features/custom-stt-providers. The bearer
/// token that they want goes into the profile's headers.
namespace asr_stream::dialect {
namespace {

/// Service-specific options: the hints, and what the metadata holds, which wins where both name "hints".
void append_options(std::string& out, const SessionConfig& config) {
    const std::string_view metadata = json_object_or_empty(config.metadata);
    JsonDocument document;
    const auto parsed = document.parse_object(metadata);
    const bool has_members = parsed && !(*parsed)->empty();
    const bool has_hints = has_members && (*parsed)->contains("hints");
    out += '{';
    if (!config.hints.empty() && !has_hints) {
        out += R"("hints":)";
        append_json_strings(out, config.hints);
        if (has_members) out += ',';
    }
    if (has_members) out += metadata.substr(1, metadata.size() - 2);
    out += '}';
}

Alternative read_alternative(JsonFields& fields) {
    return {std::string{fields.text("transcript", Presence::required).value_or("")},
            fields.loose_confidence("confidence")};
}

RecognitionEvent read_transcription(JsonFields& fields) {
    const bool is_final = fields.flag("is_final", Presence::required).value_or(false);
    Transcript transcript;
    fields.each(
        "alternatives", max_alternatives,
        [&](JsonFields& entry) { transcript.alternatives.push_back(read_alternative(entry)); }, Presence::required);
    if (!transcript.alternatives.empty()) {
        transcript.text = transcript.alternatives.front().text;
        transcript.confidence = transcript.alternatives.front().confidence;
    }
    return make_event(is_final ? RecognitionKind::final : RecognitionKind::partial, std::move(transcript));
}

Result<RecognitionEvent> read_event(const boost::json::object& object) {
    JsonFields head{object, "message"};
    const std::string_view type = head.text("type", Presence::required).value_or("");
    if (!head.ok()) return tl::unexpected{head.result().error()};
    JsonFields fields{object, type};
    RecognitionEvent event;
    if (type == "transcription")
        event = read_transcription(fields);
    else if (type == "error")
        event = make_error_event(Errc::service_error, fields.text("error").value_or("no reason given"), false);
    else
        return fail(Errc::bad_message,
                    "message.type is \"" + one_line(type, max_type_bytes) + "\": allowed are transcription, error");
    if (!fields.ok()) return tl::unexpected{fields.result().error()};
    return event;
}

class JambonzSession final : public RawAudioSession {
  public:
    explicit JambonzSession(SessionConfig config) : config_{std::move(config)} {}

    [[nodiscard]] Traits traits() const override {
        return {.audio_framing = Framing::binary, .finals_have_times = false, .closes_after_end = true};
    }
    [[nodiscard]] std::vector<Message> opening_messages() override;
    [[nodiscard]] Result<> decode(Framing framing, std::string_view payload,
                                  std::vector<RecognitionEvent>& out) override;
    [[nodiscard]] std::vector<Message> final_messages() override { return {{Framing::text, R"({"type":"stop"})"}}; }

  private:
    SessionConfig config_;
};

std::vector<Message> JambonzSession::opening_messages() {
    std::string start = R"({"type":"start","language":)";
    append_json_string(start, config_.language);
    start += R"(,"format":"raw","encoding":"LINEAR16","interimResults":)";
    start += config_.interim ? "true" : "false";
    start += R"(,"sampleRateHz":)";
    append_json_integer(start, config_.sample_rate);
    start += R"(,"options":)";
    append_options(start, config_);
    start += '}';
    return {{Framing::text, std::move(start)}};
}

Result<> JambonzSession::decode(Framing framing, std::string_view payload, std::vector<RecognitionEvent>& out) {
    if (auto text = require_text(framing, payload); !text) return text;
    JsonDocument document;
    return document.parse_object(payload)
        .and_then([](const boost::json::object* object) { return read_event(*object); })
        .map([&out](RecognitionEvent&& event) { out.push_back(std::move(event)); });
}

}  // namespace

std::unique_ptr<Session> open_jambonz(SessionConfig config) {
    return std::make_unique<JambonzSession>(std::move(config));
}

}  // namespace asr_stream::dialect
