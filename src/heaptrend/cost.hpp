#pragma once

#include <cstdint>

namespace heaptrend {

/// What a stack holds or has allocated. Estimates of the whole population when the collector samples, exact otherwise.
/// A difference of profiles is one subtraction per stack; the variance is then that of two independent estimates, which
/// is an upper bound for what stayed alive in both.
struct Cost {
    double bytes = 0;
    double objects = 0;
    double samples = 0;   ///< blocks the collector really recorded; equals `objects` for an exact collector
    double variance = 0;  ///< sampling variance of `bytes`, in bytes squared; 0 for an exact collector

    Cost& operator+=(const Cost& other) noexcept {
        bytes += other.bytes;
        objects += other.objects;
        samples += other.samples;
        variance += other.variance;
        return *this;
    }
    Cost& operator-=(const Cost& other) noexcept {
        bytes -= other.bytes;
        objects -= other.objects;
        samples -= other.samples;
        variance += other.variance;
        return *this;
    }
    friend Cost operator+(Cost left, const Cost& right) noexcept { return left += right; }
    friend Cost operator-(Cost left, const Cost& right) noexcept { return left -= right; }
    friend bool operator==(const Cost&, const Cost&) = default;
};

/// The population behind `objects` recorded blocks of together `bytes`, sampled every `period` bytes on average
/// (geometric gaps, so that a block of size Z is recorded with probability 1 - exp(-Z/period)). The writer's values are
/// such that one factor from the line's mean size is exact for jemalloc 5.3 and later, and the usual approximation for
/// older writers. Apply it to each line before adding lines up. `period` <= 0 means that every block was recorded.
[[nodiscard]] Cost unbias(std::uint64_t objects, std::uint64_t bytes, double period) noexcept;

}  // namespace heaptrend
