#pragma once

#include <string>
#include <string_view>

#include "dialect/dialect.hpp"

/// For tests: a session with a service as a text file, which reads as the dialogue that it was.
namespace asr_stream::dialect {

/// One event in one line, for instance `final "yes" 0.93 810-1430 words: yes 810-1430 0.9`.
[[nodiscard]] std::string describe(const RecognitionEvent& event);

/// Plays the file to the session and fails the test wherever one of the two says something else. A line is one of
///
///     # a comment
///     open | stop | audio SAMPLES | text WORDS | dtmf DIGIT | mark STATE NAME    what we are asked to do
///     ->T TEXT    ->B HEX                                      what we must send for it, byte by byte
///     <-T TEXT    <-B HEX                                      what the service says
///     = EVENT                                                  what that must mean, as describe() writes it
///     ! CONTEXT                                                or why it cannot be read
///
/// `audio` sends a ramp: 1, 2, 3 and so on over the whole session.
void play_recorded_session(Session& session, const std::string& path, const SessionConfig& config);

}  // namespace asr_stream::dialect
