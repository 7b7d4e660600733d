#include "heaptrend/growth.hpp"

#include <algorithm>
#include <cmath>

namespace heaptrend {
namespace {

/// massif counts bytes only: its tests take a 64th of the largest level as one block.
constexpr double pseudo_blocks = 64;

double count_at(const Track& track, std::size_t i, double pseudo_block) {
    const Cost& live = track.live[i];
    return live.samples > 0 || pseudo_block <= 0 ? live.samples : live.bytes / pseudo_block;
}

double pseudo_block_of(const Track& track) {
    double largest = 0;
    for (const Cost& live : track.live) {
        if (live.samples > 0) return 0;
        largest = std::max(largest, live.bytes);
    }
    return largest / pseudo_blocks;
}

/// The most recorded blocks of the first snapshot that can be gone in the last one. The allocator's running count tells
/// all deaths; without it, they show in how much the increments between snapshots vary.
double deaths(const Track& track, const Timeline& timeline, std::size_t first, std::size_t last, double pseudo_block) {
    const double before = count_at(track, first, pseudo_block);
    const double net = count_at(track, last, pseudo_block) - before;
    if (timeline.has_allocated) {
        const double born = track.allocated[last].samples - track.allocated[first].samples;
        return std::clamp(born - net, std::max(-net, 0.0), before);
    }
    const auto increments = static_cast<double>(last - first);
    if (increments < 3) return before;
    double squares = 0;
    for (std::size_t i = first + 1; i <= last; ++i) {
        const double change = count_at(track, i, pseudo_block) - count_at(track, i - 1, pseudo_block);
        squares += (change - net / increments) * (change - net / increments);
    }
    const double variance = squares / (increments - 1) * increments * variance_inflation(increments - 1);
    return std::clamp((variance - std::abs(net)) / 2, std::max(-net, 0.0), before);
}

/// Half-widths, upwards and downwards, of the interval of `count` recorded blocks that stand for `weight` bytes each.
/// `share` is 1 - p: blocks that are always recorded have no sampling error.
Interval half_widths(double count, double weight, double share, double confidence) {
    if (share <= 1e-12) return {};
    const double effective = count / share;
    const Interval interval = poisson_interval(effective, confidence);
    const double unit = weight * share;
    return {.low = unit * std::max(effective - interval.low, 0.0),
            .high = unit * std::max(interval.high - effective, 0.0)};
}

/// Bytes that one recorded block stands for, and its 1 - p, from the snapshots' estimates.
struct Weight {
    double bytes = 0;
    double share = 0;
};
Weight weight_of(const Cost& cost) {
    if (cost.samples <= 0 || cost.bytes <= 0) return {};
    const double weight = cost.bytes / cost.samples;
    return {weight, std::min(cost.variance / (cost.samples * weight * weight), 1.0)};
}

}  // namespace

std::string_view name_of(Shape shape) noexcept {
    switch (shape) {
        case Shape::flat: return "flat";
        case Shape::steady: return "steady leak";
        case Shape::bursts: return "leak in bursts";
        case Shape::step: return "step";
        case Shape::plateau: return "plateau";
        case Shape::sawtooth: return "sawtooth";
        case Shape::shrinking: return "shrinking";
        case Shape::renewed: return "renewed";
        case Shape::unclear: return "unclear";
    }
    return "unclear";
}

Growth measure(const Track& track, const Timeline& timeline, std::size_t first, std::size_t last,
               const JudgeOptions& options) {
    Growth growth;
    growth.first = first;
    growth.last = last;
    growth.seconds = timeline.times[last] - timeline.times[first];
    growth.bytes = track.live[last].bytes - track.live[first].bytes;
    const double pseudo_block = pseudo_block_of(track);
    const double net = count_at(track, last, pseudo_block) - count_at(track, first, pseudo_block);
    growth.died = deaths(track, timeline, first, last, pseudo_block);
    growth.born = std::max(growth.died + net, 0.0);
    if (growth.bytes > 0) growth.p_value = binomial_tail(growth.born, growth.born + growth.died);
    // Widths of births and deaths are put together as for independent counts (Zou and Donner 2008).
    const Weight now = weight_of(track.live[last]);
    const Weight before = weight_of(track.live[first]);
    const Interval births = half_widths(growth.born, now.bytes, now.share, options.confidence);
    const Interval gone = half_widths(growth.died, before.bytes, before.share, options.confidence);
    growth.interval = {.low = growth.bytes - std::hypot(births.low, gone.high) - track.hidden[first],
                       .high = growth.bytes + std::hypot(births.high, gone.low) + track.hidden[last]};
    return growth;
}

}  // namespace heaptrend
