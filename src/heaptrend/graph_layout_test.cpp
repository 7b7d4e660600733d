#include "heaptrend/graph_layout.hpp"

#include <gmock/gmock.h>

namespace heaptrend {
namespace {

using ::testing::SizeIs;

TEST(GraphLayout, PutsCallersAboveWhatTheyCall) {
    const auto places = layout({{100, 30}, {80, 30}, {60, 30}}, {{0, 1}, {1, 2}});
    ASSERT_TRUE(places) << places.error().message();
    EXPECT_LT(places->centers[0].y, places->centers[1].y);
    EXPECT_LT(places->centers[1].y, places->centers[2].y);
    ASSERT_THAT(places->curves, SizeIs(2));
    EXPECT_EQ(places->curves[0].size() % 3, 1U);
    EXPECT_GE(places->size.height, 3 * 30);
}

TEST(GraphLayout, AnUnfinishedAnswerIsAnError) {
    EXPECT_FALSE(parse_plain("", 1, {}));
    EXPECT_FALSE(parse_plain("graph 1 2 2\nnode 0 1 1", 1, {}));
    EXPECT_TRUE(parse_plain("graph 1 2 2\nnode 9 1 1\nedge 0 9 999999999 1\nstop\n", 1, {}));
}

}  // namespace
}  // namespace heaptrend
