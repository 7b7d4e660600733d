#pragma once

#include <vector>

/// The distributions behind the verdict. Counts may be fractions, because they can be sums of weights.
namespace heaptrend {

struct Interval {
    double low = 0;
    double high = 0;
};

/// P(X >= successes) for a binomial of `trials` and 1/2: how likely births outnumber deaths by this much by chance.
[[nodiscard]] double binomial_tail(double successes, double trials);

/// P(X <= count) for a Poisson of this mean.
[[nodiscard]] double poisson_at_most(double count, double mean);

/// Two-sided interval for the mean of a Poisson of which `count` was seen (Jeffreys; its coverage stays close to
/// `confidence` on average, where the exact interval is too wide).
[[nodiscard]] Interval poisson_interval(double count, double confidence = 0.95);

/// The factor by which a variance estimated from `degrees` of freedom may be too small, at 90 % confidence.
[[nodiscard]] double variance_inflation(double degrees);

/// Benjamini and Hochberg 1995: which of the hypotheses can be rejected with a false discovery rate of at most `rate`.
[[nodiscard]] std::vector<bool> reject(const std::vector<double>& p_values, double rate);

}  // namespace heaptrend
