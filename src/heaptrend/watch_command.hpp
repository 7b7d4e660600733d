#pragma once

#include <iosfwd>
#include <string>

namespace heaptrend {

struct WatchCommand {
    std::string process;        ///< number or name
    double interval = 2;        ///< seconds between looks
    double seconds = 0;         ///< to watch; 0 until the process ends
    std::string max_growth;     ///< a rate; passing it ends the watch with exit_growth
    bool json = false;          ///< one object a line
    bool terminal = false;      ///< draw over what was drawn before
    double heap_interval = 10;  ///< seconds between two questions to the agent, where there is one
    std::size_t owners = 8;     ///< of live heap to tell; 0 leaves the agent alone
};

/// Watches a process from outside until it ends, the time is over, or it grows too fast. Past kills of that program by
/// the kernel are told first.
[[nodiscard]] int run(const WatchCommand& command, std::ostream& out, std::ostream& problems);

}  // namespace heaptrend
