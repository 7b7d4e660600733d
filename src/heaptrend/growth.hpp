#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "heaptrend/statistics.hpp"
#include "heaptrend/track.hpp"

/// Judges whether what a track holds grows without bound. The law of the sampling decides how sure that is:
///
/// A block of size Z is recorded with probability p = 1 - exp(-Z/R), so the recorded blocks of a stack are a Poisson
/// process, and a difference of two snapshots consists of recorded blocks that were born and stayed, minus recorded
/// blocks that died. Blocks that live through both cancel exactly. Tests count these births and deaths; they never fit
/// a line through the levels, whose errors are cumulative and so not independent.
namespace heaptrend {

enum class Shape : std::uint8_t {
    flat,       ///< no growth beyond chance
    steady,     ///< grows all the time
    bursts,     ///< grows all the time, in several jumps
    step,       ///< grew once
    plateau,    ///< grew at first, and no longer: warm-up, or a cache that is full now
    sawtooth,   ///< grows and is given back
    shrinking,  ///< gives memory back
    renewed,    ///< grows as much as the same function gives back of what it allocated for other callers
    unclear,    ///< grew, and the data cannot tell which of these it is
};
[[nodiscard]] std::string_view name_of(Shape shape) noexcept;

/// Growth between two snapshots of a track.
struct Growth {
    double bytes = 0;
    Interval interval;      ///< 95 %, by the sampling law
    double seconds = 0;     ///< between the two
    double born = 0;        ///< recorded blocks that appeared and stayed (an upper bound when not all is known)
    double died = 0;        ///< recorded blocks that were there before and went (likewise)
    double p_value = 1;     ///< of growth like this when births and deaths are equally likely
    std::size_t first = 0;  ///< snapshot that it is counted from
    std::size_t last = 0;

    [[nodiscard]] double rate() const noexcept { return seconds > 0 ? bytes / seconds : 0; }
};

/// Limits of the judgement, each with its reason in docs/heaptrend.md.
struct JudgeOptions {
    double false_discovery_rate = 0.01;
    double persistence_level = 0.01;  ///< for growth in the later half alone
    std::size_t min_snapshots = 5;    ///< with fewer the shape cannot be told
    double confidence = 0.95;
};

struct Judgement {
    Growth growth;
    Shape shape = Shape::flat;
    double last_bytes = 0;
    bool persists = false;  ///< all tests of shape passed: it grows still, not once, and is not given back
    bool growing = false;   ///< convicted: persists, and more than chance among all tracks; set by judge_all
};

/// Growth from snapshot `first` to `last`.
[[nodiscard]] Growth measure(const Track& track, const Timeline& timeline, std::size_t first, std::size_t last,
                             const JudgeOptions& options = {});

/// The growth over the whole series, or over its later part when a warm-up comes before it, and its shape. Whether it
/// is more than chance among all tracks is decided by reject() over the p-values.
[[nodiscard]] Judgement judge(const Track& track, const Timeline& timeline, const JudgeOptions& options = {});

/// Judges all tracks and convicts, with the false discovery rate controlled over them (Benjamini and Hochberg).
[[nodiscard]] std::vector<Judgement> judge_all(const std::vector<Track>& tracks, const Timeline& timeline,
                                               const JudgeOptions& options = {});

}  // namespace heaptrend
