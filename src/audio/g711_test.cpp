#include "audio/g711.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <vector>

namespace asr_stream::audio {
namespace {

using testing::ElementsAre;

std::vector<std::uint8_t> every_code() {
    std::vector<std::uint8_t> codes(256);
    std::iota(codes.begin(), codes.end(), std::uint8_t{0});
    return codes;
}

std::vector<std::int16_t> every_sample() {
    std::vector<std::int16_t> samples(65536);
    std::iota(samples.begin(), samples.end(), std::numeric_limits<std::int16_t>::min());
    return samples;
}

/// G.711 table 2: quantizer values, in the 14-bit scale, of the first code of each positive segment and of the last
/// code.
constexpr std::array<int, 9> mu_law_starts{0, 33, 99, 231, 495, 1023, 2079, 4191, 8031};
/// G.711 table 1, in the 13-bit scale (of 4096), likewise.
constexpr std::array<int, 9> a_law_starts{1, 33, 66, 132, 264, 528, 1056, 2112, 4032};

TEST(G711, MuLawDecodesToTheTableOfTheRecommendation) {
    std::vector<std::int16_t> samples(256);
    ASSERT_EQ(decode_mu_law(every_code(), samples), 256u);
    for (std::size_t segment = 0; segment < 8; ++segment) {
        EXPECT_EQ(samples[0xFF - 16 * segment], 4 * mu_law_starts[segment]) << "segment " << segment;
        EXPECT_EQ(samples[0x7F - 16 * segment], -4 * mu_law_starts[segment]) << "segment " << segment;
    }
    EXPECT_EQ(samples[0x80], 4 * mu_law_starts[8]);
    EXPECT_EQ(samples[0x00], -4 * mu_law_starts[8]);
}

TEST(G711, ALawDecodesToTheTableOfTheRecommendation) {
    std::vector<std::int16_t> samples(256);
    ASSERT_EQ(decode_a_law(every_code(), samples), 256u);
    for (std::size_t segment = 0; segment < 8; ++segment) {
        const std::size_t code = 0x80 + 16 * segment;
        EXPECT_EQ(samples[code ^ 0x55], 8 * a_law_starts[segment]) << "segment " << segment;
        EXPECT_EQ(samples[(code ^ 0x55) - 0x80], -8 * a_law_starts[segment]) << "segment " << segment;
    }
    EXPECT_EQ(samples[0xFF ^ 0x55], 8 * a_law_starts[8]);
    EXPECT_EQ(samples[0x7F ^ 0x55], -8 * a_law_starts[8]);
}

TEST(G711, EveryCodeSurvivesDecodingAndEncoding) {
    const auto codes = every_code();
    std::vector<std::int16_t> samples(256);
    std::vector<std::uint8_t> again(256);
    decode_a_law(codes, samples);
    encode_a_law(samples, again);
    EXPECT_EQ(again, codes);

    decode_mu_law(codes, samples);
    encode_mu_law(samples, again);
    auto expected = codes;
    expected[0x7F] = 0xFF;  // mu-law has a negative zero, L16 has not
    EXPECT_EQ(again, expected);
}

using Encode = std::size_t (*)(std::span<const std::int16_t>, std::span<std::uint8_t>) noexcept;
using Decode = std::size_t (*)(std::span<const std::uint8_t>, std::span<std::int16_t>) noexcept;

struct Law {
    Encode encode;
    Decode decode;
    std::array<int, 7> decisions;  ///< where segments 1 to 7 begin, as 16-bit samples
    std::array<int, 8> steps;      ///< of each segment, as 16-bit samples
    int largest;                   ///< beyond it samples are clipped
    int cut;                       ///< what a sample can lose when it is cut to the law's bits
};

/// Decision values of tables 2 and 1, times 4 and 8.
constexpr Law mu_law{encode_mu_law,
                     decode_mu_law,
                     {31 * 4, 95 * 4, 223 * 4, 479 * 4, 991 * 4, 2015 * 4, 4063 * 4},
                     {8, 16, 32, 64, 128, 256, 512, 1024},
                     8159 * 4 - 1,
                     3};
constexpr Law a_law{encode_a_law,
                    decode_a_law,
                    {32 * 8, 64 * 8, 128 * 8, 256 * 8, 512 * 8, 1024 * 8, 2048 * 8},
                    {16, 16, 32, 64, 128, 256, 512, 1024},
                    32767,
                    1};

void expect_within_half_a_step(const Law& law) {
    const auto samples = every_sample();
    std::vector<std::uint8_t> codes(samples.size());
    std::vector<std::int16_t> decoded(samples.size());
    ASSERT_EQ(law.encode(samples, codes), samples.size());
    ASSERT_EQ(law.decode(codes, decoded), samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
        // Below zero the intervals are closed at the other end.
        const int size = samples[i] < 0 ? -samples[i] - 1 : samples[i];
        if (size > law.largest) continue;
        const auto segment = std::upper_bound(law.decisions.begin(), law.decisions.end(), size) - law.decisions.begin();
        const int step = law.steps[static_cast<std::size_t>(segment)];
        ASSERT_LE(std::abs(samples[i] - decoded[i]), step / 2 + law.cut) << samples[i];
    }
    EXPECT_TRUE(std::is_sorted(decoded.begin(), decoded.end()));
}

TEST(G711, EncodingErrsByHalfAStepOfItsSegmentAtMostAndKeepsTheOrder) {
    expect_within_half_a_step(mu_law);
    expect_within_half_a_step(a_law);
}

TEST(G711, SegmentsBeginAtTheDecisionValuesOfTheRecommendation) {
    for (const Law& law : {mu_law, a_law}) {
        for (const int decision : law.decisions) {
            const auto first = static_cast<std::int16_t>(decision);
            const std::array<std::int16_t, 2> around{static_cast<std::int16_t>(first - 1), first};
            std::array<std::uint8_t, 2> codes{};
            law.encode(around, codes);
            const int mask = law.encode == mu_law.encode ? 0xFF : 0xD5;
            const int before = codes[0] ^ mask;
            EXPECT_EQ(before & 0xF, 0xF) << decision;
            EXPECT_EQ((codes[1] ^ mask) & 0xF, 0) << decision;
            EXPECT_EQ((codes[1] ^ mask) >> 4, (before >> 4) + 1) << decision;
        }
    }
}

TEST(G711, SamplesBeyondTheLargestAreClipped) {
    const std::array<std::int16_t, 4> samples{32'636, 32'767, -32'637, -32'768};
    std::array<std::uint8_t, 4> codes{};
    encode_mu_law(samples, codes);
    EXPECT_THAT(codes, ElementsAre(0x80, 0x80, 0x00, 0x00));
}

TEST(G711, KnownSamplesHaveTheirKnownCodes) {
    const std::array<std::int16_t, 6> samples{0, 1000, -1000, 32767, -32768, -1};
    std::array<std::uint8_t, 6> codes{};
    encode_mu_law(samples, codes);
    EXPECT_THAT(codes, ElementsAre(0xFF, 0xCE, 0x4E, 0x80, 0x00, 0x7F));
    encode_a_law(samples, codes);
    EXPECT_THAT(codes, ElementsAre(0xD5, 0xFA, 0x7A, 0xAA, 0x2A, 0x55));
}

TEST(G711, ConvertsAsManyAsFitBothSpans) {
    const std::array<std::int16_t, 3> samples{5000, 5000, 5000};
    std::array<std::uint8_t, 2> codes{};
    EXPECT_EQ(encode_a_law(samples, codes), 2u);
    EXPECT_EQ(encode_mu_law(std::span{samples}.first(1), codes), 1u);
    std::array<std::int16_t, 4> decoded{};
    EXPECT_EQ(decode_a_law(codes, decoded), 2u);
    EXPECT_EQ(decoded[2], 0);
    EXPECT_EQ(decode_mu_law({}, decoded), 0u);
}

}  // namespace
}  // namespace asr_stream::audio
