// A producer and a consumer thread on one ring.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "audio/ring.hpp"
#include "audio/test_ring.hpp"

namespace asr_stream::audio {
namespace {

using test::heap;
using test::push;
using test::wrong_samples;

struct Totals {
    std::uint64_t frames = 0;
    std::uint64_t lost = 0;  ///< refused or skipped
    std::uint64_t wrong = 0;
    std::uint64_t backwards = 0;
};

/// Frames of random length until `frames` have passed; counts what was refused or skipped.
Totals produce(Ring& ring, std::size_t channels, std::uint64_t frames) {
    std::mt19937 random{1};
    Totals totals;
    while (ring.end() < frames) {
        const std::size_t count = random() % 400;
        if (random() % 64 == 0) {
            ring.skip(count);
            totals.lost += count;
        } else if (push(ring, count, channels)) {
            totals.frames += count;
        } else {
            totals.lost += count;
            std::this_thread::yield();
        }
    }
    return totals;
}

Totals consume(Ring& ring, std::size_t channels, const std::atomic<bool>& done) {
    Totals totals;
    Position next = 0;
    for (bool last = false;;) {
        const auto piece = ring.front();
        if (!piece) {
            if (last) return totals;
            last = done.load(std::memory_order_acquire);  // then one more look
            std::this_thread::yield();
            continue;
        }
        totals.backwards += piece->position < next ? 1U : 0U;
        totals.lost += piece->position - next;
        totals.wrong += wrong_samples(*piece, channels);
        totals.frames += piece->samples.size() / channels;
        next = piece->position + piece->samples.size() / channels;
        ring.pop();
    }
}

class RingThreads : public testing::TestWithParam<std::uint16_t> {};

TEST_P(RingThreads, EverySampleArrivesOnceAtItsPositionAndTheRestWasRefused) {
    const std::uint16_t channels = GetParam();
    Ring ring{2000, channels, heap()};
    Totals refused_first;
    while (push(ring, 160, channels)) refused_first.frames += 160;  // so there is a refusal whatever the scheduler does
    refused_first.lost = 160;

    std::atomic<bool> done{false};
    Totals produced;
    std::thread producer{[&] {
        produced = produce(ring, channels, 4'000'000);
        done.store(true, std::memory_order_release);
    }};
    const Totals consumed = consume(ring, channels, done);
    producer.join();

    EXPECT_EQ(consumed.wrong, 0u);
    EXPECT_EQ(consumed.backwards, 0u);
    EXPECT_EQ(consumed.frames, produced.frames + refused_first.frames);
    EXPECT_EQ(produced.frames + produced.lost + refused_first.frames + refused_first.lost, ring.end());
    EXPECT_LE(consumed.lost, produced.lost + refused_first.lost);  // what is lost at the very end shows no gap
    EXPECT_GE(consumed.lost, 160u);
    EXPECT_GT(consumed.frames, 1'000u);
}

INSTANTIATE_TEST_SUITE_P(MonoAndStereo, RingThreads, testing::Values<std::uint16_t>(1, 2));

TEST(Ring, WhatWasPushedBeforeAnEndIsFoundAfterReadingIt) {
    Ring ring{100'000, 1, heap()};
    constexpr Position last = 80'000;
    std::thread producer{[&] {
        while (ring.end() < last) static_cast<void>(push(ring, 10 + ring.end() % 90));
    }};
    std::uint64_t missing = 0;
    for (Position seen = 0, next = 0; seen < last;) {
        seen = ring.end();
        for (auto piece = ring.front(); piece; piece = ring.front()) {
            next = piece->position + piece->samples.size();
            ring.pop();
        }
        missing += next < seen ? 1U : 0U;
    }
    producer.join();
    EXPECT_EQ(missing, 0u);
}

}  // namespace
}  // namespace asr_stream::audio
