#pragma once

#include <asr_stream/event.hpp>
#include <asr_stream/stats.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a CUSTOM event of the switch says about an event of a stream. Pure; docs/events.md describes every header.
namespace asr_stream::freeswitch {

struct StreamIdentity {
    std::string_view uuid;
    std::string_view name;
    std::string_view profile;
    std::uint64_t id = 0;  ///< the name may come again on the call while an earlier stream drains; this does not
};

using HeaderList = std::vector<std::pair<std::string_view, std::string>>;

struct CustomEvent {
    std::string_view subclass;  ///< "asr_stream::final"
    HeaderList headers;
    std::string body;  ///< one JSON object
};

/// "0.930"
[[nodiscard]] std::string confidence_text(double confidence);
/// ASR-Confidence, ASR-Start-MS, ASR-End-MS, as far as they are known.
void add_transcript_headers(HeaderList& headers, const Transcript& transcript);

/// All subclasses, to be reserved while the module is loaded.
[[nodiscard]] std::vector<std::string_view> event_subclasses();

/// Playback events (audio, mark, clear) stay inside: they are not for the event socket.
[[nodiscard]] bool is_published(EventKind kind) noexcept;

/// `statistics` go into the body of `closed`; null elsewhere.
[[nodiscard]] CustomEvent to_custom_event(const StreamIdentity& stream, const Event& event,
                                          const StreamStats* statistics);

}  // namespace asr_stream::freeswitch
