#pragma once

#include <string_view>
#include <vector>

#include "heaptrend/error.hpp"

namespace heaptrend {

struct Point {
    double x = 0;
    double y = 0;
};
struct BoxSize {
    double width = 0;
    double height = 0;
};

/// Where boxes and the curves between them are to be drawn; y grows downwards, all in points.
struct GraphLayout {
    BoxSize size;
    std::vector<Point> centers;              ///< by box
    std::vector<std::vector<Point>> curves;  ///< by edge: one point and then three for each Bezier piece
};

/// Layers by graphviz (dot). It runs in a child process, because the library keeps global state and memory, with 20 s
/// at most. Call it with one thread running.
[[nodiscard]] Result<GraphLayout> layout(const std::vector<BoxSize>& boxes,
                                         const std::vector<std::pair<std::size_t, std::size_t>>& edges);

/// Reads graphviz's format "plain", in which the boxes are named by their number and the edges stand in any order.
[[nodiscard]] Result<GraphLayout> parse_plain(std::string_view text, std::size_t boxes,
                                              const std::vector<std::pair<std::size_t, std::size_t>>& edges);

}  // namespace heaptrend
