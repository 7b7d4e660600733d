#include "audio/ring.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <ostream>
#include <vector>

#include "audio/test_ring.hpp"

namespace asr_stream::audio {
namespace {

using testing::ElementsAre;

using test::heap;
using test::push;
using test::wrong_samples;

TEST(Ring, GivesBackWhatWasPushedWithItsPosition) {
    Ring ring{4000, 1, heap()};
    EXPECT_TRUE(ring.empty());
    EXPECT_FALSE(ring.front());
    ASSERT_TRUE(ring.try_push(std::vector<std::int16_t>{1, 2, 3}));
    ASSERT_TRUE(ring.try_push(std::vector<std::int16_t>{4}));
    EXPECT_FALSE(ring.empty());
    EXPECT_EQ(ring.end(), 4u);

    const auto first = ring.front();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->position, 0u);
    EXPECT_THAT(first->samples, ElementsAre(1, 2, 3));
    ring.pop();
    const auto second = ring.front();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->position, 3u);
    EXPECT_THAT(second->samples, ElementsAre(4));
    ring.pop();
    EXPECT_TRUE(ring.empty());
}

TEST(Ring, FrontLeavesThePieceInPlaceAndPopNeedsAFront) {
    Ring ring{4000, 1, heap()};
    ring.pop();
    ASSERT_TRUE(push(ring, 160));
    ASSERT_TRUE(push(ring, 160));
    EXPECT_EQ(ring.front()->position, 0u);
    EXPECT_EQ(ring.front()->position, 0u);
    ring.pop();
    ring.pop();
    EXPECT_EQ(ring.front()->position, 160u);
}

TEST(Ring, TellsWhenAPieceWasPushed) {
    const auto now = [] {
        return std::chrono::nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count();
    };
    Ring ring{4000, 1, heap()};
    const std::int64_t before = now();
    ASSERT_TRUE(push(ring, 160));
    EXPECT_GE(ring.front()->pushed_ns, before);
    EXPECT_LE(ring.front()->pushed_ns, now());
}

TEST(Ring, SkipAdvancesTheClockWithoutAudio) {
    Ring ring{4000, 1, heap()};
    ring.skip(500);
    EXPECT_EQ(ring.end(), 500u);
    EXPECT_TRUE(ring.empty());
    ASSERT_TRUE(push(ring, 160));
    EXPECT_EQ(ring.front()->position, 500u);
}

TEST(Ring, AnEmptyPushIsNoPiece) {
    Ring ring{4000, 2, heap()};
    EXPECT_TRUE(ring.try_push({}));
    EXPECT_TRUE(ring.try_push(std::vector<std::int16_t>{7}));  // less than one frame of two channels
    EXPECT_EQ(ring.end(), 0u);
    EXPECT_TRUE(ring.empty());
}

TEST(Ring, CountsFramesOfAllChannelsOnceAndIgnoresARemainder) {
    Ring ring{4000, 2, heap()};
    ASSERT_TRUE(ring.try_push(std::vector<std::int16_t>{1, 2, 3, 4, 5}));
    EXPECT_EQ(ring.end(), 2u);
    EXPECT_THAT(ring.front()->samples, ElementsAre(1, 2, 3, 4));
}

TEST(Ring, AFullRingRefusesTheWholeFrameAndItsClockGoesOn) {
    Ring ring{800, 1, heap()};
    std::size_t accepted = 0;
    while (push(ring, 160)) ++accepted;
    EXPECT_GE(accepted, 5u);
    EXPECT_LE(accepted, 6u);  // headers laid out for short pieces leave a little more room for long ones
    EXPECT_EQ(ring.end(), (accepted + 1) * 160);

    ASSERT_TRUE(ring.front());
    ring.pop();
    ASSERT_TRUE(push(ring, 160));
    // One gap, where the refused frame would be.
    std::vector<Position> gaps;
    Position next = 160;
    for (auto piece = ring.front(); piece; piece = ring.front()) {
        if (piece->position != next) gaps.push_back(piece->position);
        EXPECT_EQ(wrong_samples(*piece, 1), 0u);
        next = piece->position + piece->samples.size();
        ring.pop();
    }
    EXPECT_THAT(gaps, ElementsAre((accepted + 1) * 160));
    EXPECT_EQ(next, ring.end());
}

TEST(Ring, RefusesAFrameLongerThanItsCapacityAlsoWhenEmpty) {
    Ring ring{800, 1, heap()};
    EXPECT_FALSE(push(ring, 801));
    EXPECT_EQ(ring.end(), 801u);
    EXPECT_TRUE(ring.empty());
    EXPECT_TRUE(push(ring, 800));
    EXPECT_EQ(ring.front()->position, 801u);
}

struct Shape {
    std::size_t capacity;
    std::uint16_t channels;
    std::size_t piece;

    friend std::ostream& operator<<(std::ostream& out, const Shape& shape) {
        return out << shape.capacity << " frames of " << shape.channels << " in pieces of " << shape.piece;
    }
};

class RingCapacity : public testing::TestWithParam<Shape> {};

TEST_P(RingCapacity, HoldsItAtEveryPlaceOfTheWrap) {
    const Shape shape = GetParam();
    Ring ring{shape.capacity, shape.channels, heap()};
    // Between two fillings the start moves on by a few samples, so that the wrap meets headers and audio everywhere.
    for (std::size_t start = 0; start < 400; ++start) {
        for (std::size_t left = shape.capacity; left > 0; left -= std::min(left, shape.piece))
            ASSERT_TRUE(push(ring, std::min(left, shape.piece), shape.channels))
                << "filling " << start << ", left " << left;
        std::size_t frames = 0;
        for (auto piece = ring.front(); piece; piece = ring.front()) {
            ASSERT_EQ(wrong_samples(*piece, shape.channels), 0u) << "filling " << start << " at " << piece->position;
            frames += piece->samples.size() / shape.channels;
            ring.pop();
        }
        ASSERT_EQ(frames, shape.capacity);
        ASSERT_TRUE(push(ring, std::min(1 + start % 3, shape.capacity), shape.channels));
        while (ring.front()) ring.pop();
    }
}

INSTANTIATE_TEST_SUITE_P(Shapes, RingCapacity,
                         testing::Values(Shape{4000, 1, 160}, Shape{4000, 1, 80}, Shape{4000, 2, 160},
                                         Shape{8000, 1, 320}, Shape{1000, 1, 1000}, Shape{1000, 2, 999},
                                         Shape{100, 1, 80}, Shape{1, 1, 1}, Shape{777, 3, 81}));

TEST(Ring, SplitsAPushAtTheWrapIntoTwoPiecesThatJoin) {
    Ring ring{400, 1, heap()};
    std::size_t splits = 0;
    for (int i = 0; i < 200; ++i) {
        const Position start = ring.end();
        ASSERT_TRUE(push(ring, 333));
        const auto first = ring.front();
        ASSERT_TRUE(first);
        EXPECT_EQ(first->position, start);
        std::size_t frames = first->samples.size();
        const std::int64_t pushed_ns = first->pushed_ns;
        ring.pop();
        if (const auto second = ring.front()) {
            ++splits;
            EXPECT_EQ(second->position, start + frames);
            EXPECT_EQ(second->pushed_ns, pushed_ns);
            frames += second->samples.size();
            ring.pop();
        }
        EXPECT_EQ(frames, 333u);
        EXPECT_TRUE(ring.empty());
    }
    EXPECT_GT(splits, 50u);
}

TEST(Ring, TakesAllItsMemoryAtConstructionAndGivesItBack) {
    test::WatchedMemory memory;
    {
        Ring ring{4000, 1, &memory};
        EXPECT_EQ(memory.live, ring.allocated_bytes());
        EXPECT_LT(memory.live, 8000u + 1500u);
        for (int i = 0; i < 100; ++i) static_cast<void>(push(ring, 160));
        while (ring.front()) ring.pop();
        EXPECT_EQ(memory.calls, 1u);
    }
    EXPECT_EQ(memory.live, 0u);
    EXPECT_THROW((Ring{4000, 1, std::pmr::null_memory_resource()}), std::bad_alloc);
}

}  // namespace
}  // namespace asr_stream::audio
