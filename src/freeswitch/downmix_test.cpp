#include "freeswitch/downmix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace asr_stream::freeswitch {
namespace {

using testing::ElementsAre;

std::vector<std::int16_t> mixed(std::vector<std::int16_t> samples, std::size_t channels, bool is_stereo) {
    const auto out = downmix(samples, channels, is_stereo);
    return {out.begin(), out.end()};
}

TEST(Downmix, LeavesOneChannelAlone) { EXPECT_THAT(mixed({1, 2, 3}, 1, false), ElementsAre(1, 2, 3)); }

TEST(Downmix, LeavesTwoDirectionsOfOneChannelAlone) {
    EXPECT_THAT(mixed({1, 2, 3, 4}, 1, true), ElementsAre(1, 2, 3, 4));
}

TEST(Downmix, AveragesTheChannelsOfACodec) {
    EXPECT_THAT(mixed({10, 20, -30, 10, 32767, 32767}, 2, false), ElementsAre(15, -10, 32767));
}

TEST(Downmix, AveragesEachDirectionByItself) {
    EXPECT_THAT(mixed({10, 100, 20, 300, -10, 0, -30, 2}, 2, true), ElementsAre(15, 200, -20, 1));
}

}  // namespace
}  // namespace asr_stream::freeswitch
