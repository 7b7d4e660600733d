#include "freeswitch/same_session.hpp"

#include <gtest/gtest.h>
#include <asr_stream/settings.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace asr_stream::freeswitch {
namespace {

/// What one recognition may have differently on a session that stays.
constexpr std::array<std::string_view, 9> of_one_recognition{"continuous",          "warm",
                                                             "result-format",       "no-input-timeout",
                                                             "recognition-timeout", "speech-complete-timeout",
                                                             "start-input-timers",  "confidence-threshold",
                                                             "max-results"};

/// A value of the setting that is not its default.
std::string other_value(const SettingInfo& setting) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 13> of_text{{
        {"url", "ws://other/"},
        {"endpoint", "ws://other/ 2"},
        {"dialect", "vosk"},
        {"header", "A: b"},
        {"language", "de-DE"},
        {"hints", "yes"},
        {"hint", "yes"},
        {"metadata", "{\"a\":1}"},
        {"audio-format", "binary"},
        {"speech-detection", "local"},
        {"mix", "stereo"},
        {"on-hangup", "discard"},
        {"result-format", "text"},
    }};
    for (const auto& [name, value] : of_text)
        if (name == setting.name) return std::string{value};
    if (setting.default_value == "true") return "false";
    if (setting.default_value == "false") return "true";
    if (setting.name == "confidence-threshold") return "0.5";
    for (const std::string_view value : {"7", "20", "40", "16000", "24000", "300000", "2000000", "x"}) {
        Profile profile;
        if (value != setting.default_value && set(profile, setting.name, value)) return std::string{value};
    }
    return {};
}

TEST(SameSession, IsItIfNothingDiffers) { EXPECT_TRUE(same_session({}, {})); }

TEST(SameSession, IsItOnlyWhereTheServiceAndTheStreamNoticeNoDifference) {
    for (const SettingInfo& setting : profile_settings()) {
        Profile wanted;
        const auto value = other_value(setting);
        const auto changed = set(wanted, setting.name, value);
        ASSERT_TRUE(changed) << setting.name << ": " << changed.error().message();
        const bool stays =
            std::find(of_one_recognition.begin(), of_one_recognition.end(), setting.name) != of_one_recognition.end();
        EXPECT_EQ(same_session({}, wanted), stays) << setting.name << "=" << value;
    }
}

TEST(SameSession, AnotherProfileIsAnotherSession) {
    Profile other;
    other.name = "other";
    EXPECT_FALSE(same_session({}, other));
}

}  // namespace
}  // namespace asr_stream::freeswitch
