#include "freeswitch/module_reports.hpp"

#include <chrono>
#include <vector>

#include "dialect/json_object.hpp"
#include "freeswitch/counters.hpp"
#include "freeswitch/playback_queue.hpp"
#include "freeswitch/publisher.hpp"
#include "freeswitch/stats_json.hpp"

namespace asr_stream::freeswitch {
namespace {

using dialect::JsonObject;

struct Value {
    std::string_view name;
    std::string_view help;
    std::uint64_t value;
    bool is_counter = true;
};

/// The parts are read one after the other while they change.
[[nodiscard]] std::uint64_t waiting_samples(const PlaybackTotals& totals) noexcept {
    const std::uint64_t gone = totals.taken_samples + totals.cleared_samples;
    const std::uint64_t queued = totals.queued_samples;
    return queued > gone ? queued - gone : 0;
}

/// What the module knows besides the engine; every bound of ours has its counter here.
[[nodiscard]] std::vector<Value> module_values(const Module& module) {
    const auto published = module.publisher().stats();
    const Counters& counters = module.counters();
    const PlaybackTotals& playback = counters.playback;
    return {
        {"event_queue_waiting", "Events that wait to be published.", published.waiting, false},
        {"event_queue_deepest", "The most events that waited at once.", published.counts.deepest, false},
        {"events_published", "CUSTOM events fired.", counters.events_published},
        {"events_coalesced", "Partials that a later one replaced while they waited to be published.",
         published.counts.coalesced_partials},
        {"events_partials_dropped", "Partials dropped because event-queue was reached.",
         published.counts.dropped_partials},
        {"events_dropped", "Other events dropped because event-queue was reached.", published.counts.dropped_events},
        {"events_lost", "Events that the switch could not take.", counters.events_lost},
        {"events_failed", "Events whose handling failed for want of memory.", counters.events_failed},
        {"recognitions", "Recognitions begun.", counters.recognitions},
        {"results_overflows", "Recognitions ended because max-results was reached.", counters.results_overflows},
        {"results_coalesced", "Partials that a later one replaced while they waited for the switch.",
         counters.results_coalesced},
        {"results_discarded", "Results that came too late: of an earlier recognition, or after a terminal one.",
         counters.results_discarded},
        {"playback_queued_samples", "Samples of the service taken to be played.", playback.queued_samples},
        {"playback_played_samples", "Samples of the service played to the caller.", playback.taken_samples},
        {"playback_cleared_samples", "Samples thrown away by clear, barge-in or the end of the stream.",
         playback.cleared_samples},
        {"playback_refused_samples", "Samples that playback-ms left no room for.", playback.refused_samples},
        {"playback_refused_marks", "Marks answered at once as cleared because too many waited.",
         playback.refused_marks},
        {"playback_waiting_samples", "Samples that wait to be played.", waiting_samples(playback), false},
        {"barge_ins", "Playbacks broken off because the caller spoke.", counters.barge_ins},
        {"barge_ins_dropped", "Barge-ins dropped because too many waited.", counters.barge_ins_dropped},
        {"media_bugs_refused", "Media bugs that the switch refused.", counters.bugs_refused},
        {"rate_changes", "Changes of a call's audio rate.", counters.rate_changes},
        {"watchdog_ends", "Streams ended because their call was gone.", counters.watchdog_ends},
        {"handles_reclaimed", "Recognizers taken back because their call was over.", counters.handles_reclaimed},
        {"reloads", "Configurations taken up.", counters.reloads},
        {"reloads_refused", "Configurations refused.", counters.reloads_refused},
    };
}

[[nodiscard]] std::vector<Value> engine_values(const EngineStats& stats) {
    return {
        {"streams", "", stats.streams, false},
        {"streams_started", "", stats.streams_total},
        {"streams_refused", "", stats.streams_refused},
        {"streams_failed", "", stats.streams_failed},
        {"leaked_bytes", "", stats.leaked_bytes},
        {"memory_bytes", "", stats.sum.memory_bytes, false},
        {"pushed_samples", "", stats.sum.pushed_samples},
        {"refused_samples", "", stats.sum.refused_samples},
        {"queue_dropped_samples", "", stats.sum.queue_dropped_samples},
        {"replay_dropped_samples", "", stats.sum.replay_dropped_samples},
        {"finals", "", stats.sum.finals},
        {"connects", "", stats.sum.connects},
        {"connect_failures", "", stats.sum.connect_failures},
        {"reconnects", "", stats.sum.reconnects},
        {"connects_delayed", "", stats.sum.connects_delayed},
    };
}

[[nodiscard]] std::string_view state_of(const CallStream& stream) noexcept {
    if (stream.is_ending()) return "ending";
    return stream.is_paused() ? "paused" : "running";
}

[[nodiscard]] std::string_view text_of(AudioMix mix) noexcept {
    switch (mix) {
        case AudioMix::mono: return "mono";
        case AudioMix::mixed: return "mixed";
        case AudioMix::stereo: break;
    }
    return "stereo";
}

[[nodiscard]] std::string_view text_of(StreamOrigin origin) noexcept {
    return origin == StreamOrigin::recognition ? "recognition" : "media_bug";
}

[[nodiscard]] std::string status(const Module& module, bool as_json) {
    const auto uptime =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - module.started());
    auto values = engine_values(module.engine_stats());
    for (const auto& value : module_values(module)) values.push_back(value);
    if (as_json) {
        JsonObject object;
        object.text("version", version()).integer("uptime_seconds", uptime.count());
        for (const auto& value : values) object.unsigned_integer(value.name, value.value);
        return object.str();
    }
    std::string text = "version " + std::string{version()} + "\nuptime_seconds " + std::to_string(uptime.count());
    for (const auto& value : values)
        text.append("\n").append(value.name).append(" ").append(std::to_string(value.value));
    return text;
}

[[nodiscard]] std::string list(const Module& module, bool as_json) {
    std::vector<JsonObject> members;
    std::string text = "uuid name profile state origin mix rate";
    const auto streams = module.streams();
    for (const auto& stream : streams) {
        const auto mix = text_of(stream->profile().call.mix);
        if (as_json) {
            JsonObject member;
            member.text("uuid", stream->uuid()).text("name", stream->name()).text("profile", stream->profile().name);
            member.text("state", state_of(*stream)).text("origin", text_of(stream->origin())).text("mix", mix);
            member.unsigned_integer("sample_rate", stream->sample_rate());
            members.push_back(std::move(member));
            continue;
        }
        text.append("\n").append(stream->uuid()).append(" ").append(stream->name()).append(" ");
        text.append(stream->profile().name).append(" ").append(state_of(*stream)).append(" ");
        text.append(text_of(stream->origin())).append(" ").append(mix).append(" ");
        text.append(std::to_string(stream->sample_rate()));
    }
    if (!as_json) return text + "\n" + std::to_string(streams.size()) + " total";
    return JsonObject{}.array("streams", members).str();
}

/// What one call holds of ours, by kind.
struct CallMemory {
    std::uint64_t engine_bytes = 0;  ///< accounted: call-memory-bytes bounds them
    std::uint64_t engine_peak_bytes = 0;
    std::uint64_t playback_bytes = 0;  ///< audio of the service that waits to be played; playback-ms bounds it
};

[[nodiscard]] CallMemory memory_of(const CallStream& stream) {
    const StreamStats stats = stream.stats();
    CallMemory memory{stats.memory_bytes, stats.memory_peak_bytes, 0};
    if (const auto& playback = stream.playback()) {
        const auto queue = playback->stats();
        memory.playback_bytes =
            (queue.queued_samples - queue.taken_samples - queue.cleared_samples) * sizeof(std::int16_t);
    }
    return memory;
}

[[nodiscard]] std::string memory(const Module& module, bool as_json) {
    const auto total = module.engine_stats();
    const std::uint64_t queued_events = module.publisher().stats().waiting;
    std::uint64_t playback_bytes = 0;
    std::vector<JsonObject> members;
    std::string text = "uuid name engine_bytes engine_peak_bytes playback_bytes";
    for (const auto& stream : module.streams()) {
        const CallMemory call = memory_of(*stream);
        playback_bytes += call.playback_bytes;
        JsonObject member;
        member.text("uuid", stream->uuid()).text("name", stream->name());
        member.unsigned_integer("engine_bytes", call.engine_bytes);
        member.unsigned_integer("engine_peak_bytes", call.engine_peak_bytes);
        member.unsigned_integer("playback_bytes", call.playback_bytes);
        members.push_back(std::move(member));
        text.append("\n").append(stream->uuid()).append(" ").append(stream->name());
        for (const auto bytes : {call.engine_bytes, call.engine_peak_bytes, call.playback_bytes})
            text.append(" ").append(std::to_string(bytes));
    }
    if (!as_json)
        return text + "\ntotal: engine " + std::to_string(total.sum.memory_bytes) + " bytes, playback " +
               std::to_string(playback_bytes) + " bytes, events waiting " + std::to_string(queued_events) +
               ", leaked " + std::to_string(total.leaked_bytes) + " bytes";
    JsonObject object;
    object.unsigned_integer("engine_bytes", total.sum.memory_bytes).unsigned_integer("playback_bytes", playback_bytes);
    object.unsigned_integer("events_waiting", queued_events).unsigned_integer("leaked_bytes", total.leaked_bytes);
    return object.array("streams", members).str();
}

/// Without headers and metadata: they may hold passwords.
[[nodiscard]] std::string profiles(const Module& module, bool as_json) {
    const auto configuration = module.configuration();
    std::vector<JsonObject> members;
    std::string text = "name dialect endpoints";
    for (const auto& [name, profile] : configuration->profiles) {
        std::vector<JsonObject> endpoints;
        text.append("\n").append(name).append(" ").append(profile.dialect);
        for (const Endpoint& endpoint : profile.endpoints) {
            text.append(" ").append(endpoint.url);
            JsonObject one;
            endpoints.push_back(one.text("url", endpoint.url).unsigned_integer("weight", endpoint.weight));
        }
        JsonObject member;
        member.text("name", name).text("dialect", profile.dialect).text("language", profile.language);
        members.push_back(member.array("endpoints", endpoints));
    }
    return as_json ? JsonObject{}.array("profiles", members).str() : text;
}

}  // namespace

std::string metrics_text(const Module& module) {
    std::string text = module.engine_metrics();
    for (const auto& value : module_values(module)) {
        const std::string name = "asr_stream_" + std::string{value.name} + (value.is_counter ? "_total" : "");
        text.append("# HELP ").append(name).append(" ").append(value.help);
        text.append("\n# TYPE ").append(name).append(value.is_counter ? " counter\n" : " gauge\n");
        text.append(name).append(" ").append(std::to_string(value.value)).append("\n");
    }
    return text;
}

std::string report(const Module& module, const ModuleCommand& command) {
    switch (command.report) {
        case Report::status: return status(module, command.json);
        case Report::list: return list(module, command.json);
        case Report::memory: return memory(module, command.json);
        case Report::profiles: return profiles(module, command.json);
        case Report::metrics:
            return command.json ? JsonObject{}.text("metrics", metrics_text(module)).str() : metrics_text(module);
        case Report::version:
        case Report::reload: break;
    }
    return command.json ? JsonObject{}.text("version", version()).str() : std::string{version()};
}

}  // namespace asr_stream::freeswitch
