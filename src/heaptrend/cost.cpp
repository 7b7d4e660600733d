#include "heaptrend/cost.hpp"

#include <cmath>

namespace heaptrend {

Cost unbias(std::uint64_t objects, std::uint64_t bytes, double period) noexcept {
    const auto count = static_cast<double>(objects);
    const auto size = static_cast<double>(bytes);
    if (objects == 0 || period <= 0) return {.bytes = size, .objects = count, .samples = count, .variance = 0};
    const double mean = size / count;
    const double probability = -std::expm1(-mean / period);
    if (probability <= 0) return {.bytes = size, .objects = count, .samples = count, .variance = 0};
    const double weight = mean / probability;  // bytes that one recorded block stands for
    return {.bytes = size / probability,
            .objects = count / probability,
            .samples = count,
            .variance = count * weight * weight * (1 - probability)};
}

}  // namespace heaptrend
