#include <gtest/gtest.h>

#include <asr_stream/settings.hpp>

#include "support/temp_dir.hpp"

namespace asr_stream {
namespace {

std::string document(const std::string& settings, const std::string& profile) {
    return "<configuration name=\"asr_stream.conf\">\n<settings>" + settings +
           "</settings>\n<profiles>\n<profile name=\"sales\">\n<param name=\"url\" value=\"ws://h/\"/>\n" + profile +
           "\n</profile>\n</profiles>\n</configuration>";
}

Error error_of(std::string_view xml) {
    auto result = parse_configuration(xml, "conf");
    return result ? Error{} : result.error();
}

TEST(Configuration, TheExampleLoads) {
    const auto loaded = load_configuration(ASR_STREAM_SOURCE_DIR "/conf/asr_stream.conf.xml");
    ASSERT_TRUE(loaded) << loaded.error().message();
    EXPECT_EQ(loaded->profiles.size(), 7u);
    const auto& vosk = loaded->profiles.at("vosk");
    EXPECT_EQ(vosk.endpoints.size(), 2u);
    EXPECT_EQ(vosk.endpoints[0].weight, 3u);
    EXPECT_EQ(vosk.frame_ms, milliseconds{100});
    EXPECT_EQ(vosk.hints.size(), 3u);
    const auto& cloud = loaded->profiles.at("cloud");
    EXPECT_EQ(cloud.headers.size(), 1u);
    EXPECT_EQ(cloud.reconnect_backoff_max, milliseconds{10'000});
    EXPECT_EQ(cloud.metadata, R"({"campaign":"spring"})");
    EXPECT_EQ(cloud.audio_format, AudioFraming::binary);
}

TEST(Configuration, ReadsSettingsAndProfiles) {
    const auto result = parse_configuration(
        document("<!-- few --><param name=\"max-streams\" value=\"7\"/>", "<param name=\"frame-ms\" value=\"40\"/>"),
        "conf");
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->engine.max_streams, 7u);
    EXPECT_EQ(result->profiles.at("sales").frame_ms, milliseconds{40});
    EXPECT_EQ(result->profiles.at("sales").name, "sales");
}

TEST(Configuration, ErrorsNameFileLineProfileSettingAndValue) {
    const Error bad = error_of(document("", "<param name=\"frame-ms\" value=\"7\"/>"));
    EXPECT_EQ(bad.code, Errc::invalid_setting);
    EXPECT_EQ(bad.context,
              "conf: line 6: profile sales: setting frame-ms=7: allowed are 10 to 1000 (ms, or with unit: 200ms, 5s)");
    EXPECT_EQ(error_of(document("<param name=\"max-stream\" value=\"7\"/>", "")).context,
              "conf: line 2: settings: setting max-stream: did you mean max-streams?");
    EXPECT_EQ(
        error_of(document("", "<param name=\"replay-ms\" value=\"1000\"/>")).context,
        "conf: line 4: profile sales: setting replay-ms=1000: must be at least stall-timeout + connect-timeout + 10 s, "
        "here 20000");
    EXPECT_EQ(error_of(document("", "<endpoint url=\"ws://x/\" weight=\"0\"/>")).code, Errc::invalid_setting);
}

TEST(Configuration, RefusesWhatItDoesNotKnow) {
    for (const auto& xml :
         {std::string{}, std::string{"not xml"}, std::string{"<configuration>"}, std::string{"<other/>"},
          std::string{"<configuration/>"}, std::string{"<configuration><profiles/></configuration>"},
          std::string{"<configuration><extra/></configuration>"},
          std::string{"<configuration><settings><setting/></settings></configuration>"},
          std::string{"<configuration><profiles><proflie/></profiles></configuration>"},
          std::string{"<configuration><profiles><profile/></profiles></configuration>"}, document("", "<prm/>"),
          document("", "</profile><profile name=\"sales\"><param name=\"url\" value=\"ws://h/\"/>")})
        EXPECT_EQ(error_of(xml).code, Errc::invalid_config_file) << xml;
    EXPECT_EQ(
        error_of(document("", "</profile><profile name=\"sales\"><param name=\"url\" value=\"ws://h/\"/>")).context,
        "conf: line 6: profile sales appears twice");
    EXPECT_EQ(error_of(document("", "<prm/>")).context,
              "conf: line 6: profile sales: <prm> is not known here; allowed are <param> and <endpoint>");
}

TEST(Configuration, IsBounded) {
    EXPECT_EQ(error_of(std::string(5u << 20, ' ')).code, Errc::invalid_config_file);
    std::string many = "<configuration><profiles>";
    for (int i = 0; i < 1001; ++i)
        many += "<profile name=\"p" + std::to_string(i) + "\"><param name=\"url\" value=\"ws://h/\"/></profile>";
    EXPECT_EQ(error_of(many + "</profiles></configuration>").context, "conf: more than 1000 profiles");
}

TEST(Configuration, FilesThatCannotBeReadAreNamed) {
    const test::TempDir dir;
    const auto missing = load_configuration(dir.file("missing.xml"));
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Errc::file_not_found);
    EXPECT_NE(missing.error().context.find("missing.xml"), std::string::npos);
    const auto folder = load_configuration(dir.path().string());
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().code, Errc::file_unreadable);
}

}  // namespace
}  // namespace asr_stream
