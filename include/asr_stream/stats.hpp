#pragma once

#include <asr_stream/histogram.hpp>
#include <cstddef>
#include <cstdint>

namespace asr_stream {

/// What one stream has done so far. Samples count once for all channels. Every bound has its counter here.
///
/// A frame's delay runs from the push of its last sample to the moment its message was handed to the socket. Only
/// frames completed while a session was streaming count (not those kept for want of a connection, nor those sent
/// again). What waited because the socket was full is timed by its place on the call's clock. A frame is late when its
/// delay exceeds frame-ms and a tick more than it had to wait for its turn. Delays of tick (10 ms) and less are
/// ordinary, and with batch-streams and more those of 60 ms.
struct StreamStats {
    std::uint64_t pushed_samples = 0;
    std::uint64_t refused_samples = 0;  ///< ring-ms reached: the newest frame was refused
    std::uint64_t paused_samples = 0;
    std::uint64_t sent_samples = 0;            ///< wire rate, replayed audio included
    std::uint64_t replayed_samples = 0;        ///< wire rate; those sent a second time
    std::uint64_t queue_dropped_samples = 0;   ///< queue-ms reached: the oldest was dropped
    std::uint64_t replay_dropped_samples = 0;  ///< replay-ms reached: the oldest was dropped
    std::uint64_t sent_frames = 0;
    std::uint64_t sent_bytes = 0;  ///< on the WebSocket, frame headers included
    std::uint64_t received_messages = 0;
    std::uint64_t received_bytes = 0;
    std::uint64_t bad_messages = 0;
    std::uint64_t too_big_messages = 0;
    std::uint64_t partials = 0;
    std::uint64_t partials_coalesced = 0;  ///< replaced by a later one within partial-interval, or repeated
    std::uint64_t finals = 0;
    std::uint64_t finals_repeated = 0;   ///< of replayed audio whose final had been delivered: dropped
    std::uint64_t results_dropped = 0;   ///< begin, end and error messages beyond max-finals-per-second
    std::uint64_t texts_dropped = 0;     ///< send_text, send_dtmf, send_mark while too many waited for the connection
    std::uint64_t playback_dropped = 0;  ///< audio, marks and clears of the service while playback is false
    std::uint64_t connects = 0;
    std::uint64_t connect_failures = 0;
    std::uint64_t reconnects = 0;        ///< connects begun after the first
    std::uint64_t connects_delayed = 0;  ///< connect-rate reached
    std::uint64_t stalls = 0;
    std::uint64_t idle_timeouts = 0;
    std::uint64_t drain_timeouts = 0;
    std::uint64_t memory_refusals = 0;    ///< call-memory-bytes reached
    std::uint64_t late_frames = 0;        ///< audio messages
    std::uint64_t max_send_delay_us = 0;  ///< longest delay of a frame
    std::size_t memory_bytes = 0;         ///< live now, by the stream's own accounting
    std::size_t memory_peak_bytes = 0;
};

/// Sums over all streams of the engine, ended ones included. Peaks and longest delays are the largest of any stream;
/// memory_bytes counts live streams, and what ended ones have not given back yet.
struct EngineStats {
    std::uint64_t streams = 0;  ///< live now
    std::uint64_t streams_total = 0;
    std::uint64_t streams_refused = 0;  ///< max-streams reached
    std::uint64_t streams_failed = 0;   ///< ended otherwise than asked
    std::uint64_t leaked_bytes = 0;     ///< outstanding when a stream ended: always 0, or a defect
    DelayHistogram send_delay;          ///< of frames, as defined above
    StreamStats sum;
};

}  // namespace asr_stream
