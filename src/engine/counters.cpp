#include "engine/counters.hpp"

#include <algorithm>

#include "engine/stats_fields.hpp"

namespace asr_stream::engine {

StreamStats Counters::snapshot() const noexcept {
    StreamStats stats;
    stats.pushed_samples = push.pushed_samples.get();
    stats.refused_samples = push.refused_samples.get();
    stats.paused_samples = push.paused_samples.get();
    stats.sent_samples = loop.sent_samples.get();
    stats.replayed_samples = loop.replayed_samples.get();
    stats.queue_dropped_samples = loop.queue_dropped_samples.get();
    stats.replay_dropped_samples = loop.replay_dropped_samples.get();
    stats.sent_frames = loop.sent_frames.get();
    stats.sent_bytes = loop.sent_bytes.get();
    stats.received_messages = loop.received_messages.get();
    stats.received_bytes = loop.received_bytes.get();
    stats.bad_messages = loop.bad_messages.get();
    stats.too_big_messages = loop.too_big_messages.get();
    stats.partials = loop.partials.get();
    stats.partials_coalesced = loop.partials_coalesced.get();
    stats.finals = loop.finals.get();
    stats.finals_repeated = loop.finals_repeated.get();
    stats.results_dropped = loop.results_dropped.get();
    stats.texts_dropped = loop.texts_dropped.get();
    stats.playback_dropped = loop.playback_dropped.get();
    stats.connects = loop.connects.get();
    stats.connect_failures = loop.connect_failures.get();
    stats.reconnects = loop.reconnects.get();
    stats.connects_delayed = loop.connects_delayed.get();
    stats.stalls = loop.stalls.get();
    stats.idle_timeouts = loop.idle_timeouts.get();
    stats.drain_timeouts = loop.drain_timeouts.get();
    stats.late_frames = loop.late_frames.get();
    stats.max_send_delay_us = loop.max_send_delay_us.get();
    return stats;
}

void add_to(StreamStats& sum, const StreamStats& one) noexcept {
    for (const auto& field : stats_fields) {
        if (field.is_maximum)
            sum.*field.value = std::max(sum.*field.value, one.*field.value);
        else
            sum.*field.value += one.*field.value;
    }
    sum.memory_bytes += one.memory_bytes;
    sum.memory_peak_bytes = std::max(sum.memory_peak_bytes, one.memory_peak_bytes);
}

}  // namespace asr_stream::engine
