#pragma once

#include <functional>
#include <vector>

#include "heaptrend/series.hpp"

namespace heaptrend {

/// What one stack or one group of stacks held at each snapshot.
struct Track {
    std::vector<Cost> live;
    std::vector<Cost> allocated;
    std::vector<double> hidden;  ///< bytes that may be there unseen, because the format leaves small stacks out
};

/// The snapshots' times, and what they tell besides live blocks.
struct Timeline {
    std::vector<double> times;   ///< seconds, not decreasing
    bool has_allocated = false;  ///< in every snapshot
    bool exact = false;          ///< every block was recorded
    double sample_period = 0;

    [[nodiscard]] double length() const noexcept { return times.empty() ? 0 : times.back() - times.front(); }
};

/// What several tracks hold together.
[[nodiscard]] Track sum_of(const std::vector<const Track*>& tracks, std::size_t snapshots);

[[nodiscard]] Timeline timeline_of(const Series& series);

/// One track per group. `group_of` tells each stack's group, below `groups`; stacks of no_group count nowhere.
inline constexpr std::uint32_t no_group = UINT32_MAX;
[[nodiscard]] std::vector<Track> make_tracks(const Series& series, std::size_t groups,
                                             const std::function<std::uint32_t(StackIndex)>& group_of);

}  // namespace heaptrend
