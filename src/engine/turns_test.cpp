#include "engine/turns.hpp"

#include <gtest/gtest.h>

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

TEST(Turns, OfShortMessagesComeEvery40MsWhenStreamsAreMany) {
    Turns turns{10ms, 50};
    EXPECT_EQ(turns_of(turns, 50, 7, true), 3);
    EXPECT_EQ(turns.longest_wait(true), 50ms);
    EXPECT_EQ(turns_of(turns, 50, 7, false), 12) << "one message fills the time";
    EXPECT_EQ(turns.longest_wait(false), 20ms);
}

TEST(Turns, AreSpreadOverTheTicks) {
    for (const std::uint64_t loops : {1u, 2u, 3u, 4u, 8u}) {
        Turns turns{10ms, 1};
        for (int tick = 0; tick < 8; ++tick) {
            turns.begin_tick(100);
            int have_turn = 0;
            for (std::uint64_t i = 1; i <= 100; ++i)
                if (turns.has_turn(i * loops, true)) ++have_turn;
            EXPECT_NEAR(have_turn, 25, 8) << "ids of one loop of " << loops;
        }
    }
}

TEST(Turns, DoNotChangeToAndFroWhereACallComesAndGoes) {
    Turns turns{10ms, 50};
    EXPECT_EQ(turns_of(turns, 38, 7, true), 12);
    EXPECT_EQ(turns_of(turns, 50, 7, true), 3);
    EXPECT_EQ(turns_of(turns, 38, 7, true), 3);
    EXPECT_EQ(turns_of(turns, 37, 7, true), 12);
}

TEST(Turns, WhatWaitedForTheLastOfTheLongOnesIsNotHeldUp) {
    Turns turns{10ms, 50};
    turns.begin_tick(50);
    std::vector<Turns::milliseconds> waits;
    for (int i = 0; i < 6; ++i) {
        turns.begin_tick(1);
        waits.push_back(turns.longest_wait(true));
    }
    EXPECT_EQ(waits, (std::vector<Turns::milliseconds>{50ms, 50ms, 50ms, 50ms, 20ms, 20ms}));
}

TEST(Turns, FollowTheTick) {
    Turns every_ms{1ms, 1};
    int count = 0;
    for (int i = 0; i < 80; ++i) {
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
