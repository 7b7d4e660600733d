#include <gtest/gtest.h>

#include <algorithm>
#include <asr_stream/settings.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "cli/load_options.hpp"
#include "cli/reference.hpp"
#include "cli/service_options.hpp"
#include "cli/stream_target.hpp"
#include "cli/transcribe_options.hpp"
#include "support/temp_dir.hpp"

namespace asr_stream::cli {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// An environment variable for the length of a test.
class ScopedVariable {
  public:
    ScopedVariable(const char* name, const char* value) : name_{name} {
        if (const char* before = std::getenv(name)) before_ = before;
        value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
    }
    ~ScopedVariable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
    ScopedVariable(const ScopedVariable&) = delete;
    ScopedVariable& operator=(const ScopedVariable&) = delete;

  private:
    const char* name_;
    std::optional<std::string> before_;
};

class ServiceOptionsTest : public testing::Test {
  protected:
    Result<ServiceSettings> resolve(std::vector<std::string> arguments, UrlArgument url = UrlArgument::option) {
        CLI::App app{"test"};
        ServiceOptions options;
        options.add_to(app, url);
        std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
        app.parse(arguments);
        return options.resolve();
    }
    std::string url_of(const std::vector<std::string>& arguments, UrlArgument url = UrlArgument::option) {
        const auto settings = resolve(arguments, url);
        return settings ? settings->profile.endpoints.front().url : settings.error().message();
    }
    std::error_code error_of(const std::vector<std::string>& arguments) {
        const auto settings = resolve(arguments);
        return settings ? std::error_code{} : settings.error().code;
    }
    std::string message_of(const std::vector<std::string>& arguments) {
        const auto settings = resolve(arguments);
        return settings ? "" : settings.error().message();
    }

    test::TempDir dir_;
    ScopedVariable no_url_{"ASR_STREAM_URL", nullptr};
    std::string config_ = dir_.write("asr.xml", R"(<configuration name="asr_stream.conf">
        <settings><param name="loop-threads" value="2"/></settings>
        <profiles>
          <profile name="sales"><param name="dialect" value="vosk"/><param name="frame-ms" value="60"/>
            <endpoint url="ws://asr1:2700"/><endpoint url="ws://asr2:2700"/></profile>
          <profile name="support"><param name="url" value="ws://help:2700"/></profile>
        </profiles></configuration>)");
};

TEST_F(ServiceOptionsTest, TheUrlComesFromTheCommandLineThenTheProfileThenTheEnvironment) {
    EXPECT_EQ(url_of({}), "ws://127.0.0.1:2700");
    EXPECT_EQ(url_of({"--config", config_, "--profile", "sales"}), "ws://asr1:2700");
    EXPECT_EQ(url_of({"--config", config_, "--profile", "sales", "--url", "ws://mine"}), "ws://mine");
    const ScopedVariable environment{"ASR_STREAM_URL", "wss://env"};
    EXPECT_EQ(url_of({}), "wss://env");
    EXPECT_EQ(url_of({"--config", config_, "--profile", "support"}), "ws://help:2700");
    EXPECT_EQ(url_of({"ws://positional"}, UrlArgument::positional), "ws://positional");
}

TEST_F(ServiceOptionsTest, OptionsOverrideTheProfileAndSetOverridesThem) {
    const auto settings = resolve({"--config", config_, "--profile", "sales", "--frame-ms", "100", "--language", "cs",
                                   "--hints", "one, two", "--header", "X-A: 1", "--header", "X-B: 2", "--insecure",
                                   "--set", "frame-ms=200", "--set", "max-streams=7"});
    ASSERT_TRUE(settings) << settings.error().message();
    const Profile& profile = settings->profile;
    EXPECT_EQ(profile.dialect, "vosk");
    EXPECT_EQ(profile.frame_ms, 200ms);
    EXPECT_EQ(profile.language, "cs");
    EXPECT_EQ(profile.hints, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(profile.headers.size(), 2u);
    EXPECT_FALSE(profile.tls.verify_peer);
    EXPECT_FALSE(profile.tls.verify_hostname);
    EXPECT_EQ(settings->engine.loop_threads, 2u);
    EXPECT_EQ(settings->engine.max_streams, 7u);
    EXPECT_TRUE(settings->is_named("frame-ms"));
    EXPECT_FALSE(settings->is_named("dialect"));  // the profile named it, not the command line
}

TEST_F(ServiceOptionsTest, EverySettingOfTheTableIsReachable) {
    for (const SettingInfo& info : profile_settings()) {
        if (info.default_value.empty() || info.default_value == "(empty)") continue;
        const std::string set = std::string{info.name} + "=" + std::string{info.default_value};
        EXPECT_TRUE(resolve({"--set", set})) << set;
        EXPECT_NE(settings_table().find(info.name), std::string::npos);
    }
    EXPECT_TRUE(resolve({"--set", "speech-timeout=1s"})) << "by its other name";
    for (const SettingInfo& info : engine_settings()) {
        EXPECT_TRUE(resolve({"--set", std::string{info.name} + "=" + std::string{info.default_value}})) << info.name;
        EXPECT_NE(settings_table().find(info.name), std::string::npos);
    }
}

TEST_F(ServiceOptionsTest, SaysWhatWasMeant) {
    EXPECT_EQ(error_of({"--set", "frame_ms=20"}), Errc::unknown_setting);
    EXPECT_NE(message_of({"--set", "frame_ms=20"}).find("did you mean frame-ms?"), std::string::npos);
    EXPECT_NE(message_of({"--set", "loop-thread=2"}).find("did you mean loop-threads?"), std::string::npos);
    EXPECT_NE(message_of({"--set", "qqqqqqqqq=2"}).find("--settings"), std::string::npos);
    EXPECT_NE(message_of({"--dialect", "vsok"}).find("vosk"), std::string::npos);
    EXPECT_NE(message_of({"--config", config_, "--profile", "sale"}).find("did you mean sales?"), std::string::npos);
    EXPECT_NE(message_of({"--config", config_}).find("sales, support"), std::string::npos);
}

TEST_F(ServiceOptionsTest, NamesTheValueThatIsNotAllowed) {
    EXPECT_NE(message_of({"--frame-ms", "7"}).find("frame-ms=7"), std::string::npos);
    EXPECT_EQ(error_of({"--url", "http://x"}), Errc::invalid_setting);
    EXPECT_EQ(error_of({"--set", "novalue"}), Errc::invalid_setting);
    EXPECT_EQ(error_of({"--header", "no colon"}), Errc::invalid_setting);
    EXPECT_TRUE(error_of({"--config", dir_.file("missing.xml")}));
}

TEST_F(ServiceOptionsTest, AGrammarIsAFileOrATextOrAWord) {
    const std::string grammar = "#JSGF V1.0; grammar g; public <g> = yes | no;";
    const std::string file = dir_.write("menu.gram", grammar);
    EXPECT_EQ(resolve({"--grammar", file})->profile.grammar, grammar);
    EXPECT_EQ(resolve({"--grammar", grammar})->profile.grammar, grammar);
    EXPECT_EQ(resolve({"--grammar", "builtin:digits"})->profile.grammar, "builtin:digits");
    EXPECT_EQ(error_of({"--grammar", dir_.file("missing.gram")}), Errc::file_not_found);
    EXPECT_EQ(error_of({"--grammar", dir_.write("big.gram", std::string(2U << 20U, 'x'))}), Errc::file_unreadable);
}

TEST(TranscribeOptionsTest, SpeedIsAFactorOrMax) {
    EXPECT_EQ(*parse_speed("1"), 1.0);
    EXPECT_EQ(*parse_speed("2.5"), 2.5);
    EXPECT_EQ(*parse_speed("max"), Pace::unlimited);
    for (const char* wrong : {"", "0", "-1", "fast", "1x", "nan", "inf", "1e9"})
        EXPECT_FALSE(parse_speed(wrong)) << wrong;
}

TEST(TranscribeOptionsTest, EachRecordingGetsItsOwnFile) {
    const test::TempDir dir;
    const std::string out = dir.file("out/deep");
    const auto files = output_files({"/a/one.wav", "two.flac", "-"}, out, OutputFormat::srt);
    ASSERT_TRUE(files) << files.error().message();
    EXPECT_EQ(*files, (std::vector<std::string>{out + "/one.srt", out + "/two.srt", out + "/stdin.srt"}));
    EXPECT_TRUE(std::filesystem::is_directory(out));
    const auto twice = output_files({"a/one.wav", "b/one.flac"}, out, OutputFormat::text);
    ASSERT_FALSE(twice);
    EXPECT_NE(twice.error().context.find("b/one.flac"), std::string::npos);
    EXPECT_FALSE(output_files({"one.wav"}, dir.write("file", "x") + "/sub", OutputFormat::text));
    EXPECT_TRUE(output_files({"a/one.wav", "b/one.wav"}, "", OutputFormat::text)->empty());
}

TEST(WidenBounds, RaisesForOfflineWorkWhatTheCommandLineLeftOpen) {
    const auto nothing = [](std::string_view) { return false; };
    Profile profile;
    ASSERT_TRUE(set(profile, "url", "ws://x"));
    widen_bounds(profile, 1.0, nothing);
    EXPECT_GE(profile.drain_timeout, 30s);
    EXPECT_EQ(profile.stall_timeout, Profile{}.stall_timeout);
    EXPECT_TRUE(validate(profile)) << validate(profile).error().message();
    widen_bounds(profile, Pace::unlimited, nothing);
    EXPECT_GT(profile.stall_timeout, Profile{}.stall_timeout);
    profile.sample_rate = 16'000;
    EXPECT_TRUE(validate(profile)) << validate(profile).error().message();
}

TEST(WidenBounds, LeavesWhatTheCommandLineNamed) {
    Profile profile;
    profile.drain_timeout = 100ms;
    widen_bounds(profile, Pace::unlimited, [](std::string_view setting) { return setting == "drain-timeout"; });
    EXPECT_EQ(profile.drain_timeout, 100ms);
    EXPECT_GT(profile.replay_ms, Profile{}.replay_ms);
}

TEST(MakePace, NeverRunsBeyondWhatRingAndQueueHold) {
    for (const auto frame : {20ms, 100ms, 1000ms}) {
        Profile profile;
        profile.frame_ms = frame;
        widen_bounds(profile, Pace::unlimited, [](std::string_view) { return false; });
        const Pace pace = make_pace(profile, Pace::unlimited, 0ms);
        EXPECT_LE(pace.max_unsent, profile.ring_ms);
        EXPECT_LE(pace.max_unsent, profile.queue_ms);
        EXPECT_GT(pace.max_unsent, frame + pace.block);  // or the last message would never fill up
    }
}

TEST(MakeStreamConfig, BringsOddRatesToWhatServicesTake) {
    const Profile profile;
    EXPECT_EQ(wire_rate_of(make_stream_config(profile, "x", 8000)), 8000u);
    EXPECT_EQ(wire_rate_of(make_stream_config(profile, "x", 11'025)), 8000u);
    EXPECT_EQ(wire_rate_of(make_stream_config(profile, "x", 16'000)), 16'000u);
    EXPECT_EQ(wire_rate_of(make_stream_config(profile, "x", 44'100)), 16'000u);
    Profile wide;
    wide.sample_rate = 48'000;
    EXPECT_EQ(wire_rate_of(make_stream_config(wide, "x", 44'100)), 48'000u);
}

TEST(ReferenceTest, FindsATextByPathNameOrStem) {
    const auto reference =
        Reference::parse("# comment\n\nvm-review.wav\tto hear\r\nother\twords here\n/x/y.wav\tz", "r.tsv");
    ASSERT_TRUE(reference) << reference.error().message();
    EXPECT_EQ(reference->size(), 3u);
    EXPECT_EQ(reference->find("/sounds/vm-review.wav"), "to hear");
    EXPECT_EQ(reference->find("other.flac"), "words here");
    EXPECT_EQ(reference->find("/x/y.wav"), "z");
    EXPECT_EQ(reference->find("unknown.wav"), std::nullopt);
}

TEST(ReferenceTest, NamesTheLineThatIsWrong) {
    const auto reference = Reference::parse("a\tb\nno tab here\n", "r.tsv");
    ASSERT_FALSE(reference);
    EXPECT_EQ(reference.error().code, Errc::invalid_setting);
    EXPECT_NE(reference.error().context.find("r.tsv line 2"), std::string::npos);
    EXPECT_EQ(Reference::load("/no/such.tsv").error().code, Errc::file_not_found);
}

TEST(LoadOptionsTest, RefusesMoreStreamsThanDescriptors) {
    EXPECT_TRUE(check_descriptors(1000, 20'000));
    const auto refused = check_descriptors(30'000, 20'000);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::stream_limit);
    EXPECT_NE(refused.error().context.find("at most 19936 streams fit"), std::string::npos);
    EXPECT_FALSE(check_descriptors(1, 10));
}

TEST(LoadOptionsTest, TakesAudioFromFilesAndFolders) {
    const test::TempDir dir;
    EXPECT_EQ(load_audio({dir.path().string()}, 0ms).error().code, Errc::empty_audio);
    EXPECT_EQ(load_audio({dir.file("missing.wav")}, 0ms).error().code, Errc::file_not_found);
    const std::string prompts = default_load_audio;
    if (!std::filesystem::exists(prompts)) GTEST_SKIP() << "asterisk-core-sounds-en-wav is not installed";
    const auto audio = load_audio({prompts}, 500ms);
    ASSERT_TRUE(audio) << audio.error().message();
    EXPECT_GT(audio->recordings.size(), 100u);
    EXPECT_EQ(audio->sample_rate, 8000u);
    EXPECT_EQ(audio->pause_samples, 4000u);
}

}  // namespace
}  // namespace asr_stream::cli
