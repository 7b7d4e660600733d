#include "heaptrend/track.hpp"

#include <algorithm>

namespace heaptrend {

Timeline timeline_of(const Series& series) {
    Timeline timeline;
    timeline.has_allocated = !series.snapshots.empty();
    timeline.exact = true;
    for (const Snapshot& snapshot : series.snapshots) {
        timeline.times.push_back(snapshot.time);
        timeline.has_allocated &= snapshot.has_allocated;
        timeline.exact &= snapshot.sample_period <= 0;
        timeline.sample_period = std::max(timeline.sample_period, snapshot.sample_period);
    }
    return timeline;
}

Track sum_of(const std::vector<const Track*>& tracks, std::size_t snapshots) {
    Track sum;
    sum.live.resize(snapshots);
    sum.allocated.resize(snapshots);
    sum.hidden.resize(snapshots);
    for (const Track* track : tracks) {
        for (std::size_t i = 0; i < snapshots; ++i) {
            sum.live[i] += track->live[i];
            sum.allocated[i] += track->allocated[i];
            sum.hidden[i] += track->hidden[i];
        }
    }
    return sum;
}

std::vector<Track> make_tracks(const Series& series, std::size_t groups,
                               const std::function<std::uint32_t(StackIndex)>& group_of) {
    const std::size_t count = series.snapshots.size();
    Track empty;
    empty.live.resize(count);
    empty.allocated.resize(count);
    empty.hidden.resize(count);
    for (std::size_t i = 0; i < count; ++i) empty.hidden[i] = series.snapshots[i].hidden_below;
    std::vector<Track> tracks(groups, empty);
    for (std::size_t i = 0; i < count; ++i) {
        for (const Entry& entry : series.snapshots[i].entries) {
            const std::uint32_t group = group_of(entry.stack);
            if (group == no_group) continue;
            Track& track = tracks[group];
            track.live[i] += entry.live;
            track.allocated[i] += entry.allocated;
            if (entry.live.bytes > 0) track.hidden[i] = 0;
        }
    }
    return tracks;
}

}  // namespace heaptrend
