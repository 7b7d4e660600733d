#pragma once

#include <string>
#include <vector>

#include "heaptrend/verdict.hpp"

namespace heaptrend {

/// Which functions lead to the growth of the suspects, and how much of it passes through each.
struct CallGraph {
    struct Node {
        std::string function;
        double bytes = 0;      ///< of growth that passes through it, counted once a stack
        bool suspect = false;  ///< a convicted owner
    };
    struct Edge {
        std::size_t from = 0;  ///< caller
        std::size_t to = 0;
        double bytes = 0;
    };
    std::vector<Node> nodes;
    std::vector<Edge> edges;
};

/// From the stacks of the convicted owners; allocator frames at the leaf are left out. The functions with the least
/// bytes go until at most `max_nodes` are left; what they connected is connected by their callers.
[[nodiscard]] CallGraph call_graph(const Series& series, const Verdict& verdict, std::size_t max_nodes = 40);

}  // namespace heaptrend
