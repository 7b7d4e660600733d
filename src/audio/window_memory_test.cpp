// What a window takes from its memory resource, and what it does when there is none left.
#include <gmock/gmock.h>

#include <new>

#include "audio/test_window.hpp"
#include "audio/window.hpp"

namespace asr_stream::audio {
namespace {

using test::add;
using test::heap;
using test::send_all;
using testing::ElementsAre;

TEST(WindowMemory, ADropGivesUpWhatWasSentWhenMemoryForTheGapIsExhausted) {
    test::WatchedMemory memory;
    Window window{1'000'000, 1, &memory};
    for (std::size_t i = 0; i < 4; ++i) add(window, 100, 5);  // the list has room for four runs
    window.mark_sent(50);
    memory.exhausted = true;
    EXPECT_EQ(window.drop_oldest_unsent(340), 60u);
    EXPECT_EQ(window.unsent_frames(), 340u);
    EXPECT_EQ(window.begin(), 65u);
    EXPECT_EQ(window.sent(), 65u);
}

class WindowDrops : public testing::TestWithParam<std::size_t> {};

TEST_P(WindowDrops, FromTheMiddleKeepTheStorageBounded) {
    constexpr std::size_t capacity = 24'000;
    const std::size_t sent = GetParam();
    Window window{capacity, 1, heap()};
    add(window, sent);
    window.mark_sent(sent);
    for (int i = 0; i < 2000; ++i) {
        ASSERT_EQ(add(window, 160).frames, 0u);
        window.drop_oldest_unsent(3200);
        ASSERT_LE(window.allocated_bytes(), (capacity + capacity / 8) * 2 + 1024);
        ASSERT_LE(window.allocated_bytes(), (sent + 3360) * 4 + 1024);  // closes holes before it grows without end
        const auto chunk = window.unsent(160);
        ASSERT_EQ(test::wrong_samples(chunk.position, chunk.samples), 0u);
    }
    EXPECT_EQ(window.unsent_frames(), 3200u);
    EXPECT_EQ(window.begin(), 0u);
    window.rewind();
    EXPECT_THAT(send_all(window, capacity), ElementsAre(0u, sent + 2000 * 160 - 3200));
}

// The last one fills the window to its capacity at each append.
INSTANTIATE_TEST_SUITE_P(Sent, WindowDrops, testing::Values(1000, 10'000, 20'000, 20'600, 20'640));

TEST(WindowMemory, TakesNoMemoryInSteadyFlowOnceItHasItsSize) {
    test::WatchedMemory memory;
    Window window{240'000, 1, &memory};
    const auto a_second = [&] {
        for (int i = 0; i < 50; ++i) {
            add(window, 160);
            window.mark_sent(window.unsent(160).samples.size());
        }
    };
    for (int i = 0; i < 60; ++i) {
        a_second();
        if (i % 3 == 2) window.confirm(window.sent() - 4000);
    }
    const std::size_t calls = memory.calls;
    for (int i = 0; i < 600; ++i) {
        a_second();
        if (i % 3 == 2) window.confirm(window.sent() - 4000);
    }
    EXPECT_EQ(memory.calls, calls);
    EXPECT_EQ(memory.live, window.allocated_bytes());
    EXPECT_LT(memory.live, 28'000u * 2 * 2);
}

TEST(WindowMemory, GivesBackWhatAnOutageMadeItTake) {
    test::WatchedMemory memory;
    Window window{240'000, 1, &memory};
    add(window, 240'000);
    EXPECT_GE(memory.live, 480'000u);
    send_all(window, 8000);
    for (int i = 0; i < 100; ++i) {
        window.confirm(window.sent() - 1000);
        add(window, 8000);
        send_all(window, 8000);
    }
    EXPECT_LT(memory.live, 60'000u);
    EXPECT_EQ(window.frames(), 9000u);
}

TEST(WindowMemory, KeepsItsStorageWhenShrinkingFindsNoMemory) {
    test::WatchedMemory memory;
    Window window{240'000, 1, &memory};
    add(window, 240'000);
    send_all(window, 8000);
    memory.exhausted = true;
    for (int i = 0; i < 100; ++i) {
        window.confirm(window.sent() - 1000);
        add(window, 8000);
        send_all(window, 8000);
    }
    EXPECT_GE(window.allocated_bytes(), 480'000u);
    EXPECT_EQ(window.frames(), 9000u);
}

TEST(WindowMemory, ExhaustedMemoryLeavesItAsItWas) {
    test::WatchedMemory memory;
    Window window{240'000, 1, &memory};
    memory.exhausted = true;
    EXPECT_THROW(add(window, 160), std::bad_alloc);
    EXPECT_EQ(window.end(), 0u);
    memory.exhausted = false;
    add(window, 2000);
    window.mark_sent(1000);
    memory.exhausted = true;
    EXPECT_THROW(add(window, 2000, 7), std::bad_alloc);
    EXPECT_EQ(window.end(), 2000u);
    EXPECT_EQ(window.frames(), 2000u);
    EXPECT_EQ(window.sent(), 1000u);
    EXPECT_THAT(send_all(window, 500), ElementsAre(1000u, 1500u));
    memory.exhausted = false;
    add(window, 2000, 7);
    EXPECT_THAT(send_all(window, 5000), ElementsAre(2007u));
}

TEST(WindowMemory, ARunListThatCannotGrowCostsNoAudio) {
    test::WatchedMemory memory;
    Window window{2048, 1, &memory};
    for (int i = 0; i < 4; ++i) add(window, 500, 5);  // the list has room for four runs
    memory.exhausted = true;
    EXPECT_THROW(add(window, 100, 5), std::bad_alloc);
    EXPECT_EQ(window.frames(), 2000u);
    EXPECT_EQ(window.begin(), 5u);
    EXPECT_EQ(add(window, 100).frames, 52u);  // goes on with the last run
}

TEST(WindowMemory, AChunkAcrossTheWrapEndsThereWhenMemoryIsExhausted) {
    test::WatchedMemory memory;
    Window window{2048, 1, &memory};  // one growth step, so the storage wraps after 2048
    add(window, 2000);
    window.mark_sent(2000);
    window.confirm(2000);
    add(window, 2000);
    window.mark_sent(2000);
    window.confirm(3000);
    add(window, 1000);
    window.rewind();
    memory.exhausted = true;
    EXPECT_EQ(window.ready(2000).frames, 2000u);
    const auto begins = send_all(window, 2000);
    EXPECT_EQ(begins.size(), 2u);
    EXPECT_EQ(window.sent(), 5000u);
    memory.exhausted = false;
    window.rewind();
    EXPECT_THAT(send_all(window, 2000), ElementsAre(3000u));
}

}  // namespace
}  // namespace asr_stream::audio
