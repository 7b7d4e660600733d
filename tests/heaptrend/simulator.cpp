#include "simulator.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace heaptrend::testing {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_slow = true;
#elif defined(__has_feature)
constexpr bool is_slow = __has_feature(address_sanitizer);
#else
constexpr bool is_slow = false;
#endif

}  // namespace

int series_count(int full) {
    return is_slow || std::getenv("HEAPTREND_SMALL_SIMULATION") != nullptr ? full / 20 : full;
}

std::map<int, double> print_recall(const std::string& kind, const std::function<double(double)>& recall) {
    std::map<int, double> shares;
    std::printf("recall  %-40s", kind.c_str());
    for (const int expected : {10, 20, 30, 50, 100}) {
        shares[expected] = recall(expected);
        std::printf("  %d: %.3f", expected, shares[expected]);
    }
    std::printf("\n");
    return shares;
}

Timeline Simulation::timeline() const {
    Timeline timeline;
    for (std::size_t i = 0; i < snapshots; ++i)
        timeline.times.push_back(seconds * static_cast<double>(i) / static_cast<double>(snapshots - 1));
    timeline.has_allocated = has_allocated;
    timeline.sample_period = period;
    return timeline;
}

std::size_t Simulator::recorded_of(double blocks, double size) {
    const double probability = -std::expm1(-size / simulation_.period);
    return std::binomial_distribution<std::size_t>{static_cast<std::size_t>(blocks), probability}(random_);
}

double Simulator::uniform(double low, double high) {
    return std::uniform_real_distribution<double>{low, high}(random_);
}

Cost Simulator::cost(double recorded, double size) const {
    const double probability = -std::expm1(-size / simulation_.period);
    const double weight = size / probability;
    return {.bytes = recorded * weight,
            .objects = recorded / probability,
            .samples = recorded,
            .variance = recorded * weight * weight * (1 - probability)};
}

/// By differences from snapshot to snapshot: a population may have many blocks.
Truth Simulator::observe(const Population& population, double size) const {
    const std::vector<double> times = simulation_.timeline().times;
    std::vector<double> born_between(times.size() + 1);
    std::vector<double> died_between(times.size() + 1);
    const auto first_at_or_after = [&](double time) {
        return static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), time) - times.begin());
    };
    for (const Block& block : population.recorded) {
        born_between[first_at_or_after(block.born)] += 1;
        died_between[first_at_or_after(block.died)] += 1;
    }
    Truth truth;
    truth.growth_bytes = population.growth_bytes;
    double born = 0;
    double died = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
        born += born_between[i];
        died += died_between[i];
        truth.track.live.push_back(cost(born - died, size));
        truth.track.allocated.push_back(simulation_.has_allocated ? cost(born, size) : Cost{});
        truth.track.hidden.push_back(0);
    }
    return truth;
}

Truth Simulator::steady_leak(double bytes, double size) {
    Population population;
    const double blocks = std::floor(bytes / size);
    population.growth_bytes = blocks * size;
    for (std::size_t i = recorded_of(blocks, size); i > 0; --i)
        population.recorded.push_back({uniform(0, simulation_.seconds), never});
    return observe(population, size);
}

Truth Simulator::leak_in_bursts(double bytes, double size, int bursts) {
    Population population;
    const double blocks = std::floor(bytes / size / bursts);
    population.growth_bytes = blocks * size * bursts;
    for (int burst = 0; burst < bursts; ++burst) {
        const double time = uniform(0, simulation_.seconds);
        population.recorded.insert(population.recorded.end(), recorded_of(blocks, size), {time, never});
    }
    return observe(population, size);
}

Truth Simulator::full_cache(double capacity, double size, double bytes_per_second) {
    Population population;
    const double lifetime = capacity / bytes_per_second;
    const double blocks = (simulation_.seconds + lifetime) * bytes_per_second / size;
    for (std::size_t i = recorded_of(blocks, size); i > 0; --i) {
        const double born = uniform(-lifetime, simulation_.seconds);
        population.recorded.push_back({born, born + lifetime});
    }
    return observe(population, size);
}

Truth Simulator::warm_up(double bytes, double size, double until_share) {
    Population population;
    const double blocks = std::floor(bytes / size);
    population.growth_bytes = blocks * size;
    for (std::size_t i = recorded_of(blocks, size); i > 0; --i)
        population.recorded.push_back({uniform(0, simulation_.seconds * until_share), never});
    return observe(population, size);
}

Truth Simulator::sawtooth(double peak, double size, double period_seconds) {
    Population population;
    const double phase = uniform(0, period_seconds);
    for (double start = -phase; start < simulation_.seconds; start += period_seconds)
        for (std::size_t i = recorded_of(peak / size, size); i > 0; --i)
            population.recorded.push_back({uniform(start, start + period_seconds), start + period_seconds});
    return observe(population, size);
}

/// Lifetimes are far shorter than the distance of snapshots, so the levels at them are independent.
Truth Simulator::churn(double bytes_per_second, double size, double lifetime) {
    Truth truth;
    const double probability = -std::expm1(-size / simulation_.period);
    const double recorded_per_second = bytes_per_second / size * probability;
    double born = 0;
    double before = 0;
    for (const double time : simulation_.timeline().times) {
        if (time > before)
            born += static_cast<double>(
                std::poisson_distribution<std::int64_t>{recorded_per_second * (time - before)}(random_));
        before = time;
        const auto live =
            static_cast<double>(std::poisson_distribution<std::int64_t>{recorded_per_second * lifetime}(random_));
        truth.track.live.push_back(cost(live, size));
        truth.track.allocated.push_back(simulation_.has_allocated ? cost(born, size) : Cost{});
        truth.track.hidden.push_back(0);
    }
    return truth;
}

}  // namespace heaptrend::testing
