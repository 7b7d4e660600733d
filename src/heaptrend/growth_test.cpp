#include "heaptrend/growth.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "simulator.hpp"

namespace heaptrend {
namespace {

using testing::Simulation;
using testing::Simulator;
using testing::Truth;

constexpr double mib = 1 << 20;

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
