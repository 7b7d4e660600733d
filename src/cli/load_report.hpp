#pragma once

#include <asr_stream/engine.hpp>
#include <chrono>
#include <cstdint>
#include <string>

#include "cli/load_pusher.hpp"
#include "cli/load_sink.hpp"
#include "dialect/json_object.hpp"

namespace asr_stream::cli {

/// One look at a run.
struct LoadSample {
    std::chrono::steady_clock::time_point time;
    std::chrono::nanoseconds process_cpu{};
    LoadPusher::Report pushers;  ///< of all pushing threads together
    EngineStats engine;
    LoadEvents events;
    std::size_t resident_bytes = 0;
};

/// A whole run: before the first call, when all calls were up, before they were stopped, and when all were over.
struct LoadRun {
    std::string url;
    std::uint64_t streams = 0;
    std::uint32_t sample_rate = 8000;
    std::uint64_t frame_ms = 20;
    LoadSample before;
    LoadSample full;
    LoadSample last;
    LoadSample after;
    bool interrupted = false;
    bool all_closed = true;
};

/// The figures that follow. CPU, frames and delays are those of the time with all calls up; counts are of the whole
/// run.
struct LoadFigures {
    double seconds = 0;        ///< with all calls up
    double process_cores = 0;  ///< 1 is one core fully used
    double pusher_cores = 0;
    double engine_cores = 0;  ///< process without the pushing threads
    double engine_cores_per_1000 = 0;
    double frames_per_second = 0;
    double engine_us_per_frame = 0;
    double rss_kib_per_stream = 0;
    double accounted_kib_per_stream = 0;  ///< the streams' own accounting
    DelayHistogram send_delay;
    std::uint64_t max_send_delay_us = 0;
};
[[nodiscard]] LoadFigures figures_of(const LoadRun& run);

/// The table for people, and the same for programs.
[[nodiscard]] std::string describe(const LoadRun& run);
using dialect::JsonObject;
[[nodiscard]] JsonObject to_json(const LoadRun& run);
/// "12 s  500 calls  498 connected  1204 finals  0 errors  0.31 cores  send p99 9.1 ms"
[[nodiscard]] std::string load_progress(const LoadSample& now, const LoadSample& before, std::uint64_t wanted);

}  // namespace asr_stream::cli
