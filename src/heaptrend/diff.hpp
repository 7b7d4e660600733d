#pragma once

#include <string>
#include <vector>

#include "heaptrend/fold.hpp"
#include "heaptrend/statistics.hpp"

namespace heaptrend {

/// What an owner holds at the end of one series more than at the end of another, which may be of another process.
struct OwnerDifference {
    std::string title;
    double before = 0;
    double after = 0;
    Interval interval;         ///< 95 % of after - before; the two samplings are independent
    bool significant = false;  ///< after control of the false discovery rate over all owners

    [[nodiscard]] double bytes() const noexcept { return after - before; }
};

/// Largest difference first. Owners are matched by module and function name, or by build-id and offset where a function
/// has no name: never by address.
[[nodiscard]] std::vector<OwnerDifference> diff(const Series& before, const Series& after, const FoldRules& rules);

[[nodiscard]] std::string text_diff(const std::vector<OwnerDifference>& differences, std::size_t max_rows = 25);
[[nodiscard]] std::string json_diff(const std::vector<OwnerDifference>& differences);

}  // namespace heaptrend
