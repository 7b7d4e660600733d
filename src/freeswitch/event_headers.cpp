#include "freeswitch/event_headers.hpp"

#include <array>
#include <charconv>

#include "dialect/json_write.hpp"
#include "engine/event_json.hpp"
#include "freeswitch/stats_json.hpp"

namespace asr_stream::freeswitch {
namespace {

constexpr std::size_t max_error_bytes = 500;

/// Empty for what is not published.
[[nodiscard]] constexpr std::string_view subclass_of(EventKind kind) noexcept {
    switch (kind) {
        case EventKind::connected: return "asr_stream::connected";
        case EventKind::begin_speaking: return "asr_stream::begin_speaking";
        case EventKind::partial: return "asr_stream::partial";
        case EventKind::final: return "asr_stream::final";
        case EventKind::end_speaking: return "asr_stream::end_speaking";
        case EventKind::error: return "asr_stream::error";
        case EventKind::disconnected: return "asr_stream::disconnected";
        case EventKind::closed: return "asr_stream::closed";
        case EventKind::audio:
        case EventKind::mark:
        case EventKind::clear: break;
    }
    return {};
}

[[nodiscard]] std::string text_of(CallTime time) { return std::to_string(time.count()); }

class Headers {
  public:
    explicit Headers(CustomEvent& event) : event_{event} {}
    Headers& add(std::string_view name, std::string value) {
        event_.headers.emplace_back(name, std::move(value));
        return *this;
    }

  private:
    CustomEvent& event_;
};

void add_error(Headers& headers, const Error& error) {
    headers.add("ASR-Error", engine::code_name(error.code));
    headers.add("ASR-Error-Text", dialect::one_line(error.message(), max_error_bytes));
}

}  // namespace

std::string confidence_text(double confidence) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), confidence, std::chars_format::fixed, 3).ptr;
    return std::string{text.data(), end};
}

void add_transcript_headers(HeaderList& headers, const Transcript& transcript) {
    if (transcript.confidence) headers.emplace_back("ASR-Confidence", confidence_text(*transcript.confidence));
    if (transcript.start) headers.emplace_back("ASR-Start-MS", text_of(*transcript.start));
    if (transcript.end) headers.emplace_back("ASR-End-MS", text_of(*transcript.end));
}

std::vector<std::string_view> event_subclasses() {
    std::vector<std::string_view> subclasses;
    for (int kind = 0; kind <= static_cast<int>(EventKind::closed); ++kind) {
        const auto subclass = subclass_of(static_cast<EventKind>(kind));
        if (!subclass.empty()) subclasses.push_back(subclass);
    }
    return subclasses;
}

bool is_published(EventKind kind) noexcept { return !subclass_of(kind).empty(); }

CustomEvent to_custom_event(const StreamIdentity& stream, const Event& event, const StreamStats* statistics) {
    CustomEvent custom{.subclass = subclass_of(event.kind), .headers = {}, .body = {}};
    Headers headers{custom};
    headers.add("Unique-ID", std::string{stream.uuid})
        .add("ASR-Stream", std::string{stream.name})
        .add("ASR-Stream-ID", std::to_string(stream.id))
        .add("ASR-Profile", std::string{stream.profile})
        .add("ASR-Sequence", std::to_string(event.sequence));
    if (event.utterance != 0) headers.add("ASR-Utterance", std::to_string(event.utterance));
    if (event.kind == EventKind::partial || event.kind == EventKind::final)
        add_transcript_headers(custom.headers, event.transcript);
    if (event.latency) headers.add("ASR-Latency-MS", text_of(*event.latency));
    if (event.replayed) headers.add("ASR-Replayed", "true");
    if (event.gap.count() > 0) headers.add("ASR-Gap-MS", text_of(event.gap));
    if (event.kind == EventKind::closed) headers.add("ASR-Drained", event.drained ? "true" : "false");
    if (event.error) add_error(headers, *event.error);

    engine::JsonObject body;
    body.text("uuid", stream.uuid).text("stream", stream.name).text("profile", stream.profile);
    engine::add_event(body, event);
    if (statistics != nullptr) body.object("statistics", to_json(*statistics));
    custom.body = body.str();
    return custom;
}

}  // namespace asr_stream::freeswitch
