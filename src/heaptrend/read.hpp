#pragma once

#include <string_view>

#include "heaptrend/error.hpp"
#include "heaptrend/series.hpp"

namespace heaptrend {

/// heaptrack's event log, format version 3, raw or interpreted, plain or compressed. Replays it and keeps at most 64
/// snapshots, evenly spaced. A log that ends early is read as far as it goes, with a note: its events are in order.
[[nodiscard]] Result<Series> read_heaptrack(std::string_view bytes);

/// valgrind's massif output. Only snapshots with a detailed tree say who holds the heap; there must be two of them.
[[nodiscard]] Result<Series> read_massif(std::string_view text);

}  // namespace heaptrend
