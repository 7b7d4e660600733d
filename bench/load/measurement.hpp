#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace asr_stream::bench {

/// What one round of one contestant gave. Times and frames are those of the measured part, after the warm-up; `pushed`,
/// `handed` and `late` frames are as plan.hpp and socket_probe.hpp define them.
struct Measurement {
    double cpu_seconds = 0;         ///< user and system, of the whole process
    double pusher_cpu_seconds = 0;  ///< the pushing thread's part of it
    double wall_seconds = 0;
    std::uint64_t frames = 0;      ///< handed to the sockets in the measured part
    std::uint64_t send_calls = 0;  ///< in the measured part
    std::uint64_t late_frames = 0;
    double longest_delay_ms = 0;
    double rss_kib_per_stream = 0;
    std::uint64_t all_frames = 0;  ///< of the whole round: what the sink must have got
    std::uint64_t all_bytes = 0;
    std::optional<double> push_allocations;  ///< per frame; only under the counting allocator
    std::optional<double> loop_allocations;

    [[nodiscard]] double us_per_frame() const { return cpu_seconds * 1e6 / static_cast<double>(frames); }
    [[nodiscard]] double cores() const { return cpu_seconds / wall_seconds; }
    [[nodiscard]] double frames_per_second() const { return static_cast<double>(frames) / wall_seconds; }
};

[[nodiscard]] std::string to_json(const Measurement& measurement);
[[nodiscard]] Measurement measurement_from_json(const std::string& text);

}  // namespace asr_stream::bench
