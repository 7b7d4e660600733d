#include "heaptrend/call_graph.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace heaptrend {
namespace {

constexpr std::size_t max_depth = 10;  // functions above the owner

struct Path {
    std::vector<std::string> root_first;
    double bytes = 0;
};

bool of_standard_library(const std::string& name) {
    return name.starts_with("std::") || name.starts_with("__gnu_cxx::");
}

/// The last functions of a stack down to its owner, without the inside of the standard library.
Path path_of(const Series& series, const Owner& owner, const StackGrowth& stack) {
    Path path{.root_first = {}, .bytes = stack.growth.bytes};
    bool begun = false;
    for (const StackLevel& level : stack_levels(series, stack.stack)) {
        const std::string name = level_name(series, level);
        begun |= name == owner.function;
        const std::string shown = level.named() ? qualified_name(name) : name;
        if (begun && !of_standard_library(shown)) path.root_first.push_back(shown);
    }
    if (path.root_first.size() > max_depth) path.root_first.resize(max_depth);
    std::reverse(path.root_first.begin(), path.root_first.end());
    return path;
}

std::set<std::string> most_important(const std::vector<Path>& paths, const std::set<std::string>& suspects,
                                     std::size_t max_nodes) {
    std::map<std::string, double> bytes;
    for (const Path& path : paths)
        for (const std::string& function : std::set<std::string>{path.root_first.begin(), path.root_first.end()})
            bytes[function] += path.bytes;
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [function, through] : bytes)
        if (suspects.count(function) == 0) order.emplace_back(-through, function);
    std::sort(order.begin(), order.end());
    std::set<std::string> kept = suspects;
    for (const auto& [through, function] : order)
        if (kept.size() < max_nodes) kept.insert(function);
    return kept;
}

}  // namespace

CallGraph call_graph(const Series& series, const Verdict& verdict, std::size_t max_nodes) {
    std::vector<Path> paths;
    std::set<std::string> suspects;
    for (std::size_t i = 0; i < verdict.convicted; ++i) {
        const OwnerGrowth& growth = verdict.owners[i];
        const Owner& owner = verdict.folded.owners[growth.owner.value];
        if (suspects.size() < max_nodes) suspects.insert(owner.named ? qualified_name(owner.function) : owner.function);
        for (const StackGrowth& stack : growth.stacks) paths.push_back(path_of(series, owner, stack));
    }
    const auto kept = most_important(paths, suspects, max_nodes);
    CallGraph graph;
    std::map<std::string, std::size_t> index;
    std::map<std::pair<std::size_t, std::size_t>, double> edges;
    for (const std::string& function : kept) {
        index[function] = graph.nodes.size();
        graph.nodes.push_back({.function = function, .bytes = 0, .suspect = suspects.count(function) != 0});
    }
    for (const Path& path : paths) {
        std::set<std::size_t> seen;
        const std::string* caller = nullptr;
        for (const std::string& function : path.root_first) {
            if (kept.count(function) == 0) continue;
            if (seen.insert(index[function]).second) graph.nodes[index[function]].bytes += path.bytes;
            if (caller != nullptr && *caller != function) edges[{index[*caller], index[function]}] += path.bytes;
            caller = &function;
        }
    }
    for (const auto& [ends, bytes] : edges) graph.edges.push_back({ends.first, ends.second, bytes});
    return graph;
}

}  // namespace heaptrend
