#pragma once

#include <asr_stream/stats.hpp>
#include <string_view>

namespace asr_stream::engine {

/// One counter of StreamStats: where it is, and what the metrics call it.
struct StatsField {
    std::uint64_t StreamStats::*value;
    std::string_view name;  ///< without the prefix "asr_stream_" and the suffix "_total"
    std::string_view help;
    bool is_maximum = false;  ///< sums keep the largest
};

inline constexpr StatsField stats_fields[] = {
    {&StreamStats::pushed_samples, "pushed_samples", "Samples pushed, at the calls' rates."},
    {&StreamStats::refused_samples, "refused_samples", "Samples refused because ring-ms was reached."},
    {&StreamStats::paused_samples, "paused_samples", "Samples pushed while paused."},
    {&StreamStats::sent_samples, "sent_samples", "Samples sent, at the wire rate."},
    {&StreamStats::replayed_samples, "replayed_samples", "Samples sent a second time after a reconnect."},
    {&StreamStats::queue_dropped_samples, "queue_dropped_samples",
     "Unsent samples dropped because queue-ms was reached."},
    {&StreamStats::replay_dropped_samples, "replay_dropped_samples", "Samples dropped because replay-ms was reached."},
    {&StreamStats::sent_frames, "sent_frames", "Audio messages sent."},
    {&StreamStats::sent_bytes, "sent_bytes", "Bytes sent, WebSocket headers included."},
    {&StreamStats::received_messages, "received_messages", "Messages received."},
    {&StreamStats::received_bytes, "received_bytes", "Bytes received."},
    {&StreamStats::bad_messages, "bad_messages", "Messages that the dialect could not read."},
    {&StreamStats::too_big_messages, "too_big_messages", "Messages beyond max-message-bytes."},
    {&StreamStats::partials, "partials", "Partial results delivered."},
    {&StreamStats::partials_coalesced, "partials_coalesced", "Partial results replaced by a later one or repeated."},
    {&StreamStats::finals, "finals", "Final results delivered."},
    {&StreamStats::finals_repeated, "finals_repeated", "Finals of replayed audio that had been delivered before."},
    {&StreamStats::results_dropped, "results_dropped",
     "Other results dropped because max-finals-per-second was reached."},
    {&StreamStats::texts_dropped, "texts_dropped", "Texts, digits and marks dropped while too many waited."},
    {&StreamStats::playback_dropped, "playback_dropped", "Playback messages dropped because playback is false."},
    {&StreamStats::connects, "connects", "Connections opened."},
    {&StreamStats::connect_failures, "connect_failures", "Connections that could not be opened."},
    {&StreamStats::reconnects, "reconnects", "Connects begun after a stream's first."},
    {&StreamStats::connects_delayed, "connects_delayed", "Connects that waited because connect-rate was reached."},
    {&StreamStats::stalls, "stalls", "Connections given up because stall-timeout was reached."},
    {&StreamStats::idle_timeouts, "idle_timeouts", "Connections given up because idle-timeout was reached."},
    {&StreamStats::drain_timeouts, "drain_timeouts", "Streams closed because drain-timeout was reached."},
    {&StreamStats::memory_refusals, "memory_refusals", "Allocations refused because call-memory-bytes was reached."},
    {&StreamStats::late_frames, "late_frames",
     "Audio messages held up for more than frame-ms, and more than a tick beyond their turn."},
    {&StreamStats::max_send_delay_us, "max_send_delay_us", "Longest time from push to socket, in microseconds.", true},
};

}  // namespace asr_stream::engine
