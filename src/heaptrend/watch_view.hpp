#pragma once

#include <optional>
#include <string>
#include <vector>

#include "heaptrend/live_heap.hpp"
#include "heaptrend/process_memory.hpp"

namespace heaptrend {

/// What is known of a watched process at one look.
struct WatchState {
    std::string name;
    std::vector<MemorySample> samples;  ///< in the order of time, the last is of now
    Trend trend;
    std::optional<LiveHeap> heap;  ///< of the last time the agent was asked
};

/// One line.
[[nodiscard]] std::string watch_line(const WatchState& state);
/// Several lines for a terminal, each with its newline: sparkline, sizes, limit, growth, live heap by owner.
[[nodiscard]] std::string watch_screen(const WatchState& state);
/// One JSON object, schema in docs/heaptrend.md.
[[nodiscard]] std::string watch_object(const WatchState& state);

}  // namespace heaptrend
