#include "engine/turns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace asr_stream::engine {
namespace {

using namespace std::chrono_literals;

/// How many turns a stream has in twelve ticks.
int turns_of(Turns& turns, std::size_t streams, std::uint64_t id, bool is_short) {
    int count = 0;
    for (int i = 0; i < 12; ++i) {
        turns.begin_tick(streams);
        if (turns.has_turn(id, is_short)) ++count;
    }
    return count;
}

TEST(Turns, AreAtEveryTickWhileStreamsAreFew) {
    Turns turns{10ms, 50};
    EXPECT_EQ(turns_of(turns, 49, 7, true), 12);
    EXPECT_EQ(turns.longest_wait(true), 20ms);
}

TEST(Turns, OfShortMessagesComeEvery60MsWhenStreamsAreMany) {
    Turns turns{10ms, 50};
    EXPECT_EQ(turns_of(turns, 50, 7, true), 2);
    EXPECT_EQ(turns.longest_wait(true), 70ms);
    EXPECT_EQ(turns_of(turns, 50, 7, false), 12) << "one message fills the time";
    EXPECT_EQ(turns.longest_wait(false), 20ms);
}

/// How many of the streams with ids `step`, 2 * `step` and so on have their turn at each of the next six ticks.
std::vector<int> turns_by_tick(Turns& turns, std::uint64_t streams, std::uint64_t step) {
    std::vector<int> counts;
    turns.begin_tick(streams);  // when they begin, or move to more ticks, all have a turn
    for (int tick = 0; tick < 6; ++tick) {
        turns.begin_tick(streams);
        int have_turn = 0;
        for (std::uint64_t i = 1; i <= streams; ++i)
            if (turns.has_turn(i * step, true)) ++have_turn;
        counts.push_back(have_turn);
    }
    return counts;
}

TEST(Turns, OfAFewHundredComeTogether) {
    Turns turns{10ms, 50};
    EXPECT_THAT(turns_by_tick(turns, 300, 1), testing::UnorderedElementsAre(300, 0, 0, 0, 0, 0));
}

TEST(Turns, OfMoreAreSpreadOverTheTicks) {
    using testing::AllOf, testing::Ge, testing::Le, testing::UnorderedElementsAre;
    const auto about = [](int count) { return AllOf(Ge(count - 60), Le(count + 60)); };
    for (const std::uint64_t loops : {1u, 2u, 3u, 4u, 8u}) {
        SCOPED_TRACE("ids of one loop of " + std::to_string(loops));
        Turns two_of_six{10ms, 50};
        EXPECT_THAT(turns_by_tick(two_of_six, 600, loops), UnorderedElementsAre(about(300), about(300), 0, 0, 0, 0));
        Turns all{10ms, 50};
        EXPECT_THAT(turns_by_tick(all, 3000, loops), testing::Each(about(500)));
    }
}

TEST(Turns, AreNotPutOffWhenTheirTicksBecomeMoreOrFewer) {
    Turns turns{10ms, 50};
    std::vector<int> waited(2000, 0);
    for (const std::size_t streams : {100u, 600u, 800u, 2000u, 1100u, 600u, 100u, 2000u, 20u, 2000u}) {
        for (int tick = 0; tick < 9; ++tick) {
            turns.begin_tick(streams);
            for (std::size_t id = 0; id < waited.size(); ++id) {
                waited[id] = turns.has_turn(id, true) ? 0 : waited[id] + 1;
                ASSERT_LT(waited[id], 6) << "stream " << id << " when there are " << streams;
            }
        }
    }
}

TEST(Turns, DoNotChangeToAndFroWhereACallComesAndGoes) {
    Turns turns{10ms, 50};
    EXPECT_EQ(turns_of(turns, 38, 7, true), 12);
    EXPECT_EQ(turns_of(turns, 50, 7, true), 2);
    EXPECT_EQ(turns_of(turns, 38, 7, true), 2);
    EXPECT_EQ(turns_of(turns, 37, 7, true), 12);
}

TEST(Turns, WhatWaitedForTheLastOfTheLongOnesIsNotHeldUp) {
    Turns turns{10ms, 50};
    turns.begin_tick(50);
    std::vector<Turns::milliseconds> waits;
    for (int i = 0; i < 8; ++i) {
        turns.begin_tick(1);
        waits.push_back(turns.longest_wait(true));
    }
    EXPECT_EQ(waits, (std::vector<Turns::milliseconds>{70ms, 70ms, 70ms, 70ms, 70ms, 70ms, 20ms, 20ms}));
}

TEST(Turns, FollowTheTick) {
    Turns every_ms{1ms, 1};
    int count = 0;
    for (int i = 0; i < 120; ++i) {
        every_ms.begin_tick(1);
        if (every_ms.has_turn(3, true)) ++count;
    }
    EXPECT_EQ(count, 2);
    Turns slow{100ms, 1};
    EXPECT_EQ(turns_of(slow, 1, 3, true), 12);
    EXPECT_EQ(slow.longest_wait(true), 200ms);
}

TEST(Turns, OfManyAreAsThoseOfFewWithoutBatches) {
    Turns turns{10ms, 0};
    EXPECT_EQ(turns_of(turns, 10'000, 7, true), 12);
}

}  // namespace
}  // namespace asr_stream::engine
