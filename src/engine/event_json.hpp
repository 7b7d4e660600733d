#pragma once

#include <asr_stream/event.hpp>

#include "dialect/json_object.hpp"

namespace asr_stream::engine {

using dialect::JsonObject;

/// Adds one event to a JSON object: {"event","sequence","utterance","text","confidence","start_ms","end_ms",
/// "words":[{"word","start_ms","end_ms","confidence"}],"alternatives":[{"text","confidence"}],"latency_ms","gap_ms",
/// "replayed","local","drained","error":{"code","message"}}. Members that do not apply are left out.
void add_event(JsonObject& object, const Event& event);
/// Adds "text", "confidence", "start_ms", "end_ms", "words" and "alternatives" of the above.
void add_transcript(JsonObject& object, const Transcript& transcript);
[[nodiscard]] JsonObject to_json(const Error& error);
/// "connect_refused"; for a code of another category its name and value.
[[nodiscard]] std::string code_name(const std::error_code& code);

}  // namespace asr_stream::engine
