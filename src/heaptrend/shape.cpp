#include <algorithm>
#include <cmath>

#include "heaptrend/growth.hpp"

namespace heaptrend {
namespace {

constexpr std::size_t max_bins = 12;
constexpr double slowing_level = 0.01;   // a steady leak is called slowing by mistake this often at most
constexpr double step_share = 0.7;       // of the growth in one bin
constexpr double give_back_share = 0.5;  // of the growth, lost again at some time

/// Snapshot indices from `first` on that split the rest into at most max_bins stretches of about equal time.
std::vector<std::size_t> split(const Timeline& timeline, std::size_t first) {
    const std::size_t last = timeline.times.size() - 1;
    const std::size_t bins = std::min(max_bins, last - first);
    const double start = timeline.times[first];
    const double length = timeline.times[last] - start;
    std::vector<std::size_t> bounds{first};
    for (std::size_t i = first + 1; i <= last; ++i) {
        const double share = length > 0 ? (timeline.times[i] - start) / length
                                        : static_cast<double>(i - first) / static_cast<double>(last - first);
        const bool due = share * static_cast<double>(bins) >= static_cast<double>(bounds.size()) - 1e-9;
        if (due || i == last) bounds.push_back(i);
    }
    return bounds;
}

/// The snapshot where `share` of the time from `first` to the end has passed.
std::size_t at_share(const Timeline& timeline, std::size_t first, double share) {
    const std::size_t last = timeline.times.size() - 1;
    const double due = timeline.times[first] + share * (timeline.times[last] - timeline.times[first]);
    std::size_t i = first;
    while (i < last && timeline.times[i] < due) ++i;
    return i;
}

/// Tests of one stretch of a track, from `first` to the end.
class ShapeTests {
  public:
    ShapeTests(const Track& track, const Timeline& timeline, const JudgeOptions& options, const Growth& growth)
        : track_{track},
          timeline_{timeline},
          options_{options},
          growth_{growth},
          bounds_{split(timeline, growth.first)} {}

    [[nodiscard]] Shape run() const {
        if (growth_.bytes <= 0) return growth_.interval.high < 0 ? Shape::shrinking : Shape::flat;
        if (is_given_back()) return Shape::sawtooth;
        if (has_one_step()) return Shape::step;
        if (has_ended()) return Shape::plateau;
        if (!has_rising_floor()) return Shape::sawtooth;
        if (!grows_late()) return Shape::unclear;
        return is_even() ? Shape::steady : Shape::bursts;
    }

  private:
    [[nodiscard]] double level(std::size_t bound) const { return track_.live[bounds_[bound]].bytes; }

    /// What sampling alone makes of a level that does not move, with room for the many levels looked at.
    [[nodiscard]] double noise(std::size_t bound) const {
        if (timeline_.has_allocated && growth_.died <= 0) return 0;
        return 3 * std::sqrt(track_.live[bounds_[bound]].variance);
    }

    /// A peak that is lost again.
    [[nodiscard]] bool is_given_back() const {
        double peak = level(0);
        double peak_noise = noise(0);
        double deepest = 0;
        for (std::size_t i = 1; i < bounds_.size(); ++i) {
            if (level(i) > peak) {
                peak = level(i);
                peak_noise = noise(i);
            }
            deepest = std::max(deepest, peak - level(i) - peak_noise - noise(i));
        }
        return deepest > give_back_share * growth_.bytes;
    }

    /// The lowest level of the last third lies above the highest of the first.
    [[nodiscard]] bool has_rising_floor() const {
        const std::size_t third = (bounds_.size() - 1) / 3;
        double highest = 0;
        double lowest = level(bounds_.size() - 1);
        for (std::size_t i = 0; i <= third; ++i) highest = std::max(highest, level(i));
        for (std::size_t i = bounds_.size() - 1 - third; i < bounds_.size(); ++i) lowest = std::min(lowest, level(i));
        return lowest > highest;
    }

    [[nodiscard]] bool has_one_step() const {
        double largest = 0;
        for (std::size_t i = 1; i < bounds_.size(); ++i) largest = std::max(largest, level(i) - level(i - 1));
        return largest > step_share * growth_.bytes;
    }

    /// Growth in the last half, third, quarter or sixth of the time that is clearly less than half of its share.
    [[nodiscard]] bool has_ended() const {
        const double net = growth_.born - growth_.died;
        for (const double share : {1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 6}) {
            const std::size_t from = at_share(timeline_, growth_.first, 1 - share);
            if (from >= growth_.last) continue;
            const Growth late = measure(track_, timeline_, from, growth_.last, options_);
            const double real_share = growth_.seconds > 0 ? late.seconds / growth_.seconds : share;
            const double expected = net * real_share / 2 + late.died;
            if (poisson_at_most(late.born, expected) < slowing_level) return true;
        }
        return false;
    }

    [[nodiscard]] bool grows_late() const {
        const std::size_t middle = at_share(timeline_, growth_.first, 0.5);
        const std::size_t from = std::min(middle, growth_.last - 1);
        const Growth late = measure(track_, timeline_, from, growth_.last, options_);
        return late.bytes > 0 && late.p_value <= options_.persistence_level;
    }

    /// No bin holds more than chance allows: three standard deviations above an even share.
    [[nodiscard]] bool is_even() const {
        const double bins = static_cast<double>(bounds_.size() - 1);
        const double mean = (growth_.born - growth_.died) / bins;
        const double spread = std::sqrt(std::max((growth_.born + growth_.died) / bins, 1.0));
        const double weight = growth_.bytes / std::max(growth_.born - growth_.died, 1e-9);
        for (std::size_t i = 1; i < bounds_.size(); ++i)
            if (const double bin = (level(i) - level(i - 1)) / weight; bin > mean + 4 * spread && bin > 2.5 * mean)
                return false;
        return true;
    }

    const Track& track_;
    const Timeline& timeline_;
    const JudgeOptions& options_;
    const Growth& growth_;
    std::vector<std::size_t> bounds_;
};

bool is_growing_shape(Shape shape) { return shape == Shape::steady || shape == Shape::bursts; }

}  // namespace

Judgement judge(const Track& track, const Timeline& timeline, const JudgeOptions& options) {
    Judgement judgement;
    const std::size_t count = timeline.times.size();
    if (count == 0) return judgement;
    judgement.last_bytes = track.live.back().bytes;
    if (count < 2) return judgement;
    judgement.growth = measure(track, timeline, 0, count - 1, options);
    if (judgement.growth.bytes > 0) judgement.shape = Shape::unclear;
    if (count < options.min_snapshots) return judgement;
    judgement.shape = ShapeTests{track, timeline, options, judgement.growth}.run();
    judgement.persists = is_growing_shape(judgement.shape);
    // A leak may begin where a warm-up ends: look at the later part alone, at the price of a second test. Not so where
    // memory was given back before: the rest may be the rising side of the next sawtooth.
    const bool warmed_up = judgement.shape == Shape::plateau || judgement.shape == Shape::step;
    if (!warmed_up) return judgement;
    const std::size_t later = at_share(timeline, 0, 0.4);
    if (count - later < options.min_snapshots) return judgement;
    Growth growth = measure(track, timeline, later, count - 1, options);
    growth.p_value = std::min(1.0, 2 * growth.p_value);
    const Shape shape = ShapeTests{track, timeline, options, growth}.run();
    if (!is_growing_shape(shape)) return judgement;
    judgement.growth = growth;
    judgement.shape = shape;
    judgement.persists = true;
    return judgement;
}

std::vector<Judgement> judge_all(const std::vector<Track>& tracks, const Timeline& timeline,
                                 const JudgeOptions& options) {
    std::vector<Judgement> judgements;
    std::vector<double> p_values;
    for (const Track& track : tracks) {
        judgements.push_back(judge(track, timeline, options));
        p_values.push_back(judgements.back().growth.p_value);
    }
    const std::vector<bool> rejected = reject(p_values, options.false_discovery_rate);
    for (std::size_t i = 0; i < judgements.size(); ++i) {
        Judgement& judgement = judgements[i];
        judgement.growing = rejected[i] && judgement.persists && judgement.growth.interval.low > 0;
        const bool by_chance = !rejected[i] && judgement.growth.interval.low <= 0;
        if (by_chance && judgement.shape != Shape::sawtooth && judgement.shape != Shape::shrinking)
            judgement.shape = Shape::flat;
    }
    return judgements;
}

}  // namespace heaptrend
