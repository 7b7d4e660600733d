#pragma once

#include <asr_stream/call_settings.hpp>
#include <string>

#include "freeswitch/event_headers.hpp"
#include "freeswitch/grammar.hpp"
#include "freeswitch/recognition.hpp"

/// How the switch gets a result: the body of DETECTED_SPEECH, which is also ${detect_speech_result}, and the headers
/// beside it. Pure. Bodies are valid UTF-8 whatever the service sent, and have no control characters but in JSON, where
/// they are escaped.
namespace asr_stream::freeswitch {

/// json: one object. A partial has the members up to "replayed"; those that do not apply are left out.
///
///     "text"               what was said; "" unless there was a match
///     "confidence"         0 to 1
///     "start_ms","end_ms"  on the clock of the stream
///     "words"              [{"word","start_ms","end_ms","confidence"}]
///     "alternatives"       [{"text","confidence"}], best first
///     "interpretation"     "4711" of builtin:digits, "true" or "false" of builtin:boolean
///     "grammar"            "builtin:digits", "inline", or the file
///     "utterance"          as in the events of the stream; left out when there was none
///     "latency_ms", "gap_ms", "replayed"  as in the events of the stream
///     "completion_cause"   "000"
///     "completion_reason"  "success", or "uri-failure: connection refused"
///
/// nlsml: RFC 6787 section 6.3; one <interpretation> for each alternative, the interpretation as its <instance>;
/// <noinput/> for no-input-timeout, <nomatch/> for every other result without text.
///
/// text: the words alone; empty when there are none.
[[nodiscard]] std::string format_result(const RecognitionResult& result, const Grammar& grammar, ResultFormat format);

/// ASR-Stream, ASR-Stream-ID, ASR-Profile, ASR-Grammar, ASR-Sequence, ASR-Utterance, ASR-Confidence, ASR-Start-MS,
/// ASR-End-MS, ASR-Latency-MS, ASR-Gap-MS, ASR-Replayed, ASR-Interpretation; of a final and terminal result also
/// ASR-Completion-Cause ("000") and ASR-Completion-Reason ("success"). What does not apply is left out.
[[nodiscard]] HeaderList result_headers(const RecognitionResult& result, const Grammar& grammar,
                                        const StreamIdentity& stream);

}  // namespace asr_stream::freeswitch
