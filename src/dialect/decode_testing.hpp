#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dialect/recorded_session.hpp"

/// For tests: what one message means to a dialect.
namespace asr_stream::dialect {

[[nodiscard]] inline std::unique_ptr<Session> open_session(std::string_view name, SessionConfig config = {}) {
    return (*find(name))->open(std::move(config));
}

/// The events of one message, "; " between them, or "! " and why it cannot be read.
[[nodiscard]] inline std::string meaning(Session& session, std::string_view payload) {
    std::vector<RecognitionEvent> events;
    const Result<> result = session.decode(Framing::text, payload, events);
    std::string text = result ? "" : "! " + result.error().context;
    for (const RecognitionEvent& event : events) text.append(text.empty() ? "" : "; ").append(describe(event));
    return text;
}

/// The same in a session of its own.
[[nodiscard]] inline std::string meaning(std::string_view dialect, std::string_view payload) {
    return meaning(*open_session(dialect), payload);
}

}  // namespace asr_stream::dialect
