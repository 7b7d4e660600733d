#include "cli/stream_target.hpp"

#include <algorithm>
#include <cmath>

namespace asr_stream::cli {
namespace {

using namespace std::chrono_literals;

void raise(milliseconds& value, milliseconds least) { value = std::max(value, least); }

}  // namespace

std::uint64_t StreamTarget::unsent(std::uint64_t pushed) const {
    const StreamStats stats = stream_.stats();
    const std::uint64_t left_window =
        stats.sent_samples - std::min(stats.replayed_samples, stats.sent_samples) + stats.queue_dropped_samples;
    const std::uint64_t gone = left_window * call_rate_ / wire_rate_ + stats.refused_samples + stats.paused_samples;
    return pushed - std::min(gone, pushed);
}

Pace make_pace(const Profile& profile, double speed, milliseconds tail) {
    const milliseconds least = 2 * profile.frame_ms + 100ms;  // less would wait for a message that cannot be filled
    Pace pace{.speed = speed, .tail = tail};
    if (std::isinf(speed)) {
        pace.max_unsent = std::max(std::min(profile.ring_ms * 3 / 4, profile.queue_ms / 2), least);
        pace.max_burst = pace.max_unsent;
    } else {
        pace.max_unsent = std::max(profile.replay_ms / 2, least);
        pace.max_burst = std::max(profile.ring_ms / 2, pace.block);
    }
    return pace;
}

void widen_bounds(Profile& profile, double speed, const std::function<bool(std::string_view)>& is_named) {
    const auto widen = [&](const char* setting, milliseconds& value, milliseconds least) {
        if (!is_named(setting)) raise(value, least);
    };
    const bool ahead = speed > 1.0;
    widen("drain-timeout", profile.drain_timeout, ahead ? milliseconds{300s} : milliseconds{30s});
    widen("ring-ms", profile.ring_ms, 2000ms);
    if (ahead) {
        // The kernels on the way take minutes of audio that the service has yet to read: a pong comes behind all of it.
        widen("stall-timeout", profile.stall_timeout, 120s);
        widen("idle-timeout", profile.idle_timeout, 120s);
        widen("replay-ms", profile.replay_ms, 300s);
        widen("queue-ms", profile.queue_ms, 30s);
        widen("ring-ms", profile.ring_ms, 4000ms);
    }
    if (!is_named("call-memory-bytes")) {
        const std::size_t samples_per_ms = std::max<std::size_t>(profile.sample_rate, 16'000) / 1000;
        const auto window = static_cast<std::size_t>(profile.replay_ms.count()) * samples_per_ms * sizeof(std::int16_t);
        profile.call_memory_bytes = std::max(profile.call_memory_bytes, 3 * window + (2U << 20U));
    }
}

StreamConfig make_stream_config(const Profile& profile, const std::string& call_id, std::uint32_t rate) {
    StreamConfig config{.profile = profile, .call_id = call_id, .sample_rate = rate};
    if (profile.sample_rate == 0 && rate != 8000 && rate != 16000)
        config.profile.sample_rate = rate < 16000 ? 8000 : 16000;
    return config;
}

std::uint32_t wire_rate_of(const StreamConfig& config) noexcept {
    return config.profile.sample_rate != 0 ? config.profile.sample_rate : config.sample_rate;
}

}  // namespace asr_stream::cli
