#include "engine/event_json.hpp"

#include <string>
#include <vector>

namespace asr_stream::engine {
namespace {

void add_words(JsonObject& object, const std::vector<Word>& words) {
    if (words.empty()) return;
    std::vector<JsonObject> members;
    members.reserve(words.size());
    for (const Word& word : words) {
        JsonObject member;
        member.text("word", word.text).integer("start_ms", word.start.count()).integer("end_ms", word.end.count());
        if (word.confidence) member.number("confidence", *word.confidence);
        members.push_back(std::move(member));
    }
    object.array("words", members);
}

void add_alternatives(JsonObject& object, const std::vector<Alternative>& alternatives) {
    if (alternatives.empty()) return;
    std::vector<JsonObject> members;
    members.reserve(alternatives.size());
    for (const Alternative& alternative : alternatives) {
        JsonObject member;
        member.text("text", alternative.text);
        if (alternative.confidence) member.number("confidence", *alternative.confidence);
        members.push_back(std::move(member));
    }
    object.array("alternatives", members);
}

}  // namespace

void add_transcript(JsonObject& object, const Transcript& transcript) {
    object.text("text", transcript.text);
    if (transcript.confidence) object.number("confidence", *transcript.confidence);
    if (transcript.start) object.integer("start_ms", transcript.start->count());
    if (transcript.end) object.integer("end_ms", transcript.end->count());
    add_words(object, transcript.words);
    add_alternatives(object, transcript.alternatives);
}

std::string code_name(const std::error_code& code) {
    if (code.category() == error_category()) return std::string{name_of(static_cast<Errc>(code.value()))};
    return std::string{code.category().name()} + "_" + std::to_string(code.value());
}

JsonObject to_json(const Error& error) {
    JsonObject object;
    object.text("code", code_name(error.code)).text("message", error.message());
    return object;
}

void add_event(JsonObject& object, const Event& event) {
    object.text("event", name_of(event.kind)).unsigned_integer("sequence", event.sequence);
    if (event.utterance != 0) object.unsigned_integer("utterance", event.utterance);
    if (event.kind == EventKind::partial || event.kind == EventKind::final) add_transcript(object, event.transcript);
    if (event.latency) object.integer("latency_ms", event.latency->count());
    if (event.gap.count() != 0) object.integer("gap_ms", event.gap.count());
    if (event.replayed) object.boolean("replayed", true);
    if (event.local) object.boolean("local", true);
    if (event.kind == EventKind::closed) object.boolean("drained", event.drained);
    if (event.error) object.object("error", to_json(*event.error));
}

}  // namespace asr_stream::engine
