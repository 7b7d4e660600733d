#pragma once

#include <string>
#include <vector>

#include "heaptrend/report.hpp"

namespace heaptrend {

struct WeightedStack {
    std::vector<std::string> root_first;  ///< qualified names, inlined functions as levels of their own
    double bytes = 0;
};

/// The stacks with more than nothing of the measure, allocator frames at the leaf and the inside of the
/// standard library left out.
[[nodiscard]] std::vector<WeightedStack> weighted_stacks(const Series& series, const Verdict& verdict, Measure measure);

}  // namespace heaptrend
