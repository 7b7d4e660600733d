#include <gtest/gtest.h>

#include <asr_stream/histogram.hpp>
#include <memory_resource>
#include <thread>
#include <vector>

#include "engine/accounted_memory.hpp"
#include "engine/connect_limiter.hpp"
#include "engine/counters.hpp"
#include "engine/deadlines.hpp"
#include "engine/endpoint_chooser.hpp"
#include "engine/metrics.hpp"
#include "engine/stats_fields.hpp"

namespace asr_stream::engine {
namespace {

using namespace std::chrono_literals;
const std::chrono::steady_clock::time_point start{100s};

TEST(AccountedMemory, CountsWhatIsLiveAndTheMostThatWas) {
    AccountedMemory memory{1000};
    {
        std::pmr::vector<char> a(400, &memory);
        const std::pmr::vector<char> b(300, &memory);
        EXPECT_EQ(memory.live(), 700u);
    }
    EXPECT_EQ(memory.live(), 0u);
    EXPECT_EQ(memory.peak(), 700u);
}

TEST(AccountedMemory, RefusesWhatExceedsTheCapAndGoesOn) {
    AccountedMemory memory{1000};
    std::pmr::vector<char> a(900, &memory);
    EXPECT_THROW(std::pmr::vector<char>(101, &memory), MemoryLimit);
    EXPECT_THROW(std::pmr::vector<char>(std::size_t{1} << 40, &memory), std::bad_alloc);
    EXPECT_EQ(memory.refusals(), 2u);
    EXPECT_EQ(memory.live(), 900u);
    const std::pmr::vector<char> b(100, &memory);
    EXPECT_EQ(memory.live(), 1000u);
    EXPECT_TRUE(memory.is_equal(memory));
    EXPECT_FALSE(memory.is_equal(*std::pmr::new_delete_resource()));
}

TEST(AccountedMemory, AFailureBelowItIsNotCountedAsLive) {
    AccountedMemory memory{1000, std::pmr::null_memory_resource()};
    EXPECT_THROW(static_cast<void>(memory.allocate(10)), std::bad_alloc);
    EXPECT_EQ(memory.live(), 0u);
    EXPECT_EQ(memory.refusals(), 0u);
}

TEST(AccountedMemory, CountsWhatSeveralThreadsDo) {
    AccountedMemory memory{1u << 20};
    const auto work = [&memory] {
        for (int i = 0; i < 1000; ++i) memory.deallocate(memory.allocate(64), 64);
    };
    std::thread other{work};
    work();
    other.join();
    EXPECT_EQ(memory.live(), 0u);
    EXPECT_GE(memory.peak(), 64u);
}

TEST(EndpointChooser, ChoosesByWeight) {
    const std::vector<Endpoint> endpoints{{"ws://a", 1}, {"ws://b", 3}, {"ws://c", 0}};
    EndpointChooser chooser{endpoints};
    EXPECT_EQ(chooser.choose(0.0), 0u);
    EXPECT_EQ(chooser.choose(0.24), 0u);
    EXPECT_EQ(chooser.choose(0.25), 1u);
    EXPECT_EQ(chooser.choose(0.999), 1u);
}

TEST(EndpointChooser, PrefersOneThatHasNotJustFailed) {
    const std::vector<Endpoint> endpoints{{"ws://a", 1}, {"ws://b", 1}};
    EndpointChooser chooser{endpoints};
    EXPECT_EQ(chooser.choose(0.0), 0u);
    chooser.failed();
    EXPECT_EQ(chooser.choose(0.0), 1u);
    chooser.failed();
    EXPECT_EQ(chooser.choose(0.9), 0u);
    chooser.worked();
    EXPECT_EQ(chooser.choose(0.0), 0u);
}

TEST(EndpointChooser, HasNoChoiceWithOneEndpoint) {
    const std::vector<Endpoint> endpoints{{"ws://a", 1}, {"ws://unused", 0}};
    EndpointChooser chooser{endpoints};
    EXPECT_EQ(chooser.choose(0.5), 0u);
    chooser.failed();
    EXPECT_EQ(chooser.choose(0.5), 0u);
}

TEST(ConnectLimiter, LetsABurstBeginAndTheRestWaitTheirTurn) {
    ConnectLimiter limiter{20};  // a burst of two, then one each 50 ms
    EXPECT_TRUE(limiter.try_begin({1, 1}, start));
    EXPECT_TRUE(limiter.try_begin({2, 1}, start));
    EXPECT_FALSE(limiter.try_begin({3, 1}, start));
    EXPECT_FALSE(limiter.try_begin({4, 7}, start));
    EXPECT_EQ(limiter.waiting(), 2u);
    EXPECT_FALSE(limiter.next(start + 40ms));
    EXPECT_EQ(limiter.next(start + 60ms)->stream, 3u);
    EXPECT_FALSE(limiter.next(start + 60ms));
    EXPECT_FALSE(limiter.try_begin({5, 1}, start + 120ms)) << "nobody overtakes those who wait";
    const auto turn = limiter.next(start + 120ms);
    EXPECT_EQ(turn->stream, 4u);
    EXPECT_EQ(turn->session, 7u);
}

TEST(ConnectLimiter, ATurnGivenBackGoesToTheNext) {
    ConnectLimiter limiter{10};
    EXPECT_TRUE(limiter.try_begin({1, 1}, start));
    EXPECT_FALSE(limiter.try_begin({2, 1}, start));
    EXPECT_FALSE(limiter.try_begin({3, 1}, start));
    EXPECT_EQ(limiter.next(start + 101ms)->stream, 2u);
    limiter.give_back();
    EXPECT_EQ(limiter.next(start + 101ms)->stream, 3u);
    EXPECT_FALSE(limiter.next(start + 10s));
}

TEST(Deadlines, HandlesThoseThatAreDueAndNoOther) {
    Deadlines deadlines;
    EXPECT_FALSE(deadlines.any_due(start));
    deadlines.set(Deadlines::Kind::idle, start + 60s);
    deadlines.set(Deadlines::Kind::ping, start + 1s);
    EXPECT_FALSE(deadlines.any_due(start));
    EXPECT_TRUE(deadlines.any_due(start + 1s));
    std::vector<Deadlines::Kind> seen;
    const auto take = [&](auto now) { deadlines.take_due(now, [&](Deadlines::Kind kind) { seen.push_back(kind); }); };
    take(start + 1s);
    EXPECT_EQ(seen, std::vector{Deadlines::Kind::ping});
    EXPECT_FALSE(deadlines.is_set(Deadlines::Kind::ping));
    EXPECT_FALSE(deadlines.any_due(start + 59s));
    take(start + 60s);
    EXPECT_EQ(seen.size(), 2u);
    EXPECT_FALSE(deadlines.any_due(start + 1000s));
}

TEST(Deadlines, OneThatIsSetAnewWhileHandledWaitsForItsTime) {
    Deadlines deadlines;
    deadlines.set(Deadlines::Kind::ping, start);
    int handled = 0;
    deadlines.take_due(start, [&](Deadlines::Kind kind) {
        ++handled;
        deadlines.set(kind, start + 1s);
    });
    EXPECT_EQ(handled, 1);
    EXPECT_FALSE(deadlines.any_due(start + 999ms));
    EXPECT_TRUE(deadlines.any_due(start + 1s));
}

TEST(Deadlines, AClearedOneIsNotHandled) {
    Deadlines deadlines;
    deadlines.set(Deadlines::Kind::drain, start);
    deadlines.clear(Deadlines::Kind::drain);
    deadlines.take_due(start + 1s, [](Deadlines::Kind) { FAIL(); });
    EXPECT_FALSE(deadlines.any_due(start + 10s));
}

TEST(DelayHistogram, EachDelayFallsIntoABucketThatHoldsIt) {
    for (std::uint64_t delay = 0; delay < 300'000; delay += delay / 7 + 1) {
        const auto bucket = DelayHistogram::bucket_of(delay);
        EXPECT_LE(delay, DelayHistogram::upper_bound(bucket));
        if (bucket > 0) {
            EXPECT_GT(delay, DelayHistogram::upper_bound(bucket - 1));
        }
    }
    EXPECT_EQ(DelayHistogram::bucket_of(~std::uint64_t{0}), DelayHistogram::buckets - 1);
    EXPECT_GE(DelayHistogram::upper_bound(DelayHistogram::buckets - 1), 134'000'000u);
}

TEST(DelayHistogram, QuantilesAreTheBoundsOfTheirBuckets) {
    DelayHistogram histogram;
    EXPECT_EQ(histogram.quantile(0.5), 0u);
    for (int i = 0; i < 99; ++i) histogram.record(1000);
    histogram.record(50'000);
    EXPECT_EQ(histogram.count(), 100u);
    EXPECT_EQ(histogram.quantile(0.5), 1023u);
    EXPECT_EQ(histogram.quantile(0.99), 1023u);
    EXPECT_EQ(histogram.quantile(1.0), 57'343u);
}

TEST(Counters, EveryFieldOfTheStatisticsIsCountedAndSummed) {
    // All of StreamStats but the two sizes of memory is in the table, so that no metric is forgotten.
    EXPECT_EQ(std::size(stats_fields) * sizeof(std::uint64_t) + 3 * sizeof(std::size_t),
              sizeof(StreamStats) + sizeof(std::size_t));
    StreamStats one;
    std::uint64_t value = 1;
    for (const auto& field : stats_fields) one.*field.value = value++;
    one.memory_bytes = 100;
    one.memory_peak_bytes = 200;
    StreamStats sum = one;
    add_to(sum, one);
    for (const auto& field : stats_fields)
        EXPECT_EQ(sum.*field.value, field.is_maximum ? one.*field.value : 2 * (one.*field.value)) << field.name;
    EXPECT_EQ(sum.memory_bytes, 200u);
    EXPECT_EQ(sum.memory_peak_bytes, 200u);
}

TEST(Counters, TheSnapshotHoldsWhatWasCounted) {
    Counters counters;
    counters.push.pushed_samples.add(160);
    counters.loop.finals.add();
    counters.loop.max_send_delay_us.raise_to(7);
    counters.loop.max_send_delay_us.raise_to(3);
    const StreamStats stats = counters.snapshot();
    EXPECT_EQ(stats.pushed_samples, 160u);
    EXPECT_EQ(stats.finals, 1u);
    EXPECT_EQ(stats.max_send_delay_us, 7u);
}

TEST(Metrics, AreInThePrometheusTextFormat) {
    EngineStats stats;
    stats.streams = 3;
    stats.sum.sent_frames = 12;
    stats.send_delay.record(500);
    stats.send_delay.record(2000);
    stats.send_delay.record(100'000'000);
    const std::string text = metrics_text(stats);
    EXPECT_NE(
        text.find(
            "# HELP asr_stream_streams Streams live now.\n# TYPE asr_stream_streams gauge\nasr_stream_streams 3\n"),
        std::string::npos);
    EXPECT_NE(text.find("# TYPE asr_stream_sent_frames_total counter\nasr_stream_sent_frames_total 12\n"),
              std::string::npos);
    EXPECT_NE(text.find("asr_stream_leaked_bytes_total 0\n"), std::string::npos);
    EXPECT_NE(text.find("asr_stream_send_delay_seconds_bucket{le=\"0.001024\"} 1\n"), std::string::npos);
    EXPECT_NE(text.find("asr_stream_send_delay_seconds_bucket{le=\"4.194304\"} 2\n"), std::string::npos);
    EXPECT_NE(text.find("asr_stream_send_delay_seconds_bucket{le=\"+Inf\"} 3\nasr_stream_send_delay_seconds_count 3\n"),
              std::string::npos);
    for (const auto& field : stats_fields) EXPECT_NE(text.find(field.name), std::string::npos) << field.name;
    EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace asr_stream::engine
