#include <algorithm>
#include <utility>

#include "dialect/dialects.hpp"
#include "dialect/json_write.hpp"
#include "dialect/session_common.hpp"

/// vosk-server, `websocket/asr_server.py` of alphacep/vosk-server (c2e82f0). It compares some messages byte by byte and
/// answers every audio message with exactly one text message.
namespace asr_stream::dialect {
namespace {

constexpr std::string_view end_of_audio = R"({"eof" : 1})";  // these bytes and no others
constexpr std::string_view out_of_phrase_list = "[unk]";     // Kaldi's word for speech outside the list

Word read_word(JsonFields& fields) {
    Word word;
    word.text = fields.text("word", Presence::required).value_or("");
    word.start = fields.time_seconds("start", Presence::required).value_or(CallTime{});
    word.end = fields.time_seconds("end", Presence::required).value_or(CallTime{});
    word.confidence = fields.loose_confidence("conf");
    check_order(fields, "end", word.start, word.end);
    return word;
}

std::vector<Word> read_words(JsonFields& fields) {
    std::vector<Word> words;
    fields.each("result", max_words, [&](JsonFields& entry) { words.push_back(read_word(entry)); });
    return words;
}

/// The mean over the words, because Vosk rates words only; nothing when one of them is not rated.
std::optional<double> mean_confidence(const std::vector<Word>& words) {
    double sum = 0;
    for (const Word& word : words) {
        if (!word.confidence) return std::nullopt;
        sum += *word.confidence;
    }
    if (words.empty()) return std::nullopt;
    return sum / static_cast<double>(words.size());
}

/// The n-best form (max_alternatives above 0). Its confidences are log-likelihoods, not 0 to 1, and are left out.
Transcript read_alternatives(JsonFields& fields) {
    Transcript transcript;
    fields.each("alternatives", max_alternatives, [&](JsonFields& entry) {
        std::string text{entry.text("text", Presence::required).value_or("")};
        if (transcript.alternatives.empty()) {
            transcript.text = text;
            transcript.words = read_words(entry);
        }
        transcript.alternatives.push_back({std::move(text), std::nullopt});
    });
    return transcript;
}

Transcript read_final(JsonFields& fields) {
    Transcript transcript;
    if (fields.has("alternatives")) {
        transcript = read_alternatives(fields);
    } else {
        transcript.text = fields.text("text", Presence::required).value_or("");
        transcript.words = read_words(fields);
        transcript.confidence = mean_confidence(transcript.words);
    }
    take_times_from_words(fields, "result", transcript);
    return transcript;
}

class VoskSession final : public RawAudioSession {
  public:
    explicit VoskSession(SessionConfig config) : config_{std::move(config)} {}

    [[nodiscard]] Traits traits() const override {
        // One answer per message: less than 100 ms in each would only cost the service time.
        return {.audio_framing = Framing::binary,
                .closes_after_end = true,
                .min_frame = milliseconds{100},
                .max_frame = milliseconds{200}};
    }
    [[nodiscard]] std::vector<Message> opening_messages() override;
    [[nodiscard]] Result<> decode(Framing framing, std::string_view payload,
                                  std::vector<RecognitionEvent>& out) override;
    [[nodiscard]] std::vector<Message> final_messages() override {
        return {{Framing::text, std::string{end_of_audio}}};
    }

  private:
    [[nodiscard]] std::optional<RecognitionEvent> read_event(JsonFields& fields);

    SessionConfig config_;
    std::string last_partial_;  ///< the service repeats partials; a repetition is no event
};

// No "model" here, ever: it would replace the model of every client of that server.
std::vector<Message> VoskSession::opening_messages() {
    std::string message = R"({"config":{"sample_rate":)";
    append_json_integer(message, config_.sample_rate);
    message += R"(,"words":1)";
    if (!config_.hints.empty()) {
        std::vector<std::string> phrases = config_.hints;
        if (std::ranges::find(phrases, out_of_phrase_list) == phrases.end()) phrases.emplace_back(out_of_phrase_list);
        message += R"(,"phrase_list":)";
        append_json_strings(message, phrases);
    }
    message += "}}";
    return {{Framing::text, std::move(message)}};
}

std::optional<RecognitionEvent> VoskSession::read_event(JsonFields& fields) {
    if (fields.has("partial")) {
        const std::string_view text = fields.text("partial").value_or("");
        if (!fields.ok() || text == last_partial_) return std::nullopt;
        last_partial_ = text;
        Transcript transcript;
        transcript.text = text;
        return make_event(RecognitionKind::partial, std::move(transcript));
    }
    if (!fields.has("text") && !fields.has("alternatives")) {
        fields.refuse("text", "is missing: one of partial, text, alternatives is required");
        return std::nullopt;
    }
    Transcript transcript = read_final(fields);
    if (!fields.ok()) return std::nullopt;
    last_partial_.clear();
    return make_event(RecognitionKind::final, std::move(transcript));
}

Result<> VoskSession::decode(Framing framing, std::string_view payload, std::vector<RecognitionEvent>& out) {
    if (auto text = require_text(framing, payload); !text) return text;
    JsonDocument document;
    const auto object = document.parse_object(payload);
    if (!object) return tl::unexpected{object.error()};
    JsonFields fields{**object, "message"};
    if (auto event = read_event(fields)) out.push_back(*std::move(event));
    return fields.result();
}

}  // namespace

std::unique_ptr<Session> open_vosk(SessionConfig config) { return std::make_unique<VoskSession>(std::move(config)); }

}  // namespace asr_stream::dialect
