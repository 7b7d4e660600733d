#include "heaptrend/stack_text.hpp"

#include <algorithm>

namespace heaptrend {

std::vector<WeightedStack> weighted_stacks(const Series& series, const Verdict& verdict, Measure measure) {
    std::vector<double> bytes(series.stack_count());
    if (series.snapshots.empty()) return {};
    for (const Entry& entry : series.snapshots.back().entries) bytes[entry.stack.value] += entry.live.bytes;
    if (measure == Measure::growth)
        for (const Entry& entry : series.snapshots.front().entries) bytes[entry.stack.value] -= entry.live.bytes;
    std::vector<WeightedStack> stacks;
    for (std::uint32_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] < 0.5) continue;
        WeightedStack stack;
        stack.bytes = bytes[i];
        std::size_t leaf = 0;
        const std::string& owner = verdict.folded.owners[verdict.folded.owner_of[i].value].function;
        for (const StackLevel& level : stack_levels(series, StackIndex{i})) {
            const std::string name = level_name(series, level);
            const std::string shown = level.named() ? qualified_name(name) : name;
            const bool inside = level.inlined && shown.starts_with("std::");
            if (!inside || name == owner) stack.root_first.push_back(shown);
            if (name == owner && leaf == 0) leaf = stack.root_first.size();
        }
        if (leaf > 1)
            stack.root_first.erase(stack.root_first.begin(),
                                   stack.root_first.begin() + static_cast<std::ptrdiff_t>(leaf) - 1);
        std::reverse(stack.root_first.begin(), stack.root_first.end());
        stacks.push_back(std::move(stack));
    }
    return stacks;
}

std::string folded_stacks(const Series& series, const Verdict& verdict, Measure measure) {
    std::string text;
    for (const WeightedStack& stack : weighted_stacks(series, verdict, measure)) {
        for (std::size_t i = 0; i < stack.root_first.size(); ++i) {
            std::string name = stack.root_first[i];
            std::replace(name.begin(), name.end(), ';', ':');
            std::replace(name.begin(), name.end(), '\n', ' ');
            text += (i > 0 ? ";" : "") + name;
        }
        text += " " + std::to_string(static_cast<long long>(stack.bytes)) + "\n";
    }
    return text;
}

}  // namespace heaptrend
