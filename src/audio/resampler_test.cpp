#include "audio/resampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <ostream>
#include <vector>

namespace asr_stream::audio {
namespace {

using Samples = std::vector<std::int16_t>;

constexpr double amplitude = 10'000;

std::int16_t sine_at(double seconds, double hertz) {
    return static_cast<std::int16_t>(std::lround(amplitude * std::sin(2 * std::numbers::pi * hertz * seconds)));
}

Samples sine(double hertz, std::uint32_t rate, std::size_t frames) {
    Samples samples(frames);
    for (std::size_t i = 0; i < frames; ++i) samples[i] = sine_at(static_cast<double>(i) / rate, hertz);
    return samples;
}

void extend(Samples& samples, std::span<const std::int16_t> more) {
    samples.insert(samples.end(), more.begin(), more.end());
}

Resampler make(std::uint32_t in, std::uint32_t out, std::uint16_t channels = 1) {
    auto resampler = Resampler::create(in, out, channels);
    EXPECT_TRUE(resampler) << resampler.error().message();
    return *std::move(resampler);
}

/// All of `samples` in chunks of `chunk` frames, and the rest.
Samples convert(Resampler& resampler, const Samples& samples, std::size_t channels = 1, std::size_t chunk = 160) {
    Samples out;
    for (std::size_t at = 0; at < samples.size(); at += chunk * channels)
        extend(out, resampler.process(std::span{samples}.subspan(at, std::min(chunk * channels, samples.size() - at))));
    extend(out, resampler.flush());
    return out;
}

/// Signal to noise in dB against `expected`, without the first and last `edge` samples.
double snr(const Samples& got, const Samples& expected, std::size_t edge) {
    double signal = 0;
    double noise = 0;
    for (std::size_t i = edge; i + edge < std::min(got.size(), expected.size()); ++i) {
        signal += std::pow(expected[i], 2);
        noise += std::pow(got[i] - expected[i], 2);
    }
    return 10 * std::log10(signal / std::max(noise, 1e-9));
}

struct Rates {
    std::uint32_t in;
    std::uint32_t out;

    friend std::ostream& operator<<(std::ostream& stream, const Rates& rates) {
        return stream << rates.in << " to " << rates.out;
    }
};

class ResamplerRates : public testing::TestWithParam<Rates> {};

// An expected sine without any shift: a delay of one sample at 700 Hz and 8 kHz alone would leave 5 dB.
TEST_P(ResamplerRates, ASineKeepsItsFrequencyAndItsPlace) {
    const auto [in, out] = GetParam();
    auto resampler = make(in, out);
    const Samples converted = convert(resampler, sine(700, in, in));
    EXPECT_GT(snr(converted, sine(700, out, out), out / 50), 40) << in << " to " << out;
}

TEST_P(ResamplerRates, TheLengthIsExactForAnyInput) {
    const auto [in, out] = GetParam();
    auto resampler = make(in, out);
    for (const std::size_t frames : {0U, 1U, 2U, 3U, 79U, 80U, 160U, 441U, 1000U, 12345U}) {
        const auto expected = static_cast<std::size_t>(std::llround(static_cast<double>(frames) * out / in));
        EXPECT_EQ(convert(resampler, sine(700, in, frames)).size(), expected) << frames << " frames";
    }
}

TEST_P(ResamplerRates, TheSizeOfTheChunksMakesNoDifference) {
    const auto [in, out] = GetParam();
    auto resampler = make(in, out);
    const Samples audio = sine(440, in, 5000);
    const Samples whole = convert(resampler, audio, 1, 5000);
    EXPECT_EQ(convert(resampler, audio, 1, 160), whole);
    EXPECT_EQ(convert(resampler, audio, 1, 7), whole);
}

INSTANTIATE_TEST_SUITE_P(Telephony, ResamplerRates,
                         testing::Values(Rates{8000, 16000}, Rates{16000, 8000}, Rates{8000, 48000}, Rates{48000, 8000},
                                         Rates{8000, 11025}, Rates{11025, 8000}, Rates{44100, 16000},
                                         Rates{22050, 8000}, Rates{8000, 24000}, Rates{24000, 16000},
                                         Rates{47999, 8000}, Rates{16000, 44100}));

TEST(Resampler, ThereAndBackAgainIsTheSameAudio) {
    auto up = make(8000, 16000);
    auto down = make(16000, 8000);
    for (const double hertz : {300.0, 1000.0, 2500.0, 3300.0}) {
        const Samples audio = sine(hertz, 8000, 8000);
        const Samples back = convert(down, convert(up, audio));
        ASSERT_EQ(back.size(), audio.size());
        EXPECT_GT(snr(back, audio, 200), 30) << hertz << " Hz";
    }
}

TEST(Resampler, ChannelsStayApart) {
    auto resampler = make(8000, 16000, 2);
    const Samples left = sine(500, 8000, 8000);
    const Samples right = sine(1100, 8000, 8000);
    Samples both;
    for (std::size_t i = 0; i < left.size(); ++i) extend(both, std::vector{left[i], right[i]});
    const Samples converted = convert(resampler, both, 2);
    ASSERT_EQ(converted.size(), 2u * 16000);
    Samples first;
    Samples second;
    for (std::size_t i = 0; i < converted.size(); i += 2) {
        first.push_back(converted[i]);
        second.push_back(converted[i + 1]);
    }
    EXPECT_GT(snr(first, sine(500, 16000, 16000), 300), 40);
    EXPECT_GT(snr(second, sine(1100, 16000, 16000), 300), 40);
}

TEST(Resampler, EqualRatesPassThroughWithoutACopy) {
    auto resampler = make(8000, 8000);
    const Samples audio = sine(700, 8000, 160);
    EXPECT_TRUE(resampler.is_passthrough());
    EXPECT_EQ(resampler.process(audio).data(), audio.data());
    EXPECT_EQ(resampler.process(audio).size(), audio.size());
    EXPECT_TRUE(resampler.flush().empty());
    resampler.reset();
    EXPECT_FALSE(make(8000, 16000).is_passthrough());
}

TEST(Resampler, ResetForgetsWhatCameBefore) {
    auto resampler = make(8000, 16000);
    const Samples audio = sine(700, 8000, 1000);
    const Samples expected = convert(resampler, audio);
    static_cast<void>(resampler.process(sine(1234, 8000, 777)));
    resampler.reset();
    EXPECT_EQ(convert(resampler, audio), expected);
}

TEST(Resampler, FlushEndsTheRunAndTheNextOneStartsClean) {
    auto resampler = make(8000, 16000);
    const Samples audio = sine(700, 8000, 1000);
    const Samples expected = convert(resampler, audio);
    EXPECT_TRUE(resampler.flush().empty());
    EXPECT_EQ(convert(resampler, audio), expected);
}

TEST(Resampler, ALoudSquareWaveSaturatesInsteadOfWrapping) {
    auto resampler = make(8000, 16000);
    Samples square(8000);
    for (std::size_t i = 0; i < square.size(); ++i) square[i] = i / 40 % 2 == 0 ? 32767 : -32768;
    const Samples converted = convert(resampler, square);
    ASSERT_EQ(converted.size(), 16000u);
    // Between the edges the sign is that of the input.
    for (std::size_t i = 100; i < 15'900; ++i) {
        if (i % 80 <= 8 || i % 80 >= 72) continue;
        ASSERT_EQ(converted[i] > 0, i / 80 % 2 == 0) << "sample " << i;
    }
}

TEST(Resampler, RefusesWhatItCannotConvertAndSaysWhatIsAllowed) {
    const auto low = Resampler::create(7999, 16000, 1);
    ASSERT_FALSE(low);
    EXPECT_EQ(low.error().code, Errc::invalid_setting);
    EXPECT_EQ(low.error().context, "sample-rate=7999: allowed are 8000 to 48000 Hz");
    const auto high = Resampler::create(8000, 96000, 1);
    ASSERT_FALSE(high);
    EXPECT_EQ(high.error().context, "sample-rate=96000: allowed are 8000 to 48000 Hz");
    for (const std::uint16_t channels : std::array<std::uint16_t, 2>{0, 3}) {
        const auto refused = Resampler::create(8000, 16000, channels);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Errc::invalid_setting);
        EXPECT_EQ(refused.error().context, "channels=" + std::to_string(channels) + ": allowed are 1 and 2");
    }
}

}  // namespace
}  // namespace asr_stream::audio
