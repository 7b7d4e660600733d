#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "heaptrend/error.hpp"

namespace heaptrend {

struct RunOptions {
    std::vector<std::string> command;
    std::string program;      ///< to profile; the command's own when empty
    std::string folder;       ///< of the series; heaptrend-NAME-TIME when empty
    double interval = 2;      ///< seconds between dumps
    double growth_bytes = 0;  ///< dump early after this much; 0 for never
    unsigned max_dumps = 120;
    double budget_percent = 0.5;  ///< of a core, for sampling; 0 leaves the sampling interval alone
    std::string signal;           ///< that asks for a dump, "USR2" for instance; none when empty
    unsigned lg_sample = 16;      ///< the sampling interval is 2 to this power
};

/// What the started program gets in its environment.
struct RunPlan {
    std::filesystem::path folder;
    std::vector<std::pair<std::string, std::string>> environment;
};

/// Finds the program, the agent and jemalloc, and makes the folder. `agent_folders` are searched for the agent in
/// order.
[[nodiscard]] Result<RunPlan> plan_run(const RunOptions& options,
                                       const std::vector<std::filesystem::path>& agent_folders);

/// Replaces this process by the command. Comes back only with an error.
[[nodiscard]] Error execute(const RunOptions& options, const RunPlan& plan);

/// Where the agent may be: beside this program, and where it is installed.
[[nodiscard]] std::vector<std::filesystem::path> agent_folders();

}  // namespace heaptrend
