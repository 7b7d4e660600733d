#pragma once

#include <optional>
#include <string>
#include <vector>

#include "heaptrend/fold.hpp"
#include "heaptrend/growth.hpp"

namespace heaptrend {

struct StackGrowth {
    StackIndex stack;
    Growth growth;
};

/// One owner with its judgement and the stacks through which it grew, the largest first.
struct OwnerGrowth {
    OwnerIndex owner;
    Track track;
    Judgement judgement;
    double share = 0;  ///< of the growth of the whole heap
    std::vector<StackGrowth> stacks;
    std::vector<double> ages;  ///< of its recorded blocks that are alive, in seconds, sorted; empty when not known
};

/// Where the live bytes of the last snapshot are. The first three are disjoint and add up to what the profile shows.
struct Totals {
    double growing = 0;
    double stable = 0;
    double unsymbolised = 0;   ///< not growing, and its function has no name
    double profile_error = 0;  ///< standard deviation of their sum
    std::optional<MemoryStats> memory;

    [[nodiscard]] double profile() const noexcept { return growing + stable + unsymbolised; }
    /// What the allocator counts beyond the profile and its caches; may be negative, by the sampling error.
    [[nodiscard]] double residual() const noexcept {
        return memory ? static_cast<double>(memory->allocated) - static_cast<double>(memory->cached) - profile() : 0;
    }
};

struct Verdict {
    Timeline timeline;
    Folded folded;
    std::vector<OwnerGrowth> owners;  ///< the convicted first, then by growth
    std::size_t convicted = 0;
    Growth total;
    Growth total_later;  ///< the same from the middle snapshot on, when a start is mostly over
    Totals totals;
    bool can_tell = false;  ///< false when the series is too short for any conviction
    std::string advice;     ///< what would let the next series tell more; empty when nothing is missing
};

/// Symbolise `series` before.
[[nodiscard]] Verdict analyse(const Series& series, const FoldRules& rules, const JudgeOptions& options = {});

/// One sentence on an owner: who, how fast, what share, how many of its recorded blocks were freed.
[[nodiscard]] std::string sentence(const Verdict& verdict, const OwnerGrowth& owner, const Series& series);

/// The first lines of every report: one sentence per convicted owner, or that there is none, or that it cannot be told.
[[nodiscard]] std::vector<std::string> summary(const Verdict& verdict, const Series& series);

}  // namespace heaptrend
