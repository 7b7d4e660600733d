#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "dialect/allocation_counter.hpp"
#include "dialect/decode_testing.hpp"
#include "dialect/json_read.hpp"

namespace asr_stream::dialect {
namespace {

template <class Action>
std::size_t allocations_of(Action action) {
    const std::size_t before = allocations_so_far();
    action();
    return allocations_so_far() - before;
}

class Allocation : public testing::Test {
  protected:
    void SetUp() override {
        const char* preloaded = std::getenv("LD_PRELOAD");
        if (preloaded != nullptr && std::string_view{preloaded}.find("vgpreload") != std::string_view::npos)
            GTEST_SKIP() << "valgrind puts its own operator new in place of the counter";
    }
};

TEST_F(Allocation, TheCounterCounts) {
    EXPECT_EQ(allocations_of([] { ::operator delete(::operator new(8)); }), 1U);
}

TEST_F(Allocation, EncodingAudioTakesNone) {
    const std::vector<std::int16_t> samples(960, 1000);
    for (const Descriptor& descriptor : all()) {
        for (const AudioFraming format : {AudioFraming::text, AudioFraming::binary}) {
            const auto session = descriptor.open({.audio_format = format});
            std::string out(session->max_encoded_bytes(samples.size()), '\0');
            EXPECT_EQ(allocations_of([&] { (void)session->encode({.samples = samples}, out); }), 0U) << descriptor.name;
        }
    }
}

TEST_F(Allocation, ParsingASmallMessageTakesNone) {
    EXPECT_EQ(allocations_of([] {
                  JsonDocument document;
                  EXPECT_TRUE(document.parse_object(R"({"type":"final","text":"goodbye thank you","confidence":0.93,
                      "start_ms":810,"end_ms":1980,"words":[{"word":"goodbye","start_ms":810,"end_ms":1430},
                      {"word":"thank","start_ms":1430,"end_ms":1700},{"word":"you","start_ms":1700,"end_ms":1980}]})"));
              }),
              0U);
}

TEST_F(Allocation, ARepeatedVoskPartialTakesNone) {
    const auto session = open_session("vosk");
    const std::string_view partial = R"({"partial" : "goodbye thank you for trying out the asterisk open source pbx"})";
    std::vector<RecognitionEvent> events;
    ASSERT_TRUE(session->decode(Framing::text, partial, events));
    EXPECT_EQ(allocations_of([&] { EXPECT_TRUE(session->decode(Framing::text, partial, events)); }), 0U);
    EXPECT_EQ(events.size(), 1U);
}

}  // namespace
}  // namespace asr_stream::dialect
