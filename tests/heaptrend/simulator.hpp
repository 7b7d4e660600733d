#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "heaptrend/track.hpp"

/// Draws what a sampling collector records of programs whose real behaviour is known: every block is recorded with
/// probability 1 - exp(-size/period), independently of the others (the law of jemalloc's and tcmalloc's sampling).
/// Deterministic for a seed.
namespace heaptrend::testing {

struct Simulation {
    double period = 65'536;
    double seconds = 60;
    std::size_t snapshots = 31;
    bool has_allocated = true;  ///< the collector counts allocations too (jemalloc's prof_accum)

    [[nodiscard]] Timeline timeline() const;
};

struct Truth {
    Track track;
    double growth_bytes = 0;  ///< what the real population grew from the first to the last snapshot
};

class Simulator {
  public:
    Simulator(std::uint64_t seed, Simulation simulation) : random_{seed}, simulation_{simulation} {}

    /// Never frees: `bytes` over the whole time, evenly.
    Truth steady_leak(double bytes, double size);
    /// Never frees, in this many jumps at random times.
    Truth leak_in_bursts(double bytes, double size, int bursts);
    /// Full when the series begins; the oldest block goes for each new one.
    Truth full_cache(double capacity, double size, double bytes_per_second);
    /// Fills until this share of the time has passed, then stays.
    Truth warm_up(double bytes, double size, double until_share);
    /// Grows and is emptied, with this period and a random phase.
    Truth sawtooth(double peak, double size, double period_seconds);
    /// Short-lived blocks.
    Truth churn(double bytes_per_second, double size, double lifetime);

  private:
    /// Recorded blocks with their times of birth and death; those born before time 0 are there at the start.
    struct Block {
        double born;
        double died;
    };
    struct Population {
        std::vector<Block> recorded;
        double growth_bytes = 0;
    };

    [[nodiscard]] std::size_t recorded_of(double blocks, double size);
    [[nodiscard]] double uniform(double low, double high);
    [[nodiscard]] Truth observe(const Population& population, double size) const;
    [[nodiscard]] Cost cost(double recorded, double size) const;

    std::mt19937_64 random_;
    Simulation simulation_;
};

/// `full`, or a twentieth of it where each step is far slower: under a sanitizer, and where HEAPTREND_SMALL_SIMULATION
/// is set (valgrind).
[[nodiscard]] int series_count(int full);

/// Prints a row of shares by the expected number of recorded blocks, 10 to 100, and returns them.
std::map<int, double> print_recall(const std::string& kind, const std::function<double(double)>& recall);

}  // namespace heaptrend::testing
