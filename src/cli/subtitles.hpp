#pragma once

#include <asr_stream/event.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

/// Subtitles in SubRip (.srt) and WebVTT (https://www.w3.org/TR/webvtt1/) form.
namespace asr_stream::cli {

/// A text on the screen for a time.
struct Cue {
    CallTime start{};
    CallTime end{};
    std::vector<std::string> lines;  ///< at most two
    friend bool operator==(const Cue&, const Cue&) = default;
};

inline constexpr std::size_t cue_line_columns = 42;  ///< customary for broadcast subtitles
inline constexpr std::chrono::milliseconds cue_longest{7000};

/// What a final says, cut into cues that fit two lines and seven seconds; at the words' own times where they are known,
/// otherwise in proportion to their length. Nothing for an empty text.
[[nodiscard]] std::vector<Cue> make_cues(const Transcript& transcript, CallTime start, CallTime end);

/// "00:01:02,345" and "00:01:02.345".
[[nodiscard]] std::string srt_time(CallTime time);
[[nodiscard]] std::string vtt_time(CallTime time);
/// One cue with the empty line behind it; SubRip numbers them from 1.
[[nodiscard]] std::string srt_cue(std::size_t number, const Cue& cue);
[[nodiscard]] std::string vtt_cue(const Cue& cue);

}  // namespace asr_stream::cli
