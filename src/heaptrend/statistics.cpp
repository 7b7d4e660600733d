#include "heaptrend/statistics.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <numeric>

namespace heaptrend {
namespace {

/// Double is exact enough here, and many times as fast as long double.
constexpr boost::math::policies::policy<boost::math::policies::promote_double<false>> in_double;

}  // namespace

double binomial_tail(double successes, double trials) {
    if (successes <= 0) return 1;
    if (successes > trials) return 0;
    return boost::math::ibeta(successes, trials - successes + 1, 0.5, in_double);
}

double poisson_at_most(double count, double mean) {
    if (mean <= 0) return 1;
    return boost::math::gamma_q(std::max(count, 0.0) + 1, mean, in_double);
}

Interval poisson_interval(double count, double confidence) {
    const double tail = (1 - confidence) / 2;
    const double shape = std::max(count, 0.0) + 0.5;
    return {.low = count <= 0 ? 0 : boost::math::gamma_p_inv(shape, tail, in_double),
            .high = boost::math::gamma_q_inv(shape, tail, in_double)};
}

double variance_inflation(double degrees) {
    if (degrees < 1) return 1e9;
    return degrees /
           (2 * boost::math::gamma_p_inv(degrees / 2, 0.1, in_double));  // a tenth of the chi-squared lies below
}

std::vector<bool> reject(const std::vector<double>& p_values, double rate) {
    std::vector<std::size_t> order(p_values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
    std::size_t rejected = 0;
    for (std::size_t i = 0; i < order.size(); ++i)
        if (p_values[order[i]] <= rate * static_cast<double>(i + 1) / static_cast<double>(order.size()))
            rejected = i + 1;
    std::vector<bool> result(p_values.size(), false);
    for (std::size_t i = 0; i < rejected; ++i) result[order[i]] = true;
    return result;
}

}  // namespace heaptrend
