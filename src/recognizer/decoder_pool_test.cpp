#include "recognizer/decoder_pool.hpp"

#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <semaphore>

namespace asr_stream::recognizer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = DecoderPool::Clock;

Piece audio(milliseconds duration, std::int16_t mark = 0) {
    return {.kind = Piece::Kind::audio, .samples = {mark}, .duration = duration};
}
Piece stop() { return {.kind = Piece::Kind::stop}; }

/// Notes the marks of its pieces and, once closed, waits at each until the test opens it.
class Recorder final : public PieceHandler {
  public:
    void handle(Piece& piece) noexcept override {
        if (in_use_.exchange(true)) overlapped_ = true;
        if (is_gated_) {
            arrived_.release();
            gate_.acquire();
        }
        if (piece.kind == Piece::Kind::stop)
            done_.set_value();
        else
            marks_.push_back(piece.samples.front());
        in_use_ = false;
    }

    void gate() { is_gated_ = true; }
    void wait_until_arrived() { arrived_.acquire(); }
    void let_pass(int pieces) { gate_.release(pieces); }
    void wait_until_stopped() { done_.get_future().get(); }

    std::vector<std::int16_t> marks_;
    std::atomic<bool> overlapped_{false};

  private:
    std::atomic<bool> in_use_{false};
    std::atomic<bool> is_gated_{false};
    std::counting_semaphore<> arrived_{0};
    std::counting_semaphore<> gate_{0};
    std::promise<void> done_;
};

void no_room_wanted() {}

TEST(DecoderPool, DoesEachLanesPiecesInOrderAndNeverTwoAtATime) {
    DecoderPool pool{{.threads = 4}};
    std::vector<std::shared_ptr<Recorder>> recorders;
    std::vector<std::shared_ptr<DecoderPool::Lane>> lanes;
    for (int i = 0; i < 20; ++i) {
        recorders.push_back(std::make_shared<Recorder>());
        lanes.push_back(pool.open(recorders.back(), no_room_wanted));
    }
    constexpr std::int16_t pieces = 200;
    for (std::int16_t mark = 0; mark < pieces; ++mark) {
        for (const auto& lane : lanes) lane->push(audio(milliseconds{20}, mark));
    }
    for (const auto& lane : lanes) lane->push(stop());
    for (const auto& recorder : recorders) {
        recorder->wait_until_stopped();
        EXPECT_FALSE(recorder->overlapped_);
        ASSERT_EQ(recorder->marks_.size(), static_cast<std::size_t>(pieces));
        for (std::int16_t mark = 0; mark < pieces; ++mark)
            EXPECT_EQ(recorder->marks_[static_cast<std::size_t>(mark)], mark);
    }
    EXPECT_EQ(pool.stats().backlog.count(), 0);
    EXPECT_EQ(pool.stats().audio, milliseconds{20} * 20 * pieces);
}

TEST(DecoderPool, SaysThatItIsOverloadedWhileTooMuchWaits) {
    DecoderPool pool{{.threads = 1, .max_backlog = seconds{2}}};
    const auto recorder = std::make_shared<Recorder>();
    recorder->gate();
    const auto lane = pool.open(recorder, no_room_wanted);
    lane->push(audio(seconds{1}));
    recorder->wait_until_arrived();
    EXPECT_FALSE(pool.is_overloaded());
    lane->push(audio(seconds{1}));
    EXPECT_FALSE(pool.is_overloaded());
    lane->push(audio(seconds{1}));
    EXPECT_TRUE(pool.is_overloaded());
    EXPECT_EQ(lane->backlog(), seconds{3});
    lane->push(stop());
    recorder->let_pass(4);
    recorder->wait_until_stopped();
    EXPECT_FALSE(pool.is_overloaded());
}

TEST(DecoderPool, ForgetsTheBacklogOfALaneThatIsClosed) {
    DecoderPool pool{{.threads = 1, .max_backlog = seconds{2}}};
    const auto recorder = std::make_shared<Recorder>();
    recorder->gate();
    const auto lane = pool.open(recorder, no_room_wanted);
    for (int i = 0; i < 5; ++i) lane->push(audio(seconds{1}));
    recorder->wait_until_arrived();
    EXPECT_TRUE(pool.is_overloaded());
    lane->close();
    EXPECT_FALSE(pool.is_overloaded());
    EXPECT_EQ(pool.stats().backlog.count(), 0);
    lane->push(audio(seconds{1}));
    EXPECT_EQ(pool.stats().backlog.count(), 0);
    recorder->let_pass(1);
    pool.stop();
    EXPECT_EQ(recorder->marks_.size(), 1u) << "only the piece under way was done";
}

TEST(DecoderPool, MeasuresLagAgainstRealTime) {
    DecoderPool pool{{.threads = 1}};
    const auto recorder = std::make_shared<Recorder>();
    const auto lane = pool.open(recorder, no_room_wanted);
    EXPECT_EQ(lane->lag(Clock::now() + seconds{100}).count(), 0) << "nothing waits";
    recorder->gate();
    for (int i = 0; i < 3; ++i) lane->push(audio(seconds{60}));
    recorder->wait_until_arrived();
    EXPECT_GE(lane->lag(Clock::now() + seconds{10}), seconds{10}) << "nothing was done in ten seconds";
    recorder->let_pass(1);
    recorder->wait_until_arrived();
    EXPECT_EQ(lane->lag(Clock::now() + seconds{10}).count(), 0) << "a minute of audio was: it is ahead of real time";
    EXPECT_GE(lane->lag(Clock::now() + seconds{100}), seconds{40});
    recorder->let_pass(2);
}

TEST(DecoderPool, AsksItsReadersToPauseAndToGoOn) {
    DecoderPool pool{{.threads = 1, .read_ahead = seconds{1}, .read_ahead_pieces = 10}};
    const auto recorder = std::make_shared<Recorder>();
    recorder->gate();
    std::counting_semaphore<> room{0};
    const auto lane = pool.open(recorder, [&room] { room.release(); });
    lane->push(audio(seconds{1}));
    EXPECT_TRUE(lane->has_room());
    lane->push(audio(milliseconds{500}));
    EXPECT_FALSE(lane->has_room());
    recorder->let_pass(1);
    room.acquire();
    EXPECT_TRUE(lane->has_room());
    for (int i = 0; i < 12; ++i) lane->push(audio(milliseconds{0}));
    EXPECT_FALSE(lane->has_room()) << "messages without audio wait, too";
    recorder->let_pass(20);
    room.acquire();
    EXPECT_TRUE(lane->has_room());
    pool.stop();
}

TEST(DecoderPool, StopsWithWorkLeft) {
    const auto recorder = std::make_shared<Recorder>();
    recorder->gate();
    auto pool = std::make_unique<DecoderPool>(DecoderPool::Settings{.threads = 2});
    const auto lane = pool->open(recorder, no_room_wanted);
    for (int i = 0; i < 100; ++i) lane->push(audio(seconds{1}));
    recorder->wait_until_arrived();
    recorder->let_pass(1);
    pool->stop();
    lane->push(audio(seconds{1}));
    lane->close();
    EXPECT_LE(recorder->marks_.size(), 1u);
}

}  // namespace
}  // namespace asr_stream::recognizer
