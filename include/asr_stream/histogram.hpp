#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace asr_stream {

/// How often delays of each length occurred, in microseconds: four buckets for each power of two, so that a quantile is
/// right to within 19 %. What is longer than 134 s counts as that.
class DelayHistogram {
  public:
    static constexpr std::size_t buckets = 104;

    /// The bucket of a delay.
    [[nodiscard]] static constexpr std::size_t bucket_of(std::uint64_t microseconds) noexcept {
        if (microseconds < 4) return static_cast<std::size_t>(microseconds);
        const auto exponent = static_cast<std::size_t>(std::bit_width(microseconds)) - 1;
        const auto quarter = static_cast<std::size_t>((microseconds >> (exponent - 2)) & 3);
        return std::min((exponent - 1) * 4 + quarter, buckets - 1);
    }
    /// The longest delay that a bucket counts.
    [[nodiscard]] static constexpr std::uint64_t upper_bound(std::size_t bucket) noexcept {
        if (bucket < 4) return bucket;
        const std::size_t exponent = bucket / 4 + 1;
        return ((std::uint64_t{4} + bucket % 4 + 1) << (exponent - 2)) - 1;
    }

    void add(std::size_t bucket, std::uint64_t count) noexcept { counts_[bucket] += count; }
    void record(std::uint64_t microseconds) noexcept { add(bucket_of(microseconds), 1); }

    [[nodiscard]] std::uint64_t count() const noexcept {
        std::uint64_t sum = 0;
        for (const auto one : counts_) sum += one;
        return sum;
    }
    [[nodiscard]] std::uint64_t count_in(std::size_t bucket) const noexcept { return counts_[bucket]; }
    /// The delay that the given share (0 to 1) of all did not exceed, in microseconds; 0 when nothing was recorded.
    [[nodiscard]] std::uint64_t quantile(double share) const noexcept {
        const auto total = static_cast<double>(count());
        std::uint64_t sum = 0;
        for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
            sum += counts_[bucket];
            if (sum > 0 && static_cast<double>(sum) >= share * total) return upper_bound(bucket);
        }
        return 0;
    }

  private:
    std::array<std::uint64_t, buckets> counts_{};
};

}  // namespace asr_stream
