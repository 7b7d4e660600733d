#pragma once

#include <asr_stream/error.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asr_stream {

/// A moment on the call's clock: milliseconds since the first sample pushed; drops and pauses advance it.
using CallTime = std::chrono::milliseconds;

struct Word {
    std::string text;
    CallTime start{};
    CallTime end{};
    std::optional<double> confidence;  ///< 0 to 1
};

struct Alternative {
    std::string text;
    std::optional<double> confidence;
};

/// What was said, or what the service believes so far.
struct Transcript {
    std::string text;                  ///< UTF-8; may be empty
    std::optional<double> confidence;  ///< 0 to 1
    std::optional<CallTime> start;     ///< absent where the service gives no times
    std::optional<CallTime> end;
    std::vector<Word> words;
    std::vector<Alternative> alternatives;  ///< n-best, best first, where the service gives them
};

enum class EventKind {
    connected,  ///< the WebSocket is open and the service ready for audio
    begin_speaking,
    partial,
    final,
    end_speaking,
    error,         ///< the stream goes on (reconnects) unless `closed` follows
    disconnected,  ///< after `connected`: the connection is gone unasked; the stream reconnects unless `closed` follows
    audio,         ///< playback: samples to be played to the caller
    mark,          ///< playback: the service wants to know when what came before was played, see Stream::send_mark()
    clear,         ///< playback: what was not played yet is to be thrown away
    closed,        ///< the last event of a stream, always sent exactly once
};
[[nodiscard]] ASR_STREAM_API std::string_view name_of(EventKind kind) noexcept;

/// One thing that happened on a stream.
struct Event {
    EventKind kind{};
    std::uint64_t sequence = 0;   ///< counts up by one per stream, so a consumer sees a loss; 0 of audio, mark, clear
    std::uint64_t utterance = 0;  ///< 1 for the first; a partial and its final carry the same
    Transcript transcript;        ///< partial and final
    std::optional<Error> error;   ///< always of error and disconnected; of closed unless it ended as asked
    std::optional<std::chrono::milliseconds> latency;  ///< final: received minus the sending of the sample at its end
    std::chrono::milliseconds gap{};                   ///< audio lost for good since the last event
    bool replayed = false;                             ///< from audio sent a second time; the text may be a repetition
    bool local = false;                                ///< begin_speaking, end_speaking: from our own detection
    std::vector<std::int16_t> samples;                 ///< audio: L16, one channel
    std::uint32_t sample_rate = 0;                     ///< audio: Hz
    std::string mark;                                  ///< mark: its name
    bool drained = true;  ///< closed: all audio was sent and every final received before the close
};

}  // namespace asr_stream
