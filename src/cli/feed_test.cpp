#include "cli/feed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "cli/feeder.hpp"

namespace asr_stream::cli {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// Gives so many samples, each numbered; a live one gives only what was released.
class NumberedSource final : public AudioSource {
  public:
    explicit NumberedSource(std::uint64_t total) : total_{total}, released_{total} {}
    [[nodiscard]] std::uint32_t sample_rate() const noexcept override { return 8000; }
    [[nodiscard]] std::optional<std::uint64_t> total_samples() const noexcept override { return total_; }
    Result<Read> read(std::span<std::int16_t> out) override {
        if (fails) return fail(Errc::file_unreadable, "numbered");
        const auto samples = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), released_ - given_));
        for (std::size_t i = 0; i < samples; ++i) out[i] = static_cast<std::int16_t>(given_ + i + 1);
        given_ += samples;
        return Read{samples, given_ == total_};
    }
    void release_only(std::uint64_t samples) { released_ = samples; }
    bool fails = false;

  private:
    std::uint64_t total_;
    std::uint64_t released_;
    std::uint64_t given_ = 0;
};

class RecordingTarget final : public FeedTarget {
  public:
    bool push(std::span<const std::int16_t> samples) override {
        pushed.insert(pushed.end(), samples.begin(), samples.end());
        return accepts;
    }
    [[nodiscard]] std::uint64_t unsent(std::uint64_t total) const override { return total - std::min(sent, total); }
    [[nodiscard]] bool is_closed() const override { return closed; }
    void stop() override { ++stops; }

    std::vector<std::int16_t> pushed;
    std::uint64_t sent = 1'000'000'000;  ///< all of it, unless a test says less
    bool accepts = true;
    bool closed = false;
    int stops = 0;
};

class FeedTest : public testing::Test {
  protected:
    Feed make(std::uint64_t samples, Pace pace = {}) {
        auto source = std::make_unique<NumberedSource>(samples);
        source_ = source.get();
        return Feed{std::move(source), target_, pace, progress_, begin_};
    }
    /// When advance() wants to be called again, in milliseconds after the begin; -1 when the feed is over.
    std::int64_t advance(Feed& feed, std::chrono::milliseconds after_begin) {
        const auto again = feed.advance(begin_ + after_begin);
        if (!again || !*again) return -1;
        return std::chrono::ceil<std::chrono::milliseconds>(**again - begin_).count();
    }

    NumberedSource* source_ = nullptr;
    std::shared_ptr<RecordingTarget> target_ = std::make_shared<RecordingTarget>();
    std::shared_ptr<FeedProgress> progress_ = std::make_shared<FeedProgress>();
    Clock::time_point begin_{1000s};
};

TEST_F(FeedTest, PushesEachBlockWhenItIsDue) {
    Feed feed = make(800);
    EXPECT_EQ(advance(feed, 0ms), 20);
    EXPECT_EQ(target_->pushed.size(), 0u);
    EXPECT_EQ(advance(feed, 20ms), 40);
    EXPECT_EQ(target_->pushed.size(), 160u);
    EXPECT_EQ(advance(feed, 39ms), 40);
    EXPECT_EQ(target_->pushed.size(), 160u);
    EXPECT_EQ(advance(feed, 40ms), 60);
    EXPECT_EQ(target_->pushed.size(), 320u);
}

TEST_F(FeedTest, KeepsToTheScheduleHoweverLateItWasCalled) {
    Feed feed = make(8000);
    EXPECT_EQ(advance(feed, 75ms), 80);  // three blocks at once, then on as planned
    EXPECT_EQ(target_->pushed.size(), 480u);
}

TEST_F(FeedTest, CatchesUpInBurstsThatTheRingHolds) {
    Feed feed = make(80'000, {.max_unsent = 10s, .max_burst = 200ms});
    EXPECT_EQ(advance(feed, 1000ms), 1005);
    EXPECT_EQ(target_->pushed.size(), 1600u);
    EXPECT_EQ(advance(feed, 1005ms), 1010);
    EXPECT_EQ(target_->pushed.size(), 3200u);
}

TEST_F(FeedTest, FollowsTheSpeed) {
    Feed feed = make(80'000, {.speed = 4.0});
    EXPECT_EQ(advance(feed, 0ms), 5);
    EXPECT_EQ(advance(feed, 10ms), 15);
    EXPECT_EQ(target_->pushed.size(), 320u);
}

TEST_F(FeedTest, TellsTheTargetToStopOnceAfterTheLastSample) {
    Feed feed = make(200);
    EXPECT_EQ(advance(feed, 20ms), 40);
    EXPECT_EQ(target_->stops, 0);
    EXPECT_EQ(advance(feed, 40ms), -1);
    EXPECT_EQ(target_->stops, 1);
    ASSERT_EQ(target_->pushed.size(), 200u);
    EXPECT_EQ(target_->pushed.front(), 1);
    EXPECT_EQ(target_->pushed.back(), 200);
    EXPECT_EQ(progress_->pushed_samples, 200u);
    EXPECT_EQ(advance(feed, 60ms), -1);
    EXPECT_EQ(target_->stops, 1);
}

TEST_F(FeedTest, AddsTheTailThatIsNoPartOfTheRecording) {
    Feed feed = make(160, {.tail = 50ms});
    EXPECT_EQ(advance(feed, 200ms), -1);
    ASSERT_EQ(target_->pushed.size(), 160u + 400u);
    EXPECT_EQ(target_->pushed[159], 160);
    EXPECT_EQ(target_->pushed[160], 0);
    EXPECT_EQ(progress_->pushed_samples, 160u);
    EXPECT_EQ(target_->stops, 1);
}

TEST_F(FeedTest, WithoutALimitPushesOnlyWhatTheServiceTakes) {
    target_->sent = 0;
    Feed feed = make(8000, {.speed = Pace::unlimited, .max_unsent = 100ms, .max_burst = 100ms});
    EXPECT_EQ(advance(feed, 0ms), 5);
    EXPECT_EQ(target_->pushed.size(), 800u);
    EXPECT_EQ(advance(feed, 5ms), 10);
    EXPECT_EQ(target_->pushed.size(), 800u);
    target_->sent = 500;
    EXPECT_EQ(advance(feed, 10ms), 15);
    EXPECT_EQ(target_->pushed.size(), 1280u);  // three whole blocks fit
}

TEST_F(FeedTest, WaitsWithItsScheduleWhileTheServiceTakesNothing) {
    target_->sent = 0;
    Feed feed = make(8000, {.max_unsent = 40ms});
    EXPECT_EQ(advance(feed, 60ms), 65);
    EXPECT_EQ(target_->pushed.size(), 320u);
    for (auto now = 65ms; now < 1000ms; now += 5ms) EXPECT_EQ(advance(feed, now), (now + 5ms).count());
    target_->sent = 1'000'000;
    EXPECT_EQ(advance(feed, 1000ms), 1015);  // one block that was due at 995 ms
    EXPECT_EQ(target_->pushed.size(), 480u);
    EXPECT_EQ(advance(feed, 1015ms), 1035);
}

TEST_F(FeedTest, WaitsForALiveSourceAndDoesNotHurryAfterwards) {
    Feed feed = make(8000);
    source_->release_only(200);
    EXPECT_EQ(advance(feed, 100ms), 105);
    EXPECT_EQ(target_->pushed.size(), 200u);
    for (auto now = 105ms; now < 1000ms; now += 5ms) EXPECT_LE(advance(feed, now), (now + 20ms).count());
    source_->release_only(8000);
    advance(feed, 1000ms);
    EXPECT_LE(target_->pushed.size(), 200u + 160u);
    advance(feed, 1020ms);
    EXPECT_LE(target_->pushed.size(), 200u + 2 * 160u);
    EXPECT_GT(target_->pushed.size(), 200u);
}

TEST_F(FeedTest, CountsWhatTheTargetRefused) {
    target_->accepts = false;
    Feed feed = make(800);
    advance(feed, 40ms);
    EXPECT_EQ(progress_->refused_samples, 320u);
}

TEST_F(FeedTest, EndsWhenTheStreamIsClosedOrTheSourceFails) {
    Feed closed = make(800);
    target_->closed = true;
    EXPECT_EQ(advance(closed, 40ms), -1);
    EXPECT_EQ(target_->stops, 0);
    target_->closed = false;
    Feed failing = make(800);
    source_->fails = true;
    const auto outcome = failing.advance(begin_ + 40ms);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::file_unreadable);
    EXPECT_EQ(target_->stops, 1);
}

/// Collects what the feeding thread reports, and waits for it.
class Outcomes {
  public:
    void add(std::size_t id, bool good) {
        const std::lock_guard lock{mutex_};
        ended_.emplace_back(id, good);
        changed_.notify_all();
    }
    std::vector<std::pair<std::size_t, bool>> wait_for(std::size_t count) {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, 30s, [&] { return ended_.size() >= count; });
        return ended_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::pair<std::size_t, bool>> ended_;
};

TEST_F(FeedTest, TheFeederServesManyAndReportsEach) {
    Outcomes outcomes;
    std::vector<std::shared_ptr<RecordingTarget>> targets;
    Feeder feeder{[&](std::size_t id, const Result<>& outcome) { outcomes.add(id, outcome.has_value()); }};
    for (std::size_t id = 0; id < 20; ++id) {
        targets.push_back(std::make_shared<RecordingTarget>());
        auto feed = std::make_unique<Feed>(std::make_unique<NumberedSource>(1600), targets.back(),
                                           Pace{.speed = Pace::unlimited}, progress_, Clock::now());
        feeder.add(id, std::move(feed));
    }
    auto failing = std::make_unique<NumberedSource>(1600);
    failing->fails = true;
    feeder.add(99, std::make_unique<Feed>(std::move(failing), target_, Pace{.speed = Pace::unlimited}, progress_,
                                          Clock::now()));
    const auto ended = outcomes.wait_for(21);
    ASSERT_EQ(ended.size(), 21u);
    for (const auto& [id, good] : ended) EXPECT_EQ(good, id != 99) << id;
    for (const auto& target : targets) {
        EXPECT_EQ(target->pushed.size(), 1600u);
        EXPECT_EQ(target->stops, 1);
    }
}

TEST_F(FeedTest, TheFeederEndsAllEarlyWhenAsked) {
    Outcomes outcomes;
    Feeder feeder{[&](std::size_t id, const Result<>& outcome) { outcomes.add(id, outcome.has_value()); }};
    feeder.add(1, std::make_unique<Feed>(std::make_unique<NumberedSource>(80'000'000), target_, Pace{}, progress_,
                                         Clock::now()));
    feeder.stop_all();
    const auto ended = outcomes.wait_for(1);
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_TRUE(ended.front().second);
    EXPECT_EQ(target_->stops, 1);
}

}  // namespace
}  // namespace asr_stream::cli
