#include "freeswitch/result_format.hpp"

#include <optional>
#include <utility>

#include "dialect/json_write.hpp"
#include "dialect/utf8.hpp"
#include "engine/event_json.hpp"

namespace asr_stream::freeswitch {
namespace {

using Kind = RecognitionResult::Kind;

constexpr std::size_t max_header_bytes = 500;
constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_complete(const RecognitionResult& result) {
    return result.kind == Kind::final || result.kind == Kind::terminal;
}

/// What XML 1.0 has no character for; U+FFFE and U+FFFF among it.
bool is_control(std::string_view character) {
    if (character.size() == 1) return static_cast<unsigned char>(character[0]) < 0x20 || character[0] == 0x7F;
    if (character.size() == 2) return character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
    return character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF";
}

/// Appends `text` as valid UTF-8 without control characters: these become spaces, what is no UTF-8 becomes U+FFFD.
template <class Append>
void each_character(std::string_view text, Append append) {
    while (!text.empty()) {
        const auto size = dialect::utf8_character(text);
        const auto character = text.substr(0, size == 0 ? 1 : size);
        append(size == 0 ? replacement : is_control(character) ? std::string_view{" "} : character);
        text.remove_prefix(character.size());
    }
}

std::string clean(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    each_character(text, [&out](std::string_view character) { out += character; });
    return out;
}

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    each_character(text, [&out](std::string_view character) {
        switch (character.front()) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&apos;"; break;
            default: out += character; break;
        }
    });
    return out;
}

std::string json(const RecognitionResult& result, const Grammar& grammar) {
    engine::JsonObject object;
    engine::add_transcript(object, result.transcript);
    if (const auto meaning = meaning_of(grammar, result.transcript.text)) object.text("interpretation", *meaning);
    object.text("grammar", grammar.name);
    if (result.utterance != 0) object.unsigned_integer("utterance", result.utterance);
    if (result.latency) object.integer("latency_ms", result.latency->count());
    if (result.gap.count() != 0) object.integer("gap_ms", result.gap.count());
    if (result.replayed) object.boolean("replayed", true);
    if (is_complete(result)) {
        object.text("completion_cause", code_of(result.completion.cause));
        object.text("completion_reason", result.completion.reason());
    }
    return object.str();
}

std::string confidence_attribute(const std::optional<double>& confidence) {
    return confidence ? " confidence=\"" + confidence_text(*confidence) + "\"" : "";
}

void add_interpretation(std::string& xml, std::string_view text, const std::optional<double>& confidence,
                        const Grammar& grammar) {
    const auto meaning = meaning_of(grammar, text);
    xml += "  <interpretation" + confidence_attribute(confidence) + ">\n    <instance>";
    xml += meaning ? *meaning : escaped(text);
    xml += "</instance>\n    <input mode=\"speech\">" + escaped(text) + "</input>\n  </interpretation>\n";
}

std::string nlsml(const RecognitionResult& result, const Grammar& grammar) {
    const Transcript& transcript = result.transcript;
    std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<result xmlns=\"urn:ietf:params:xml:ns:mrcpv2\"";
    xml += " grammar=\"" + escaped(grammar.name) + "\">\n";
    if (transcript.text.empty()) {
        const bool silent = result.completion.cause == Cause::no_input_timeout;
        xml += "  <interpretation>\n    <instance/>\n    <input>";
        xml += silent ? "<noinput/>" : "<nomatch/>";
        xml += "</input>\n  </interpretation>\n";
    } else {
        add_interpretation(xml, transcript.text, transcript.confidence, grammar);
        for (const auto& [text, confidence] : transcript.alternatives)
            if (text != transcript.text) add_interpretation(xml, text, confidence, grammar);
    }
    return xml + "</result>\n";
}

}  // namespace

std::string format_result(const RecognitionResult& result, const Grammar& grammar, ResultFormat format) {
    switch (format) {
        case ResultFormat::json: return json(result, grammar);
        case ResultFormat::nlsml: return nlsml(result, grammar);
        case ResultFormat::text: break;
    }
    return clean(result.transcript.text);
}

HeaderList result_headers(const RecognitionResult& result, const Grammar& grammar, const StreamIdentity& stream) {
    HeaderList headers;
    headers.emplace_back("ASR-Stream", dialect::one_line(stream.name, max_header_bytes));
    if (stream.id != 0) headers.emplace_back("ASR-Stream-ID", std::to_string(stream.id));
    headers.emplace_back("ASR-Profile", dialect::one_line(stream.profile, max_header_bytes));
    headers.emplace_back("ASR-Grammar", dialect::one_line(grammar.name, max_header_bytes));
    if (result.sequence != 0) headers.emplace_back("ASR-Sequence", std::to_string(result.sequence));
    if (result.utterance != 0) headers.emplace_back("ASR-Utterance", std::to_string(result.utterance));
    add_transcript_headers(headers, result.transcript);
    if (result.latency) headers.emplace_back("ASR-Latency-MS", std::to_string(result.latency->count()));
    if (result.gap.count() != 0) headers.emplace_back("ASR-Gap-MS", std::to_string(result.gap.count()));
    if (result.replayed) headers.emplace_back("ASR-Replayed", "true");
    if (auto meaning = meaning_of(grammar, result.transcript.text))
        headers.emplace_back("ASR-Interpretation", *std::move(meaning));
    if (is_complete(result)) {
        headers.emplace_back("ASR-Completion-Cause", code_of(result.completion.cause));
        headers.emplace_back("ASR-Completion-Reason", dialect::one_line(result.completion.reason(), max_header_bytes));
    }
    return headers;
}

}  // namespace asr_stream::freeswitch
