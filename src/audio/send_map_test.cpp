#include "audio/send_map.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

#include "audio/test_audio.hpp"

namespace asr_stream::audio {
namespace {

constexpr std::int64_t ms = 1'000'000;

using test::heap;

/// Sends of 20 ms at 8 kHz without gaps, one each 20 ms from `when` on.
void send_steadily(SendMap& map, std::size_t sends, std::int64_t when = 0) {
    for (std::size_t i = 0; i < sends; ++i)
        map.sent(map.frames_sent(), 160, when + static_cast<std::int64_t>(i) * 20 * ms);
}

TEST(SendMap, BeforeAnythingIsSentThereIsNoTimeAndNoAudio) {
    const SendMap map{heap()};
    EXPECT_EQ(map.frames_sent(), 0u);
    EXPECT_EQ(map.to_call(0), 0u);
    EXPECT_EQ(map.end_to_call(0), 0u);
    EXPECT_EQ(map.sent_at(0), std::nullopt);
}

TEST(SendMap, MapsTheSessionsClockToTheCallsOverGaps) {
    SendMap map{heap()};
    map.sent(1000, 160, 1);
    map.sent(1160, 160, 2);
    map.sent(5000, 160, 3);  // 3680 sample frames were lost
    EXPECT_EQ(map.frames_sent(), 480u);
    EXPECT_EQ(map.to_call(0), 1000u);
    EXPECT_EQ(map.to_call(319), 1319u);
    EXPECT_EQ(map.to_call(320), 5000u);
    EXPECT_EQ(map.to_call(479), 5159u);
    EXPECT_EQ(map.to_call(480), 5160u);
    EXPECT_EQ(map.to_call(1'000'000), 5160u);
}

TEST(SendMap, AudioThatEndsAtAGapEndsBeforeIt) {
    SendMap map{heap()};
    map.sent(1000, 160, 1);
    map.sent(5000, 160, 2);
    EXPECT_EQ(map.end_to_call(0), 1000u);
    EXPECT_EQ(map.end_to_call(160), 1160u);
    EXPECT_EQ(map.end_to_call(161), 5001u);
    EXPECT_EQ(map.end_to_call(320), 5160u);
    EXPECT_EQ(map.end_to_call(9999), 5160u);
}

TEST(SendMap, TellsTheSendOfEverySampleOfTheLatestSends) {
    SendMap map{heap()};
    map.sent(0, 160, 10);
    map.sent(160, 80, 25);
    map.sent(240, 320, 27);
    EXPECT_EQ(map.sent_at(0), 10);
    EXPECT_EQ(map.sent_at(159), 10);
    EXPECT_EQ(map.sent_at(160), 25);
    EXPECT_EQ(map.sent_at(240), 27);
    EXPECT_EQ(map.sent_at(559), 27);
    EXPECT_EQ(map.sent_at(560), std::nullopt);
}

TEST(SendMap, InSteadyFlowAMinuteIsKnownWithinOneSend) {
    SendMap map{heap()};
    constexpr std::size_t sends = 5 * 60 * 50;
    send_steadily(map, sends);
    constexpr std::size_t minute = 60 * 50;
    for (std::size_t i = sends - minute; i < sends; ++i) {
        const auto when = static_cast<std::int64_t>(i) * 20 * ms;
        const auto first = map.sent_at(i * 160);
        const auto last = map.sent_at(i * 160 + 159);
        ASSERT_TRUE(first && last) << "send " << i;
        const std::int64_t tolerance = i < sends - SendMap::exact_sends ? 20 * ms : 0;
        ASSERT_NEAR(static_cast<double>(*first), static_cast<double>(when), static_cast<double>(tolerance))
            << "send " << i;
        ASSERT_NEAR(static_cast<double>(*last), static_cast<double>(when), static_cast<double>(tolerance))
            << "send " << i;
    }
    EXPECT_EQ(map.sent_at(0), std::nullopt);  // five minutes ago
}

TEST(SendMap, TimesAreNeverOutsideTheSendsThatSurroundThem) {
    SendMap map{heap()};
    std::mt19937 random{3};
    struct Send {
        std::uint64_t offset;
        std::int64_t when;
    };
    std::vector<Send> sends;
    std::int64_t when = 0;
    for (int i = 0; i < 2000; ++i) {
        when += random() % 50 == 0 ? 2000 * ms : static_cast<std::int64_t>(random() % 40) * ms;
        sends.push_back({map.frames_sent(), when});
        map.sent(map.frames_sent(), 1 + random() % 300, when);
    }
    std::size_t known = 0;
    for (std::size_t i = 0; i < sends.size(); ++i) {
        const auto at = map.sent_at(sends[i].offset);
        if (!at) continue;
        ++known;
        if (i + SendMap::exact_sends >= sends.size()) {
            ASSERT_EQ(*at, sends[i].when);
        } else {
            // A stamp is kept at the first send 400 ms after the one before, so two sends cannot be further off than
            // that and the pause that may follow.
            ASSERT_NEAR(static_cast<double>(*at), static_cast<double>(sends[i].when), static_cast<double>(2440 * ms));
        }
    }
    EXPECT_GT(known, 500u);
}

TEST(SendMap, AReplayInOneBurstTakesFewStamps) {
    SendMap map{heap()};
    for (std::size_t i = 0; i < 1500; ++i) map.sent(i * 160, 160, static_cast<std::int64_t>(i) * ms / 20);  // 75 ms
    const auto first = map.sent_at(0);
    ASSERT_TRUE(first);
    EXPECT_EQ(*first, 0);
    const auto middle = map.sent_at(750 * 160);
    ASSERT_TRUE(middle);
    EXPECT_NEAR(static_cast<double>(*middle), 750.0 * ms / 20, 1.0 * ms);
}

TEST(SendMap, StaysWithinItsMemoryInASteadyCall) {
    SendMap map{heap()};
    EXPECT_LT(map.allocated_bytes(), 2048u);
    send_steadily(map, 60 * 60 * 50);
    EXPECT_LT(map.allocated_bytes(), 3840u);
}

TEST(SendMap, ForgetsTheOldestRunsAndThenNamesTheEarliestPossiblePlace) {
    SendMap map{heap(), 4};
    for (std::size_t i = 0; i < 10; ++i) map.sent(100 + i * 1000, 160, static_cast<std::int64_t>(i));
    EXPECT_EQ(map.to_call(9 * 160), 9100u);
    EXPECT_EQ(map.to_call(6 * 160), 6100u);
    EXPECT_EQ(map.to_call(6 * 160 - 1), 100u + 6 * 160 - 1);  // in truth 5259: too early loses nothing
    EXPECT_EQ(map.to_call(0), 100u);
}

TEST(SendMap, ANewSessionStartsAtZero) {
    SendMap map{heap()};
    send_steadily(map, 100);
    map.clear();
    EXPECT_EQ(map.frames_sent(), 0u);
    EXPECT_EQ(map.sent_at(0), std::nullopt);
    map.sent(700, 160, 42);
    map.sent(860, 0, 43);  // nothing was sent
    EXPECT_EQ(map.frames_sent(), 160u);
    EXPECT_EQ(map.to_call(0), 700u);
    EXPECT_EQ(map.sent_at(159), 42);
}

TEST(SendMap, ExhaustedMemoryMakesItForgetEarlierAndNothingElse) {
    std::array<std::byte, 2048> space{};
    std::pmr::monotonic_buffer_resource memory{space.data(), space.size(), std::pmr::null_memory_resource()};
    SendMap map{&memory};
    constexpr std::size_t sends = 4000;
    for (std::size_t i = 0; i < sends; ++i) map.sent(i * 1000, 160, static_cast<std::int64_t>(i) * 20 * ms);
    EXPECT_EQ(map.frames_sent(), sends * 160);
    EXPECT_EQ(map.to_call((sends - 1) * 160), (sends - 1) * 1000);
    EXPECT_EQ(map.sent_at((sends - 1) * 160), static_cast<std::int64_t>(sends - 1) * 20 * ms);
    EXPECT_EQ(map.to_call(0), 0u);
    EXPECT_THROW(SendMap{std::pmr::null_memory_resource()}, std::bad_alloc);
}

}  // namespace
}  // namespace asr_stream::audio
