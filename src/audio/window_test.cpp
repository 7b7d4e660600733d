#include "audio/window.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "audio/test_window.hpp"

namespace asr_stream::audio {
namespace {

using test::add;
using test::audio_from;
using test::heap;
using test::send_all;
using testing::ElementsAre;

TEST(Window, IsEmptyAtFirst) {
    Window window{8000, 1, heap()};
    EXPECT_EQ(window.begin(), 0u);
    EXPECT_EQ(window.confirmed(), 0u);
    EXPECT_EQ(window.sent(), 0u);
    EXPECT_EQ(window.end(), 0u);
    EXPECT_EQ(window.frames(), 0u);
    EXPECT_EQ(window.allocated_bytes(), 0u);
    EXPECT_TRUE(window.unsent(160).samples.empty());
    EXPECT_EQ(window.ready(160).frames, 0u);
    EXPECT_EQ(window.rewind(), 0u);
    EXPECT_EQ(window.drop_oldest_unsent(0), 0u);
    window.mark_sent(5);
    window.confirm(5);
    window.trim(5);
    EXPECT_EQ(window.confirmed(), 0u);
}

TEST(Window, AudioGoesFromUnsentToSentToConfirmed) {
    Window window{8000, 1, heap()};
    add(window, 320);
    EXPECT_EQ(window.unsent_frames(), 320u);
    EXPECT_THAT(send_all(window, 160), ElementsAre(0u, 160u));
    EXPECT_EQ(window.unsent_frames(), 0u);
    EXPECT_EQ(window.sent(), 320u);
    window.confirm(200);
    EXPECT_EQ(window.confirmed(), 200u);
    EXPECT_EQ(window.begin(), 200u);
    EXPECT_EQ(window.frames(), 120u);
}

TEST(Window, ConfirmNeverMovesBackNorBeyondWhatWasSent) {
    Window window{8000, 1, heap()};
    add(window, 320);
    window.mark_sent(160);
    window.confirm(100);
    window.confirm(50);
    EXPECT_EQ(window.confirmed(), 100u);
    window.confirm(1'000'000);
    EXPECT_EQ(window.confirmed(), 160u);
    EXPECT_EQ(window.unsent_frames(), 160u);
}

TEST(Window, RewindMakesAllThatIsUnconfirmedUnsentAgain) {
    Window window{8000, 1, heap()};
    add(window, 480);
    window.mark_sent(400);
    window.confirm(100);
    EXPECT_EQ(window.rewind(), 100u);
    EXPECT_EQ(window.sent(), 100u);
    EXPECT_EQ(window.unsent_frames(), 380u);
    EXPECT_THAT(send_all(window, 200), ElementsAre(100u, 300u));
}

TEST(Window, AChunkEndsAtAGapAndSaysSo) {
    Window window{8000, 1, heap()};
    add(window, 100);
    add(window, 50, 1000);
    EXPECT_EQ(window.ready(160).frames, 100u);
    EXPECT_TRUE(window.ready(160).ends_at_gap);
    EXPECT_TRUE(window.ready(100).ends_at_gap);
    EXPECT_EQ(window.ready(60).frames, 60u);
    EXPECT_FALSE(window.ready(60).ends_at_gap);
    EXPECT_THAT(send_all(window, 160), ElementsAre(0u, 1100u));
    EXPECT_EQ(window.sent(), 1150u);
}

TEST(Window, WhatWasSentEndsBeforeAGapThatFollows) {
    Window window{8000, 1, heap()};
    add(window, 100);
    window.mark_sent(100);
    add(window, 50, 1000);
    EXPECT_EQ(window.sent(), 100u);
    EXPECT_FALSE(window.ready(160).ends_at_gap);
    EXPECT_EQ(window.unsent(160).position, 1100u);
}

TEST(Window, MarkSentGoesOverGapsAndStopsAtTheEnd) {
    Window window{8000, 1, heap()};
    add(window, 100);
    add(window, 50, 10);
    add(window, 50, 10);
    window.mark_sent(120);
    EXPECT_EQ(window.sent(), 130u);
    window.mark_sent(1000);
    EXPECT_EQ(window.sent(), window.end());
    EXPECT_EQ(window.unsent_frames(), 0u);
}

TEST(Window, AFullWindowLosesItsOldestAudioAndSaysWhatWasNeverSent) {
    Window window{1000, 1, heap()};
    EXPECT_EQ(add(window, 1000).frames, 0u);
    window.mark_sent(300);
    const auto dropped = add(window, 400);
    EXPECT_EQ(dropped.frames, 400u);
    EXPECT_EQ(dropped.unsent, 100u);
    EXPECT_EQ(window.frames(), 1000u);
    EXPECT_EQ(window.begin(), 400u);
    EXPECT_EQ(window.sent(), 400u);
    EXPECT_EQ(window.confirmed(), 0u);
    EXPECT_THAT(send_all(window, 600), ElementsAre(400u, 1000u));
}

TEST(Window, AudioLongerThanTheCapacityKeepsItsNewestPart) {
    Window window{1000, 1, heap()};
    add(window, 100);
    const auto dropped = add(window, 2500);
    EXPECT_EQ(dropped.frames, 1600u);
    EXPECT_EQ(dropped.unsent, 1600u);
    EXPECT_EQ(window.begin(), 1600u);
    EXPECT_EQ(window.end(), 2600u);
    EXPECT_THAT(send_all(window, 5000), ElementsAre(1600u));
}

TEST(Window, APositionBeforeTheEndCountsAsTheEnd) {
    Window window{1000, 1, heap()};
    add(window, 100);
    window.append(40, audio_from(100, 50));
    EXPECT_EQ(window.end(), 150u);
    EXPECT_THAT(send_all(window, 500), ElementsAre(0u));
}

TEST(Window, NothingAddedChangesNothingAndARemainderIsIgnored) {
    Window window{1000, 2, heap()};
    window.append(500, {});
    window.append(500, std::vector<std::int16_t>{1});
    EXPECT_EQ(window.end(), 0u);
    window.append(500, std::vector<std::int16_t>{1, 2, 3});
    EXPECT_EQ(window.end(), 501u);
    EXPECT_THAT(window.unsent(10).samples, ElementsAre(1, 2));
}

TEST(Window, DroppingUnsentAudioLeavesWhatWasSentAndAGap) {
    Window window{8000, 1, heap()};
    add(window, 1000);
    window.mark_sent(300);
    EXPECT_EQ(window.drop_oldest_unsent(200), 500u);
    EXPECT_EQ(window.frames(), 500u);
    EXPECT_EQ(window.unsent_frames(), 200u);
    EXPECT_EQ(window.sent(), 300u);
    EXPECT_EQ(window.unsent(160).position, 800u);
    window.rewind();
    EXPECT_THAT(send_all(window, 1000), ElementsAre(0u, 800u));
}

TEST(Window, DroppingAllThatIsUnsentLeavesTheClock) {
    Window window{8000, 1, heap()};
    add(window, 1000);
    window.mark_sent(300);
    add(window, 100, 50);
    EXPECT_EQ(window.drop_oldest_unsent(0), 800u);
    EXPECT_EQ(window.end(), 1150u);
    EXPECT_EQ(window.sent(), 300u);
    add(window, 100);
    EXPECT_EQ(window.unsent(160).position, 1150u);
}

TEST(Window, TrimGivesUpSentAudioWithoutConfirmingIt) {
    Window window{8000, 1, heap()};
    add(window, 1000);
    window.mark_sent(600);
    window.trim(400);
    EXPECT_EQ(window.begin(), 400u);
    EXPECT_EQ(window.confirmed(), 0u);
    window.trim(900);
    EXPECT_EQ(window.begin(), 600u);
    EXPECT_EQ(window.unsent_frames(), 400u);
}

TEST(Window, BeyondItsRunsItDropsTheOldest) {
    Window window{1'000'000, 1, heap()};
    for (std::size_t i = 0; i < Window::max_runs; ++i) ASSERT_EQ(add(window, 10, 5).frames, 0u);
    EXPECT_EQ(window.begin(), 5u);
    window.mark_sent(4);
    const auto dropped = add(window, 10, 5);
    EXPECT_EQ(dropped.frames, 10u);
    EXPECT_EQ(dropped.unsent, 6u);
    EXPECT_EQ(window.begin(), 20u);
    EXPECT_EQ(add(window, 10).frames, 0u);  // goes on with the last run
}

TEST(Window, ADropThatNeedsOneRunTooManyGivesUpTheOldestRun) {
    Window window{1'000'000, 1, heap()};
    for (std::size_t i = 0; i < Window::max_runs; ++i) add(window, 10, 5);
    window.mark_sent(15);
    const std::size_t unsent = window.unsent_frames();
    EXPECT_EQ(window.drop_oldest_unsent(unsent - 2), 12u);
    EXPECT_EQ(window.unsent_frames(), unsent - 2);
    EXPECT_EQ(window.begin(), 20u);
    EXPECT_THAT(window.unsent(100).position, 27u);
}

}  // namespace
}  // namespace asr_stream::audio
