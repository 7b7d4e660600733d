#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "heaptrend/maps.hpp"
#include "heaptrend/series.hpp"

namespace heaptrend {

/// What the agent wrote beside its dumps: times, allocator statistics, modules with build-ids, changes of modules.
struct AgentLog {
    struct Line {
        double time = 0;
        MemoryStats memory;
        bool at_exit = false;
        bool small_samples_counted_large = false;  ///< by jemalloc 5.3.0: see correct_allocated()
    };
    struct Birth {
        double age = 0;  ///< seconds
        std::vector<std::uint64_t> addresses;
    };
    std::map<std::string, Line, std::less<>> dumps;             ///< by file name
    std::map<std::string, std::string, std::less<>> build_ids;  ///< by path
    std::map<std::uint64_t, std::filesystem::path> maps;        ///< by the number of the dump that followed
    std::vector<Birth> births;                                  ///< not placed in modules yet
    bool was_reset = false;                                     ///< the sampling interval, and all samples were dropped
    std::vector<std::string> notes;
};

/// What the agent's list of births says: "births NOW" and then "BORN SIZE 0xADDRESS..." a line, times in nanoseconds of
/// one clock. Lines that are cut or malformed are skipped.
[[nodiscard]] std::vector<AgentLog::Birth> parse_births(std::string_view text);

/// The log and the list of build-ids alone.
[[nodiscard]] AgentLog parse_agent_log(std::string_view log, std::string_view build_ids);

/// Reads series.log, build-ids and the list of maps files of an agent's folder. Nothing when it is not one. Lines that
/// are cut or unknown are skipped.
[[nodiscard]] std::optional<AgentLog> read_agent_log(const std::filesystem::path& folder);

/// jemalloc 5.3.0 counts each sampled small block as one of 16 KiB in stats.allocated; this takes the excess off.
[[nodiscard]] std::uint64_t correct_allocated(std::uint64_t allocated, const std::vector<Entry>& entries) noexcept;

}  // namespace heaptrend
