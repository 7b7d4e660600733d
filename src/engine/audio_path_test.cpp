#include "engine/audio_path.hpp"

#include "engine/audio_fixture.hpp"

namespace asr_stream::engine {
namespace {

using namespace std::chrono_literals;

class AudioPathTest : public AudioFixture {};

TEST_F(AudioPathTest, SendsWholeMessagesAndTheTailOnlyWhenFlushed) {
    build();
    EXPECT_EQ(begin_session(), 0ms);
    feed(0, 400);
    EXPECT_EQ(connection->sent.size(), 2u);
    EXPECT_FALSE(path->is_all_sent());
    path->flush();
    EXPECT_FALSE(path->is_idle());
    EXPECT_EQ(path->pump(Clock::now()).messages, 1u);
    EXPECT_TRUE(path->is_all_sent());
    EXPECT_TRUE(path->is_idle());
    EXPECT_EQ(connection->samples(), numbered(0, 400));
    EXPECT_EQ(counters.loop.sent_frames.get(), 3u);
    EXPECT_EQ(counters.loop.sent_samples.get(), 400u);
}

TEST_F(AudioPathTest, TellsWhereSpeechBeginsAndEndsIfAsked) {
    config.profile.speech_detection = SpeechDetection::local;
    build();
    feed(0, 1600, false);
    EXPECT_FALSE(path->pump(Clock::now()).has_speech_changes);
    ASSERT_TRUE(push(numbered(1600, 1600)));
    EXPECT_TRUE(path->pump(Clock::now()).has_speech_changes);
    EXPECT_EQ(path->speech().take(), true);
    feed(3200, 3200, false);
    EXPECT_EQ(path->speech().take(), false);
    EXPECT_EQ(path->speech().take(), std::nullopt);
    feed(6400, 1600);
    feed(8000, 3200, false);
    EXPECT_EQ(path->speech().take(), true) << "nothing between two looks is lost";
    EXPECT_EQ(path->speech().take(), false);
}

TEST_F(AudioPathTest, TellsNothingOfSpeechUnlessAsked) {
    build();
    feed(0, 1600, false);
    ASSERT_TRUE(push(numbered(1600, 1600)));
    EXPECT_FALSE(path->pump(Clock::now()).has_speech_changes);
    EXPECT_EQ(path->speech().take(), std::nullopt);
}

TEST_F(AudioPathTest, KeepsWhatWasPushedBeforeTheConnection) {
    build();
    feed(0, 1600);
    EXPECT_TRUE(path->is_unheard());
    begin_session();
    path->pump(Clock::now());
    EXPECT_EQ(connection->samples(), numbered(0, 1600));
    EXPECT_EQ(counters.loop.late_frames.get(), 0u) << "audio kept for want of a connection is not late";
    EXPECT_FALSE(path->is_unheard());
}

TEST_F(AudioPathTest, ASocketThatIsFullLeavesAudioInOrderForLater) {
    build();
    begin_session();
    connection->full = true;
    feed(0, 800);
    EXPECT_TRUE(connection->sent.empty());
    EXPECT_FALSE(path->is_idle());
    connection->full = false;
    path->pump(Clock::now());
    EXPECT_EQ(connection->samples(), numbered(0, 800));
    EXPECT_TRUE(path->is_idle());
}

TEST_F(AudioPathTest, EveryPumpCorksTheConnectionBeforeItSends) {
    build();
    begin_session();
    feed(0, 480);
    EXPECT_EQ(connection->sent.size(), 3u);
    connection->corked = false;
    for (const std::uint64_t from : {480u, 640u, 800u}) ASSERT_TRUE(push(numbered(from, 160)));
    path->pump(Clock::now());
    EXPECT_EQ(connection->sent.size(), 6u);
    EXPECT_EQ(connection->sent_uncorked, 0u);
    EXPECT_EQ(connection->samples(), numbered(0, 960));
}

TEST_F(AudioPathTest, OnePumpSendsABoundedNumberOfMessages) {
    build();
    feed(0, 16'000);
    begin_session();
    EXPECT_EQ(path->pump(Clock::now()).messages, AudioPath::max_messages_per_pump);
    EXPECT_FALSE(path->is_idle());
    EXPECT_EQ(path->pump(Clock::now(), 5).messages, 5u);
    EXPECT_EQ(path->pump(Clock::now()).messages, 95 - AudioPath::max_messages_per_pump);
    EXPECT_EQ(connection->samples(), numbered(0, 16'000));
}

TEST_F(AudioPathTest, BeyondQueueMsTheOldestUnsentIsDroppedAndTheGapTold) {
    config.profile.queue_ms = 200ms;
    build();
    begin_session();
    connection->full = true;
    feed(0, 2400);
    EXPECT_EQ(counters.loop.queue_dropped_samples.get(), 800u);
    EXPECT_EQ(path->take_gap(), 100ms);
    EXPECT_EQ(path->take_gap(), 0ms);
    connection->full = false;
    path->pump(Clock::now());
    EXPECT_EQ(connection->samples(), numbered(800, 1600));
}

TEST_F(AudioPathTest, AReplayMayExceedQueueMsUntilItHasCaughtUp) {
    config.profile.queue_ms = 200ms;
    build();
    feed(0, 16'000);
    begin_session();
    path->pump(Clock::now());
    EXPECT_EQ(counters.loop.queue_dropped_samples.get(), 0u);
    path->pump(Clock::now());
    connection->full = true;
    feed(16'000, 3200);
    EXPECT_EQ(counters.loop.queue_dropped_samples.get(), 1600u) << "afterwards it counts again";
}

TEST_F(AudioPathTest, ARefusedFrameIsAGapInTheClock) {
    config.profile.ring_ms = 100ms;
    config.profile.audio_format = AudioFraming::text;
    build();
    begin_session();
    ASSERT_TRUE(push(numbered(0, 160)));
    EXPECT_FALSE(push(numbered(160, 8000)));
    ASSERT_TRUE(push(numbered(8160, 160)));
    path->pump(Clock::now());
    ASSERT_EQ(connection->sent.size(), 2u);
    EXPECT_NE(connection->sent[0].payload.find(R"("seq":1,"start_ms":0,)"), std::string::npos);
    EXPECT_NE(connection->sent[1].payload.find(R"("seq":2,"start_ms":1020,)"), std::string::npos);
    EXPECT_EQ(path->take_gap(), 1000ms);
}

TEST_F(AudioPathTest, APauseAdvancesTheClockAndIsNoLoss) {
    config.profile.audio_format = AudioFraming::text;
    build();
    begin_session();
    feed(0, 240);
    path->flush();  // what a pause does
    ring->skip(800);
    feed(1040, 160);
    ASSERT_EQ(connection->sent.size(), 3u);
    EXPECT_NE(connection->sent[1].payload.find(R"("start_ms":20,)"), std::string::npos);
    EXPECT_NE(connection->sent[2].payload.find(R"("start_ms":130,)"), std::string::npos);
    EXPECT_EQ(path->take_gap(), 0ms);
}

TEST_F(AudioPathTest, AnUnfinishedMessageBeforeAGapGoesOutShort) {
    build();
    begin_session();
    feed(0, 240);
    EXPECT_EQ(connection->sent.size(), 1u);
    ring->skip(80);
    feed(320, 160);
    ASSERT_EQ(connection->sent.size(), 3u);
    EXPECT_EQ(connection->sent[1].payload.size(), 160u);
    EXPECT_EQ(connection->sent[2].payload.size(), 320u);
}

TEST_F(AudioPathTest, BeyondReplayMsTheOldestIsLostForGoodWhenItWasNeverSent) {
    config.profile.replay_ms = 20'000ms;
    build();
    for (std::uint64_t at = 0; at < 168'000; at += 1600) feed(at, 1600);
    EXPECT_EQ(counters.loop.replay_dropped_samples.get(), 8000u);
    EXPECT_EQ(path->take_gap(), 1000ms);
    EXPECT_EQ(begin_session(), 1000ms);
}

TEST_F(AudioPathTest, WhatWasSentIsLostOnlyWhenItMustBeSentAgain) {
    config.profile.replay_ms = 20'000ms;
    build();
    begin_session();
    for (std::uint64_t at = 0; at < 168'000; at += 1600) feed(at, 1600);
    EXPECT_EQ(counters.loop.replay_dropped_samples.get(), 8000u);
    EXPECT_EQ(path->take_gap(), 0ms) << "the service has it";
    path->end_session();
    EXPECT_EQ(begin_session(), 1000ms);
    EXPECT_EQ(path->take_gap(), 1000ms) << "the service that had it is gone";
}

TEST_F(AudioPathTest, ANewSessionBeginsAtTheConfirmedPosition) {
    build();
    begin_session();
    feed(0, 4800);
    path->confirm(path->end_position(300ms));
    EXPECT_EQ(path->confirmed(), 2400u);
    path->end_session();
    feed(4800, 160);
    EXPECT_EQ(begin_session(), 300ms);
    path->pump(Clock::now());
    EXPECT_EQ(connection->samples(), numbered(2400, 2560));
    EXPECT_EQ(counters.loop.replayed_samples.get(), 2400u);
    EXPECT_EQ(path->replayed_until(), 4800u);
    EXPECT_EQ(path->call_time(path->end_position(50ms)), 350ms)
        << "times of the new session count from its first sample";
}

TEST_F(AudioPathTest, LeadingSilenceIsNotKeptForAReplay) {
    build();
    begin_session();
    feed(0, 80'000, false);
    path->end_session();
    const auto resume = begin_session();
    EXPECT_GE(resume, 8900ms);
    EXPECT_LE(resume, 9500ms);
    EXPECT_EQ(path->take_gap(), 0ms);
}

TEST_F(AudioPathTest, SilenceThatWasNeverSentIsKept) {
    build();
    feed(0, 80'000, false);
    EXPECT_EQ(begin_session(), 0ms);
}

TEST_F(AudioPathTest, AShortTailIsPaddedWhereTheDialectWantsMore) {
    config.profile.dialect = "vosk";
    build();
    EXPECT_EQ(plan.frame_frames, 800u) << "frame-ms is raised to the dialect's least";
    begin_session();
    feed(0, 960);
    path->flush();
    path->pump(Clock::now());
    ASSERT_EQ(connection->sent.size(), 2u);
    auto expected = numbered(0, 960);
    expected.resize(1600);
    EXPECT_EQ(connection->samples(), expected);
    EXPECT_EQ(counters.loop.sent_samples.get(), 960u);
}

TEST_F(AudioPathTest, PositionsAreAtWireRateAndTheClockIsTheCalls) {
    config.sample_rate = 16'000;
    config.profile.sample_rate = 8000;
    build();
    begin_session();
    for (std::uint64_t at = 0; at < 16'000; at += 160) {
        ASSERT_TRUE(push(numbered(at, 160)));
        path->pump(Clock::now());
    }
    path->flush();
    path->pump(Clock::now());
    EXPECT_EQ(counters.loop.sent_samples.get(), 8000u);
    ring->skip(16'000);
    ASSERT_TRUE(push(numbered(0, 160)));
    path->flush();
    path->pump(Clock::now());
    EXPECT_EQ(path->call_time(path->end_position(1000ms)), 1000ms);
    EXPECT_EQ(path->call_time(path->start_position(1000ms)), 2000ms) << "after the gap";
    EXPECT_EQ(counters.loop.sent_samples.get(), 8080u);
}

TEST_F(AudioPathTest, TwoChannelsCountOnce) {
    config.channels = 2;
    build();
    begin_session();
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(push(numbered(static_cast<std::uint64_t>(i) * 320, 320)));
        path->pump(Clock::now());
    }
    EXPECT_EQ(connection->sent.size(), 10u);
    EXPECT_EQ(connection->sent[0].payload.size(), 640u);
    EXPECT_EQ(counters.loop.sent_samples.get(), 1600u);
}

TEST_F(AudioPathTest, AFrameIsLateWhenItWaitedLongerThanItsOwnLength) {
    build();
    begin_session();
    path->pump(Clock::now());
    ASSERT_TRUE(push(numbered(0, 160)));
    path->pump(Clock::now() + 5ms);
    EXPECT_EQ(counters.loop.late_frames.get(), 0u);
    ASSERT_TRUE(push(numbered(160, 160)));
    path->pump(Clock::now() + 50ms);
    EXPECT_EQ(counters.loop.late_frames.get(), 1u);
    EXPECT_GE(counters.loop.max_send_delay_us.get(), 50'000u);
    DelayHistogram histogram;
    delays.add_to(histogram);
    EXPECT_EQ(histogram.count(), 2u);
    EXPECT_GE(histogram.quantile(1.0), 50'000u);
}

TEST_F(AudioPathTest, AFrameThatHadToWaitForItsTurnIsNotLate) {
    build();
    begin_session();
    path->pump(Clock::now());
    ASSERT_TRUE(push(numbered(0, 160)));
    path->pump(Clock::now() + 40ms, AudioPath::max_messages_per_pump, 50ms);
    EXPECT_EQ(counters.loop.late_frames.get(), 0u);
    ASSERT_TRUE(push(numbered(160, 160)));
    path->pump(Clock::now() + 60ms, AudioPath::max_messages_per_pump, 50ms);
    EXPECT_EQ(counters.loop.late_frames.get(), 1u);
}

TEST_F(AudioPathTest, WhatWaitedForTheSocketIsTimedByItsPlace) {
    build();
    begin_session();
    path->pump(Clock::now());
    connection->full = true;
    ASSERT_TRUE(push(numbered(0, 160)));
    const auto pushed = Clock::now();
    path->pump(pushed);
    connection->full = false;
    path->pump(pushed + 100ms);
    EXPECT_EQ(counters.loop.late_frames.get(), 1u);
    EXPECT_GE(counters.loop.max_send_delay_us.get(), 99'000u);
}

TEST_F(AudioPathTest, AnEndWithoutTimesLiesBehindTheSentAudio) {
    build();
    begin_session();
    EXPECT_EQ(path->estimated_end(), 0u);
    feed(0, 24'000);
    EXPECT_EQ(path->estimated_end(), 12'000u) << "replay-guard-ms is 1500";
}

TEST_F(AudioPathTest, AnEndWithoutTimesIsPulledBackToTheSilenceItLiesIn) {
    build();
    begin_session();
    feed(0, 8000, false);  // for the noise floor
    feed(8000, 16'000);
    feed(24'000, 16'000, false);
    const auto end = path->estimated_end();  // 1.5 s back from 5 s lies in the silence that began at 2.9 s
    EXPECT_GE(end, 23'000u);
    EXPECT_LE(end, 23'400u);
}

TEST_F(AudioPathTest, SaysWhenTheSampleAtATimeWasSent) {
    build();
    begin_session();
    const auto before = Clock::now().time_since_epoch();
    feed(0, 1600);
    const auto sent = path->sent_at(100ms);
    ASSERT_TRUE(sent);
    EXPECT_GE(*sent, std::chrono::nanoseconds{before}.count());
    EXPECT_FALSE(path->sent_at(0ms));
    EXPECT_FALSE(path->sent_at(5000ms));
    EXPECT_EQ(path->end_position(-5ms), 0u) << "a service that counts from before the beginning";
}

TEST_F(AudioPathTest, MemoryThatRunsOutIsAnExceptionAndNothingIsLeaked) {
    build();
    {
        AccountedMemory small{8192};
        auto resampler = audio::Resampler::create(plan.call_rate, plan.wire_rate, plan.channels, &small);
        AudioPath poor{plan, *std::move(resampler), *ring, counters, delays, &small};
        EXPECT_THROW(
            for (std::uint64_t at = 0; at < 80'000; at += 160) {
                static_cast<void>(push(numbered(at, 160)));
                poor.pump(Clock::now());
            },
            MemoryLimit);
        EXPECT_GT(small.refusals(), 0u);
    }
}

}  // namespace
}  // namespace asr_stream::engine
