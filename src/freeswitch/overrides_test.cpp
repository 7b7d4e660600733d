#include "freeswitch/overrides.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace asr_stream::freeswitch {
namespace {

using testing::HasSubstr;

Profile profile_of_file() {
    Profile profile;
    profile.name = "cloud";
    profile.endpoints = {Endpoint{.url = "ws://127.0.0.1:2700/", .weight = 1}};
    profile.frame_ms = milliseconds{20};
    return profile;
}

TEST(Overrides, NameTheVariableOfASetting) { EXPECT_EQ(variable_of("frame-ms"), "asr_stream_frame_ms"); }

TEST(Overrides, ParametersWinOverVariablesAndBothOverTheProfile) {
    const std::vector<KeyValue> variables{{"frame-ms", "40"}, {"language", "de-DE"}};
    const std::vector<KeyValue> parameters{{"frame_ms", "100"}, {"url", "wss://other/"}};
    const auto profile = override_profile(profile_of_file(), variables, parameters);
    ASSERT_TRUE(profile) << profile.error().message();
    EXPECT_EQ(profile->frame_ms, milliseconds{100});
    EXPECT_EQ(profile->language, "de-DE");
    ASSERT_EQ(profile->endpoints.size(), 1u);
    EXPECT_EQ(profile->endpoints[0].url, "wss://other/");
    EXPECT_EQ(profile->name, "cloud");
}

TEST(Overrides, ARefusalSaysWhereTheValueCameFromAndWhatIsAllowed) {
    const std::vector<KeyValue> variables{{"frame-ms", "7"}};
    const auto by_variable = override_profile(profile_of_file(), variables, {});
    ASSERT_FALSE(by_variable);
    EXPECT_THAT(by_variable.error().context, HasSubstr("channel variable for setting frame-ms=7"));
    EXPECT_THAT(by_variable.error().context, HasSubstr("allowed are 10 to 1000"));

    const std::vector<KeyValue> parameters{{"frmae-ms", "20"}};
    const auto by_parameter = override_profile(profile_of_file(), {}, parameters);
    ASSERT_FALSE(by_parameter);
    EXPECT_EQ(by_parameter.error().code, Errc::unknown_setting);
    EXPECT_THAT(by_parameter.error().context, HasSubstr("did you mean frame-ms?"));
}

TEST(Overrides, WhatEachSettingAllowsMustFitTogether) {
    const std::vector<KeyValue> parameters{{"replay-ms", "1000"}};
    const auto profile = override_profile(profile_of_file(), {}, parameters);
    ASSERT_FALSE(profile);
    EXPECT_THAT(profile.error().context, HasSubstr("replay-ms"));
}

}  // namespace
}  // namespace asr_stream::freeswitch
