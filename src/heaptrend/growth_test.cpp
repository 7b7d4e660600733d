#include "heaptrend/growth.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "simulator.hpp"

namespace heaptrend {
namespace {

using testing::Simulation;
using testing::Simulator;
using testing::Truth;

constexpr double mib = 1 << 20;

/// A twentieth of the full number of series, or all of them when HEAPTREND_FULL_SIMULATION is set.
int series_count(int full) { return std::getenv("HEAPTREND_FULL_SIMULATION") != nullptr ? full : full / 20; }

/// The tracks of a program that does not leak: caches of several sizes, warm-ups, sawteeth, churn of 1 GB/s in all.
std::vector<Track> innocent_tracks(Simulator& simulator, std::mt19937_64& choose) {
    const auto between = [&](double low, double high) {
        return std::exp(std::uniform_real_distribution<double>{std::log(low), std::log(high)}(choose));
    };
    std::vector<Track> tracks;
    for (int i = 0; i < 4; ++i) {
        tracks.push_back(
            simulator.full_cache(between(mib, 64 * mib), between(64, 65'536), between(mib, 20 * mib)).track);
        tracks.push_back(simulator.warm_up(between(mib / 4, 64 * mib), between(64, 65'536), between(0.02, 0.5)).track);
        tracks.push_back(simulator.sawtooth(between(mib / 4, 32 * mib), between(64, 65'536), between(2, 40)).track);
        tracks.push_back(simulator.churn(2.5e8, between(64, 65'536), between(0.0001, 0.05)).track);
    }
    return tracks;
}

struct Accusations {
    int series = 0;
    int false_ones = 0;
    /// The upper end of the one-sided 95 % interval of the rate.
    [[nodiscard]] double upper_bound() const { return poisson_interval(false_ones, 0.90).high / series; }
};

Accusations accuse_the_innocent(bool has_allocated, int series) {
    const Simulation simulation{.period = 65'536, .seconds = 60, .snapshots = 31, .has_allocated = has_allocated};
    Accusations result;
    std::mt19937_64 choose{7};
    for (; result.series < series; ++result.series) {
        Simulator simulator{static_cast<std::uint64_t>(result.series) + 1000, simulation};
        bool accused = false;
        const auto judgements = judge_all(innocent_tracks(simulator, choose), simulation.timeline());
        for (std::size_t track = 0; track < judgements.size(); ++track) {
            if (!judgements[track].growing) continue;
            accused = true;
            constexpr std::array kinds{"full cache", "warm-up", "sawtooth", "churn"};
            std::cout << "accused: " << kinds.at(track % kinds.size()) << " as " << name_of(judgements[track].shape)
                      << " with " << judgements[track].growth.born << " born and " << judgements[track].growth.died
                      << " died, p " << judgements[track].growth.p_value << '\n';
        }
        result.false_ones += accused ? 1 : 0;
    }
    std::cout << result.false_ones << " of " << series << " series without a leak accused, at most "
              << 100 * result.upper_bound() << " %\n";
    return result;
}

TEST(Growth, RarelyAccusesTheInnocent) {
    const Accusations accusations = accuse_the_innocent(true, series_count(3'000));
    EXPECT_LE(accusations.false_ones, accusations.series / 100);
    if (accusations.series == 3'000) {
        EXPECT_LE(accusations.upper_bound(), 0.01);
    }
}

TEST(Growth, RarelyAccusesTheInnocentWithoutCountsOfAllocations) {
    const Accusations accusations = accuse_the_innocent(false, series_count(3'000));
    EXPECT_LE(accusations.false_ones, accusations.series / 100);
    if (accusations.series == 3'000) {
        EXPECT_LE(accusations.upper_bound(), 0.01);
    }
}

/// How many of `series` leaks that are recorded `expected` times on average are convicted beside innocent tracks.
template <class Leak>
double recall(int series, bool has_allocated, const Leak& leak) {
    const Simulation simulation{.period = 65'536, .seconds = 60, .snapshots = 31, .has_allocated = has_allocated};
    int found = 0;
    std::mt19937_64 choose{11};
    for (int i = 0; i < series; ++i) {
        Simulator simulator{static_cast<std::uint64_t>(i) + 50'000, simulation};
        std::vector<Track> tracks = innocent_tracks(simulator, choose);
        tracks.push_back(leak(simulator).track);
        found += judge_all(tracks, simulation.timeline()).back().growing ? 1 : 0;
    }
    return static_cast<double>(found) / series;
}

TEST(Growth, FindsLeaksOnceEnoughOfTheirBlocksAreRecorded) {
    const int series = series_count(1'000);
    for (const double expected : {10.0, 20.0, 30.0, 50.0, 100.0}) {
        const double bytes = expected * 65'536;
        const double steady = recall(series, true, [&](Simulator& s) { return s.steady_leak(bytes, 320); });
        const double small = recall(series, true, [&](Simulator& s) { return s.steady_leak(bytes, 48); });
        const double pool = recall(series, true, [&](Simulator& s) { return s.steady_leak(bytes, 8'192); });
        const double bursts = recall(series, true, [&](Simulator& s) { return s.leak_in_bursts(bytes, 320, 24); });
        const double levels = recall(series, false, [&](Simulator& s) { return s.steady_leak(bytes, 320); });
        std::cout << "recall with " << expected << " samples: steady " << steady << ", many small " << small
                  << ", pool " << pool << ", bursts " << bursts << ", without counts of allocations " << levels << '\n';
        if (expected >= 50) {
            EXPECT_GE(std::min({steady, small, pool}), 0.95);
            EXPECT_GE(levels, 0.9);
        }
        if (expected >= 100) {
            EXPECT_GE(bursts, 0.85);
        }
    }
}

TEST(Growth, IntervalsCoverTheTruth) {
    const Simulation simulation{.period = 65'536, .seconds = 60, .snapshots = 31, .has_allocated = true};
    const int series = series_count(20'000);
    for (const double expected : {10.0, 20.0, 40.0, 100.0, 400.0}) {
        int covered = 0;
        for (int i = 0; i < series; ++i) {
            Simulator simulator{static_cast<std::uint64_t>(i) + 90'000, simulation};
            const Truth leak = simulator.steady_leak(expected * 65'536, i % 2 == 0 ? 320 : 16'384);
            const Growth growth = measure(leak.track, simulation.timeline(), 0, 30);
            covered += growth.interval.low <= leak.growth_bytes && leak.growth_bytes <= growth.interval.high ? 1 : 0;
        }
        const double coverage = static_cast<double>(covered) / series;
        const double error = 3 * std::sqrt(0.95 * 0.05 / series);
        std::cout << "coverage with " << expected << " samples: " << coverage << '\n';
        EXPECT_GE(coverage, 0.93 - error);
        EXPECT_LE(coverage, 0.97 + error);
    }
}

TEST(Growth, NamesTheShape) {
    const Simulation simulation{.period = 4'096, .seconds = 60, .snapshots = 31, .has_allocated = true};
    Simulator simulator{1, simulation};
    const auto shape = [&](const Truth& truth) { return judge_all({truth.track}, simulation.timeline())[0].shape; };
    EXPECT_EQ(shape(simulator.steady_leak(8 * mib, 320)), Shape::steady);
    EXPECT_EQ(shape(simulator.leak_in_bursts(8 * mib, 320, 8)), Shape::bursts);
    EXPECT_EQ(shape(simulator.leak_in_bursts(8 * mib, 320, 1)), Shape::step);
    EXPECT_EQ(shape(simulator.warm_up(8 * mib, 320, 0.4)), Shape::plateau);
    EXPECT_EQ(shape(simulator.sawtooth(8 * mib, 320, 20)), Shape::sawtooth);
}

TEST(Growth, FindsALeakThatBeginsWhereAWarmUpEnds) {
    const Simulation simulation{.period = 65'536, .seconds = 60, .snapshots = 31, .has_allocated = true};
    Simulator simulator{2, simulation};
    Track track = simulator.warm_up(64 * mib, 320, 0.15).track;
    const Track leak = simulator.steady_leak(8 * mib, 320).track;
    for (std::size_t i = 0; i < track.live.size(); ++i) {
        track.live[i] += leak.live[i];
        track.allocated[i] += leak.allocated[i];
    }
    const Judgement judgement = judge_all({track}, simulation.timeline())[0];
    EXPECT_TRUE(judgement.growing);
    EXPECT_NEAR(judgement.growth.rate(), 8 * mib / 60, 0.4 * 8 * mib / 60);
}

TEST(Growth, TwoSnapshotsNeverConvict) {
    const Simulation simulation{.period = 65'536, .seconds = 60, .snapshots = 2, .has_allocated = true};
    Simulator simulator{3, simulation};
    const Judgement judgement = judge_all({simulator.steady_leak(64 * mib, 320).track}, simulation.timeline())[0];
    EXPECT_FALSE(judgement.growing);
    EXPECT_EQ(judgement.shape, Shape::unclear);
    EXPECT_GT(judgement.growth.interval.low, 50 * mib);
}

TEST(Growth, BlocksThatAreAlwaysRecordedHaveNoSamplingError) {
    const Simulation simulation{.period = 4'096, .seconds = 60, .snapshots = 11, .has_allocated = true};
    Simulator simulator{4, simulation};
    const Truth leak = simulator.steady_leak(64 * mib, mib);
    const Growth growth = measure(leak.track, simulation.timeline(), 0, 10);
    EXPECT_NEAR(growth.bytes, leak.growth_bytes, 1);
    EXPECT_NEAR(growth.interval.high - growth.interval.low, 0, 1);
}

TEST(Statistics, AgreeWithTables) {
    EXPECT_NEAR(binomial_tail(10, 10), std::pow(0.5, 10), 1e-12);
    EXPECT_NEAR(binomial_tail(6, 10), 0.376953125, 1e-9);
    EXPECT_NEAR(poisson_at_most(0, 3), std::exp(-3.0), 1e-12);
    EXPECT_NEAR(poisson_at_most(2, 3), 0.42319, 1e-5);
    EXPECT_NEAR(poisson_interval(100).low, 81.8, 0.5);
    EXPECT_NEAR(poisson_interval(100).high, 121.0, 0.5);
    EXPECT_EQ(poisson_interval(0).low, 0);
}

TEST(Statistics, RejectsStepwise) {
    EXPECT_THAT(reject({0.001, 0.9, 0.019, 0.04}, 0.05), ::testing::ElementsAre(true, false, true, false));
    EXPECT_THAT(reject({0.03, 0.9}, 0.05), ::testing::ElementsAre(false, false));
    EXPECT_TRUE(reject({}, 0.05).empty());
}

}  // namespace
}  // namespace heaptrend
