#include "freeswitch/playback_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include "freeswitch/playback_reader.hpp"

namespace asr_stream::freeswitch {
namespace {

using namespace std::chrono_literals;
using Samples = std::vector<std::int16_t>;
using Names = std::vector<std::string>;

Samples constant(std::size_t count, std::int16_t value) { return Samples(count, value); }

Samples tone(std::size_t count, std::uint32_t rate) {
    Samples samples(count);
    for (std::size_t i = 0; i < count; ++i)
        samples[i] =
            static_cast<std::int16_t>(8000 * std::sin(2 * std::numbers::pi * 440 * static_cast<double>(i) / rate));
    return samples;
}

double energy(const Samples& samples) {
    double sum = 0;
    for (const auto sample : samples) sum += double{1.0} * sample * sample;
    return samples.empty() ? 0 : sum / static_cast<double>(samples.size());
}

/// A queue and the one who plays it at 8 kHz in frames of 20 ms.
class Player {
  public:
    explicit Player(std::chrono::milliseconds bound = 1s)
        : queue{std::make_shared<PlaybackQueue>(bound)}, reader{*PlaybackReader::create(queue, 8000)} {}

    Samples frame() {
        Samples out(160, -1);
        marks.clear();
        out.resize(reader.read(out, marks));
        return out;
    }

    std::shared_ptr<PlaybackQueue> queue;
    PlaybackReader reader;
    Names marks;
};

TEST(PlaybackQueue, TotalsHoldWhatEveryQueueDidAndNothingIsLeftOfOneThatIsGone) {
    const auto totals = std::make_shared<PlaybackTotals>();
    auto first = std::make_shared<PlaybackQueue>(100ms, totals);
    PlaybackQueue second{100ms, totals};
    first->push(constant(1000, 1), 8000);
    second.push(constant(300, 1), 8000);
    Samples out;
    static_cast<void>(first->take(out, 20ms));
    static_cast<void>(second.clear());
    EXPECT_EQ(totals->queued_samples, 1100u);
    EXPECT_EQ(totals->refused_samples, 200u);
    EXPECT_EQ(totals->taken_samples, 160u);
    EXPECT_EQ(totals->cleared_samples, 300u);
    first.reset();
    EXPECT_EQ(totals->taken_samples + totals->cleared_samples, totals->queued_samples);
}

TEST(PlaybackQueue, TakesWhatFitsAndCountsTheRest) {
    PlaybackQueue queue{100ms};
    EXPECT_EQ(queue.push(constant(600, 1), 8000), 600u);
    EXPECT_EQ(queue.push(constant(600, 1), 8000), 200u);
    EXPECT_EQ(queue.push(constant(1, 1), 8000), 0u);
    EXPECT_EQ(queue.stats().refused_samples, 401u);
    EXPECT_EQ(queue.stats().queued_samples, 800u);
    EXPECT_EQ(queue.stats().waiting, 100ms);
}

TEST(PlaybackQueue, CountsTimeWhateverTheRate) {
    PlaybackQueue queue{100ms};
    EXPECT_EQ(queue.push(constant(4800, 1), 48000), 4800u);
    EXPECT_EQ(queue.push(constant(800, 1), 8000), 0u);
    Samples out;
    EXPECT_EQ(queue.take(out, 50ms).rate, 48000u);
    EXPECT_EQ(out.size(), 2400u);
    EXPECT_EQ(queue.push(constant(800, 1), 8000), 400u);
}

TEST(PlaybackQueue, RefusesRatesThatNobodyCanPlay) {
    PlaybackQueue queue{100ms};
    EXPECT_EQ(queue.push(constant(10, 1), 0), 0u);
    EXPECT_EQ(queue.push(constant(10, 1), 4000), 0u);
    EXPECT_EQ(queue.push(constant(10, 1), 96000), 0u);
    EXPECT_EQ(queue.stats().refused_samples, 30u);
}

TEST(PlaybackQueue, BoundsRunsAndMarks) {
    PlaybackQueue queue{30s};
    for (std::size_t i = 0; i < PlaybackQueue::max_items; ++i)
        EXPECT_EQ(queue.push(constant(1, 1), i % 2 == 0 ? 8000 : 16000), 1u);
    EXPECT_EQ(queue.push(constant(1, 1), 8000), 0u) << "it would begin another run";
    EXPECT_EQ(queue.push(constant(1, 1), 16000), 1u);
    EXPECT_EQ(queue.add_mark("late"), MarkState::cleared);
    EXPECT_EQ(queue.stats().refused_marks, 1u);
}

TEST(PlaybackQueue, AnswersAMarkWithNothingBeforeItAtOnce) {
    PlaybackQueue queue{100ms};
    EXPECT_EQ(queue.add_mark("now"), MarkState::played);
}

TEST(PlaybackQueue, ClearGivesBackTheMarksThatWait) {
    PlaybackQueue queue{100ms};
    queue.push(constant(80, 1), 8000);
    EXPECT_EQ(queue.add_mark("a"), std::nullopt);
    queue.push(constant(80, 1), 8000);
    EXPECT_EQ(queue.add_mark("b"), std::nullopt);
    EXPECT_EQ(queue.clear(), (Names{"a", "b"}));
    EXPECT_EQ(queue.clear(), Names{});
    EXPECT_EQ(queue.stats().cleared_samples, 160u);
    EXPECT_EQ(queue.stats().waiting, 0ms);
}

TEST(PlaybackQueue, ClosedItTakesNothing) {
    PlaybackQueue queue{100ms};
    queue.close();
    EXPECT_EQ(queue.push(constant(80, 1), 8000), 0u);
    EXPECT_EQ(queue.add_mark("a"), MarkState::cleared);
}

TEST(PlaybackReader, IsTheOnlyOne) {
    const auto queue = std::make_shared<PlaybackQueue>(100ms);
    {
        const auto first = PlaybackReader::create(queue, 8000);
        EXPECT_TRUE(first);
        EXPECT_FALSE(PlaybackReader::create(queue, 8000));
    }
    EXPECT_TRUE(PlaybackReader::create(queue, 8000)) << "free again once the first is gone";
}

TEST(PlaybackReader, GivesSilenceWhileNothingWaits) {
    Player player;
    EXPECT_EQ(player.frame(), constant(160, 0));
    player.queue->push(constant(100, 5), 8000);
    Samples expected = constant(100, 5);
    expected.resize(160, 0);
    EXPECT_EQ(player.frame(), expected);
    EXPECT_EQ(player.frame(), constant(160, 0));
}

TEST(PlaybackReader, AnswersMarksAsTheyAreReached) {
    Player player;
    player.queue->push(constant(320, 5), 8000);
    EXPECT_EQ(player.queue->add_mark("half"), std::nullopt);
    player.queue->push(constant(160, 6), 8000);
    EXPECT_EQ(player.queue->add_mark("end"), std::nullopt);
    EXPECT_EQ(player.frame(), constant(160, 5));
    EXPECT_EQ(player.marks, Names{});
    EXPECT_EQ(player.frame(), constant(160, 5));
    EXPECT_EQ(player.frame(), constant(160, 6));
    EXPECT_EQ(player.marks, Names{"half"});
    EXPECT_EQ(player.frame(), constant(160, 0));
    EXPECT_EQ(player.marks, Names{"end"});
}

TEST(PlaybackReader, ConvertsToItsRateAndPlaysAllOfIt) {
    Player player;
    player.queue->push(tone(24000 / 4, 24000), 24000);  // 250 ms
    Samples all;
    for (int i = 0; i < 20; ++i) {
        const auto frame = player.frame();
        all.insert(all.end(), frame.begin(), frame.end());
    }
    const Samples heard(all.begin(), all.begin() + 2000);
    const Samples rest(all.begin() + 2000, all.end());
    EXPECT_NEAR(energy(heard) / energy(tone(2000, 8000)), 1.0, 0.05);
    EXPECT_EQ(energy(rest), 0);
}

TEST(PlaybackReader, ForgetsWhatItHadTakenWhenTheQueueIsCleared) {
    Player player;
    player.queue->push(tone(24000, 24000), 24000);
    EXPECT_GT(energy(player.frame()), 0);
    static_cast<void>(player.queue->clear());
    EXPECT_EQ(player.frame(), constant(160, 0));
    player.queue->push(constant(160, 9), 8000);
    EXPECT_EQ(player.frame(), constant(160, 9));
}

TEST(PlaybackReader, EndsOnlyWhenTheQueueIsClosedAndPlayed) {
    Player player;
    player.queue->push(constant(200, 5), 8000);
    player.queue->close();
    EXPECT_EQ(player.frame().size(), 160u);
    EXPECT_EQ(player.frame(), constant(40, 5));
    EXPECT_EQ(player.frame().size(), 0u);
}

}  // namespace
}  // namespace asr_stream::freeswitch
