#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "heaptrend/error.hpp"

namespace heaptrend {

/// One look at a process from outside, in bytes. It is never stopped nor attached to.
struct MemorySample {
    double time = 0;  ///< seconds of a steady clock
    std::uint64_t rss = 0;
    std::uint64_t pss = 0;  ///< 0 when smaps_rollup may not be read
    std::uint64_t anonymous = 0;
    std::uint64_t stack = 0;  ///< of all threads, resident; of the main thread alone when smaps may not be read
    std::uint64_t swap = 0;
    std::uint64_t available = 0;            ///< on the machine, with free swap
    std::optional<std::uint64_t> limit;     ///< of the nearest cgroup that has one
    std::optional<std::uint64_t> in_group;  ///< what counts against it
    std::optional<double> pressure;  ///< percent of the last 10 s in which some task of the cgroup waited for memory
};

/// /proc/PID/status.
void parse_status(std::string_view text, MemorySample& sample);
/// /proc/PID/smaps: the stacks of all threads.
void parse_stacks(std::string_view smaps, MemorySample& sample);
/// /proc/meminfo.
void parse_meminfo(std::string_view text, MemorySample& sample);
/// /proc/PID/smaps_rollup.
void parse_rollup(std::string_view text, MemorySample& sample);
/// "some avg10=0.12 ..." of memory.pressure (Documentation/accounting/psi.rst).
[[nodiscard]] std::optional<double> parse_pressure(std::string_view text);

[[nodiscard]] Result<MemorySample> look_at(pid_t process);

/// The processes of this name, or the one of this number.
[[nodiscard]] Result<pid_t> find_process(const std::string& number_or_name);
[[nodiscard]] std::string process_name(pid_t process);

struct Trend {
    double bytes_per_second = 0;  ///< of anonymous memory and swap; 0 when it does not grow throughout
    std::optional<double>
        seconds_to_limit;  ///< at this rate: to the cgroup's limit, or until the machine has none left
    bool limit_is_machine = false;
};
/// From at least six samples. Growth counts when the second half of them grows too.
[[nodiscard]] Trend trend_of(const std::vector<MemorySample>& samples);

/// A line of block characters, the highest for the largest value.
[[nodiscard]] std::string sparkline(const std::vector<MemorySample>& samples, std::size_t width);

}  // namespace heaptrend
