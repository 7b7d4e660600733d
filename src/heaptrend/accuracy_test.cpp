// How often the judgement is right, on series drawn from the sampling law. What it prints is the table in
// docs/heaptrend.md.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <string>

#include "heaptrend/growth.hpp"
#include "simulator.hpp"

namespace heaptrend {
namespace {

using testing::Simulation;
using testing::Simulator;
using testing::Truth;

constexpr double mib = 1 << 20;
constexpr double period = 65'536;

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

TEST(Accuracy, RarelyAccusesTheInnocent) {
    const Accusations accusations = accuse_the_innocent(true, testing::series_count(3'000));
    EXPECT_LE(accusations.false_ones, accusations.series / 100);
    if (accusations.series == 3'000) {
        EXPECT_LE(accusations.upper_bound(), 0.01);
    }
}

TEST(Accuracy, RarelyAccusesTheInnocentWithoutCountsOfAllocations) {
    const Accusations accusations = accuse_the_innocent(false, testing::series_count(3'000));
    EXPECT_LE(accusations.false_ones, accusations.series / 100);
    if (accusations.series == 3'000) {
        EXPECT_LE(accusations.upper_bound(), 0.01);
    }
}

/// A kind of leak, and how often it must be convicted once 50 and 100 of its blocks are expected to be recorded.
struct Kind {
    const char* name;
    Truth (*draw)(Simulator&, double bytes);
    double at_50;
    double at_100;
    bool has_allocated = true;

    friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

/// How many of the leaks that are recorded `expected` times on average are convicted beside innocent tracks.
double recall(const Kind& kind, double expected) {
    const Simulation simulation{.period = period, .seconds = 60, .snapshots = 31, .has_allocated = kind.has_allocated};
    const int series = testing::series_count(1'000);
    constexpr std::size_t backgrounds = 100;
    std::vector<std::vector<Track>> innocent;
    std::mt19937_64 choose{11};
    for (std::size_t i = 0; i < backgrounds; ++i) {
        Simulator simulator{i + 40'000, simulation};
        innocent.push_back(innocent_tracks(simulator, choose));
    }
    int found = 0;
    for (int i = 0; i < series; ++i) {
        Simulator simulator{static_cast<std::uint64_t>(i) + 50'000, simulation};
        std::vector<Track> tracks = innocent[static_cast<std::size_t>(i) % backgrounds];
        tracks.push_back(kind.draw(simulator, expected * period).track);
        found += judge_all(tracks, simulation.timeline()).back().growing ? 1 : 0;
    }
    return static_cast<double>(found) / series;
}

class Recall : public ::testing::TestWithParam<Kind> {};

TEST_P(Recall, GrowsWithTheExpectedNumberOfRecordedBlocks) {
    const Kind& kind = GetParam();
    const auto shares = testing::print_recall(kind.name, [&](double expected) { return recall(kind, expected); });
    EXPECT_GE(shares.at(50), kind.at_50);
    EXPECT_GE(shares.at(100), kind.at_100);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Recall,
    ::testing::Values(
        Kind{"steady", [](Simulator& s, double bytes) { return s.steady_leak(bytes, 320); }, 0.95, 0.99},
        Kind{"many small", [](Simulator& s, double bytes) { return s.steady_leak(bytes, 48); }, 0.95, 0.99},
        Kind{"pool", [](Simulator& s, double bytes) { return s.steady_leak(bytes, 8'192); }, 0.95, 0.99},
        Kind{"in steps", [](Simulator& s, double bytes) { return s.leak_in_bursts(bytes, 320, 24); }, 0.85, 0.85},
        Kind{"steady without counts of allocations",
             [](Simulator& s, double bytes) { return s.steady_leak(bytes, 320); }, 0.9, 0.95, false}),
    [](const auto& info) {
        std::string name{info.param.name};
        std::replace(name.begin(), name.end(), ' ', '_');
        return name;
    });

TEST(Accuracy, IntervalsCoverTheTruth) {
    const Simulation simulation{.period = 65'536, .seconds = 60, .snapshots = 31, .has_allocated = true};
    const int series = testing::series_count(20'000);
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

}  // namespace
}  // namespace heaptrend
