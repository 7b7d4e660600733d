#include "freeswitch/rate_adapter.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

namespace asr_stream::freeswitch {
namespace {

using Samples = std::vector<std::int16_t>;

Samples tone(std::size_t frames, double rate, std::size_t channels = 1) {
    Samples samples;
    for (std::size_t frame = 0; frame < frames; ++frame) {
        const double value = 8000 * std::sin(2 * std::numbers::pi * 400 * static_cast<double>(frame) / rate);
        for (std::size_t channel = 0; channel < channels; ++channel)
            samples.push_back(static_cast<std::int16_t>(channel == 0 ? value : -value));
    }
    return samples;
}

/// In frames of 20 ms, as a switch delivers them.
Samples converted(RateAdapter& adapter, const Samples& samples, std::uint32_t rate, std::size_t channels = 1) {
    Samples out;
    const std::size_t frame = std::max<std::size_t>(rate / 50 * channels, 1);
    for (std::size_t at = 0; at < samples.size(); at += frame)
        adapter.convert(
            std::span{samples}.subspan(at, std::min(frame, samples.size() - at)), rate,
            [&](std::span<const std::int16_t> piece) { out.insert(out.end(), piece.begin(), piece.end()); });
    return out;
}

int largest_difference(const Samples& a, const Samples& b, std::size_t shift) {
    int largest = 0;
    for (std::size_t at = 400; at + 400 < std::min(a.size(), b.size()); ++at)
        largest = std::max(largest, std::abs(a[at] - b[at + shift]));
    return largest;
}

TEST(RateAdapter, PassesTheStreamsOwnRateThrough) {
    RateAdapter adapter{8000, 1};
    const auto samples = tone(1600, 8000);
    EXPECT_EQ(converted(adapter, samples, 8000), samples);
    EXPECT_FALSE(adapter.prepare()) << "nothing to prepare";
}

TEST(RateAdapter, InterpolatesAtOnceAndKeepsTheClock) {
    RateAdapter adapter{8000, 1};
    const auto out = converted(adapter, tone(16'000, 16'000), 16'000);
    EXPECT_EQ(out.size(), 8000u);
    EXPECT_LT(largest_difference(out, tone(8001, 8000), 0), 1700) << "at most one input sample late";
}

TEST(RateAdapter, InterpolatesUpwardsToo) {
    RateAdapter adapter{48'000, 1};
    EXPECT_EQ(converted(adapter, tone(8000, 8000), 8000).size(), 48'000u);
}

TEST(RateAdapter, FiltersOnceTheFilterIsMade) {
    RateAdapter adapter{8000, 1};
    static_cast<void>(converted(adapter, tone(320, 16'000), 16'000));
    EXPECT_TRUE(adapter.prepare());
    EXPECT_FALSE(adapter.prepare()) << "made once";
    const auto out = converted(adapter, tone(16'000, 16'000), 16'000);
    EXPECT_NEAR(static_cast<double>(out.size()), 8000.0, 160.0);
    EXPECT_LT(largest_difference(out, tone(8400, 8000), 0), 300);
}

TEST(RateAdapter, KeepsChannelsApart) {
    RateAdapter adapter{8000, 2};
    const auto out = converted(adapter, tone(3200, 16'000, 2), 16'000, 2);
    ASSERT_EQ(out.size(), 3200u);
    for (std::size_t at = 0; at < out.size(); at += 2) ASSERT_NEAR(out[at], -out[at + 1], 1);
}

TEST(RateAdapter, ARateNobodyCanFilterStaysInterpolated) {
    RateAdapter adapter{8000, 1};
    EXPECT_EQ(converted(adapter, tone(96'000, 96'000), 96'000).size(), 8000u);
    EXPECT_FALSE(adapter.prepare());
    EXPECT_TRUE(converted(adapter, Samples{}, 0).empty());
}

}  // namespace
}  // namespace asr_stream::freeswitch
