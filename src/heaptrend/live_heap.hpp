#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "heaptrend/error.hpp"

namespace heaptrend {

/// What one owner holds in a running program, by its newest dump.
struct LiveOwner {
    std::string title;
    double bytes = 0;
    double error = 0;      ///< standard deviation, by the sampling
    bool growing = false;  ///< convicted by the series so far
};

struct LiveHeap {
    std::vector<LiveOwner> owners;  ///< the convicted first, then the largest
    std::vector<std::string> verdict;
};

/// Has the agent in `process` take a dump and reads its series. Errc::unavailable where there is no agent. Waits for it
/// 5 s at most.
[[nodiscard]] Result<LiveHeap> ask_agent(pid_t process, std::size_t max_owners);

}  // namespace heaptrend
