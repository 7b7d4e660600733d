#include "cli/load_report.hpp"

#include <algorithm>

#include "cli/text.hpp"

namespace asr_stream::cli {
namespace {

double seconds_of(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }
double as_double(std::uint64_t value) { return static_cast<double>(value); }
double per(double value, double divisor) { return divisor > 0 ? value / divisor : 0.0; }

DelayHistogram difference(const DelayHistogram& later, const DelayHistogram& earlier) {
    DelayHistogram result;
    for (std::size_t bucket = 0; bucket < DelayHistogram::buckets; ++bucket) {
        result.add(bucket, later.count_in(bucket) - std::min(earlier.count_in(bucket), later.count_in(bucket)));
    }
    return result;
}

std::string milliseconds_text(std::uint64_t microseconds) { return fixed(as_double(microseconds) / 1000.0, 1) + " ms"; }

void row(std::string& out, std::string_view name, const std::string& value) { out += pad(name, 34) + value + "\n"; }

/// A bucket's bound may lie above the longest delay that was measured.
std::uint64_t quantile(const DelayHistogram& delays, double share, std::uint64_t max_us) {
    return std::min(delays.quantile(share), max_us);
}

std::string quantiles_text(const DelayHistogram& delays, std::uint64_t max_us) {
    if (delays.count() == 0) return "none measured";
    return "p50 " + milliseconds_text(quantile(delays, 0.5, max_us)) + "  p99 " +
           milliseconds_text(quantile(delays, 0.99, max_us)) + "  max " + milliseconds_text(max_us) + "  (" +
           std::to_string(delays.count()) + ")";
}

JsonObject quantiles_json(const DelayHistogram& delays, std::uint64_t max_us) {
    JsonObject object;
    object.unsigned_integer("count", delays.count());
    if (delays.count() == 0) return object;
    object.number("p50_ms", as_double(quantile(delays, 0.5, max_us)) / 1000.0)
        .number("p99_ms", as_double(quantile(delays, 0.99, max_us)) / 1000.0)
        .number("max_ms", as_double(max_us) / 1000.0);
    return object;
}

std::uint64_t max_final_us(const LoadRun& run) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(run.after.events.max_final_latency.count(), 0)) * 1000;
}

std::string errors_text(const LoadEvents& events) {
    if (events.errors.empty()) return "none";
    std::string text;
    for (const auto& [code, count] : events.errors) {
        text += (text.empty() ? "" : ", ") + code + " " + std::to_string(count);
    }
    return text;
}

JsonObject drops_json(const LoadRun& run) {
    const StreamStats& sum = run.after.engine.sum;
    JsonObject drops;
    drops.unsigned_integer("refused_samples", sum.refused_samples)
        .unsigned_integer("queue_dropped_samples", sum.queue_dropped_samples)
        .unsigned_integer("replay_dropped_samples", sum.replay_dropped_samples)
        .unsigned_integer("late_frames", sum.late_frames);
    return drops;
}

JsonObject counts_json(const LoadRun& run) {
    const StreamStats& sum = run.after.engine.sum;
    JsonObject counts;
    counts.unsigned_integer("connects", sum.connects)
        .unsigned_integer("connect_failures", sum.connect_failures)
        .unsigned_integer("connects_delayed", sum.connects_delayed)
        .unsigned_integer("reconnects", sum.reconnects)
        .unsigned_integer("partials", sum.partials)
        .unsigned_integer("finals", sum.finals)
        .unsigned_integer("bad_messages", sum.bad_messages)
        .unsigned_integer("streams_failed", run.after.events.failed)
        .unsigned_integer("streams_not_drained", run.after.events.not_drained)
        .unsigned_integer("sent_frames", sum.sent_frames)
        .unsigned_integer("sent_bytes", sum.sent_bytes);
    return counts;
}

}  // namespace

LoadFigures figures_of(const LoadRun& run) {
    LoadFigures figures;
    figures.seconds = seconds_of(run.last.time - run.full.time);
    figures.process_cores = per(seconds_of(run.last.process_cpu - run.full.process_cpu), figures.seconds);
    figures.pusher_cores = per(seconds_of(run.last.pushers.cpu - run.full.pushers.cpu), figures.seconds);
    figures.engine_cores = std::max(figures.process_cores - figures.pusher_cores, 0.0);
    figures.engine_cores_per_1000 = per(figures.engine_cores * 1000.0, as_double(run.streams));
    const double frames = as_double(run.last.engine.sum.sent_frames - run.full.engine.sum.sent_frames);
    figures.frames_per_second = per(frames, figures.seconds);
    figures.engine_us_per_frame = per(figures.engine_cores * figures.seconds * 1e6, frames);
    const double grown = as_double(run.last.resident_bytes) - as_double(run.before.resident_bytes);
    figures.rss_kib_per_stream = per(std::max(grown, 0.0) / 1024.0, as_double(run.streams));
    figures.accounted_kib_per_stream =
        per(as_double(run.last.engine.sum.memory_bytes) / 1024.0, as_double(run.last.engine.streams));
    figures.send_delay = difference(run.last.engine.send_delay, run.full.engine.send_delay);
    figures.max_send_delay_us = run.last.engine.sum.max_send_delay_us;
    return figures;
}

std::string describe(const LoadRun& run) {
    const LoadFigures figures = figures_of(run);
    const StreamStats& sum = run.after.engine.sum;
    std::string out;
    row(out, "service", printable(run.url));
    row(out, "calls",
        std::to_string(run.streams) + " at " + std::to_string(run.sample_rate) + " Hz, " +
            std::to_string(run.frame_ms) + " ms a message, all up for " + fixed(figures.seconds, 1) + " s" +
            (run.interrupted ? " (interrupted)" : ""));
    row(out, "CPU of the engine",
        fixed(figures.engine_cores_per_1000, 3) + " cores for 1,000 calls, " + fixed(figures.engine_us_per_frame, 2) +
            " us a message");
    row(out, "CPU of the process",
        fixed(figures.process_cores, 3) + " cores, of which " + fixed(figures.pusher_cores, 3) +
            " for the simulated callers");
    row(out, "memory a call",
        fixed(figures.rss_kib_per_stream, 1) + " KiB resident, " + fixed(figures.accounted_kib_per_stream, 1) +
            " KiB by the stream's accounting");
    row(out, "messages sent",
        fixed(figures.frames_per_second, 0) + " a second, " + std::to_string(sum.sent_frames) + " in all");
    row(out, "frame to socket", quantiles_text(figures.send_delay, figures.max_send_delay_us));
    row(out, "end of speech to final", quantiles_text(run.after.events.final_latency, max_final_us(run)));
    row(out, "results", std::to_string(sum.partials) + " partials, " + std::to_string(sum.finals) + " finals");
    row(out, "drops (samples)",
        std::to_string(sum.refused_samples) + " refused, " + std::to_string(sum.queue_dropped_samples) + " queue, " +
            std::to_string(sum.replay_dropped_samples) + " replay; " + std::to_string(sum.late_frames) +
            " messages late");
    row(out, "connects",
        std::to_string(sum.connects) + ", " + std::to_string(sum.connect_failures) + " failed, " +
            std::to_string(sum.reconnects) + " reconnects, " + std::to_string(sum.connects_delayed) + " delayed");
    row(out, "errors", errors_text(run.after.events));
    row(out, "streams failed / not drained",
        std::to_string(run.after.events.failed) + " / " + std::to_string(run.after.events.not_drained));
    row(out, "simulated callers",
        std::to_string(run.last.pushers.late_frames) + " of " + std::to_string(run.last.pushers.frames) +
            " frames late, worst " +
            fixed(as_double(static_cast<std::uint64_t>(run.last.pushers.max_lateness.count())) / 1000.0, 1) + " ms");
    return out;
}

JsonObject to_json(const LoadRun& run) {
    const LoadFigures figures = figures_of(run);
    JsonObject cpu;
    cpu.number("engine_cores", figures.engine_cores, 4)
        .number("engine_cores_per_1000_streams", figures.engine_cores_per_1000, 4)
        .number("engine_us_per_frame", figures.engine_us_per_frame)
        .number("process_cores", figures.process_cores, 4)
        .number("pusher_cores", figures.pusher_cores, 4);
    JsonObject memory;
    memory.number("rss_kib_per_stream", figures.rss_kib_per_stream, 1)
        .number("accounted_kib_per_stream", figures.accounted_kib_per_stream, 1);
    JsonObject pushers;
    pushers.unsigned_integer("frames", run.last.pushers.frames)
        .unsigned_integer("late_frames", run.last.pushers.late_frames)
        .integer("max_lateness_us", run.last.pushers.max_lateness.count());
    JsonObject errors;
    for (const auto& [code, count] : run.after.events.errors) errors.unsigned_integer(code, count);
    JsonObject object;
    object.text("url", run.url)
        .unsigned_integer("streams", run.streams)
        .unsigned_integer("sample_rate", run.sample_rate)
        .unsigned_integer("frame_ms", run.frame_ms)
        .number("seconds", figures.seconds)
        .boolean("interrupted", run.interrupted)
        .number("frames_per_s", figures.frames_per_second, 1)
        .object("cpu", cpu)
        .object("memory", memory)
        .object("frame_to_socket", quantiles_json(figures.send_delay, figures.max_send_delay_us))
        .object("end_of_speech_to_final", quantiles_json(run.after.events.final_latency, max_final_us(run)))
        .object("drops", drops_json(run))
        .object("counts", counts_json(run))
        .object("errors", errors)
        .object("callers", pushers);
    return object;
}

std::string load_progress(const LoadSample& now, const LoadSample& before, std::uint64_t wanted) {
    const double seconds = seconds_of(now.time - before.time);
    const double cores = per(seconds_of(now.process_cpu - before.process_cpu), seconds);
    std::uint64_t errors = 0;
    for (const auto& [code, count] : now.events.errors) errors += count;
    const DelayHistogram delays = difference(now.engine.send_delay, before.engine.send_delay);
    return std::to_string(now.engine.streams) + "/" + std::to_string(wanted) + " calls  " +
           std::to_string(now.events.connected - std::min(now.events.disconnected, now.events.connected)) +
           " connected  " + std::to_string(now.engine.sum.finals) + " finals  " + std::to_string(errors) + " errors  " +
           fixed(cores, 2) + " cores  send p99 " + milliseconds_text(delays.quantile(0.99));
}

}  // namespace asr_stream::cli
