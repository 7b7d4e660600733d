#include <gtest/gtest.h>

#include <algorithm>
#include <asr_stream/settings.hpp>
#include <fstream>
#include <set>
#include <sstream>

namespace asr_stream {
namespace {

std::string problem(const Result<>& result) { return result ? "accepted" : result.error().context; }

Profile good_profile() {
    Profile profile;
    profile.endpoints = {{"ws://127.0.0.1:2700/", 1}};
    return profile;
}

TEST(Settings, EveryDefaultIsWhatTheSettingItselfAccepts) {
    for (const auto& info : profile_settings()) {
        if (info.default_value.empty()) continue;
        Profile profile;
        EXPECT_TRUE(set(profile, info.name, info.default_value)) << info.name;
    }
    for (const auto& info : engine_settings()) {
        EngineConfig config;
        EXPECT_TRUE(set(config, info.name, info.default_value)) << info.name;
    }
}

TEST(Settings, NamesAreUniqueAndEachSaysWhatItAllows) {
    std::set<std::string_view> names;
    for (const auto& info : profile_settings()) {
        EXPECT_TRUE(names.insert(info.name).second) << info.name;
        if (!info.alias.empty()) {
            EXPECT_TRUE(names.insert(info.alias).second) << info.alias;
        }
        EXPECT_FALSE(info.allowed.empty()) << info.name;
        EXPECT_TRUE(info.summary.ends_with('.')) << info.name;
    }
    for (const auto& info : engine_settings()) EXPECT_TRUE(names.insert(info.name).second) << info.name;
    for (const auto bound :
         {"ring-ms", "queue-ms", "replay-ms", "replay-guard-ms", "max-message-bytes", "max-finals-per-second",
          "partial-interval", "call-memory-bytes", "max-streams", "connect-rate", "reconnect-attempts",
          "reconnect-backoff", "connect-timeout", "stall-timeout", "idle-timeout", "drain-timeout", "playback-ms",
          "max-results", "event-queue"})
        EXPECT_TRUE(names.contains(bound)) << bound;
}

TEST(Settings, ABadValueIsRefusedWithNameValueAndWhatIsAllowed) {
    Profile profile;
    const auto refused = set(profile, "frame-ms", "7");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_setting);
    EXPECT_EQ(refused.error().context, "setting frame-ms=7: allowed are 10 to 1000 (ms, or with unit: 200ms, 5s)");
    EXPECT_EQ(profile.frame_ms, milliseconds{20}) << "the object is unchanged";
}

TEST(Settings, AnUnknownNameLeadsToTheNearest) {
    Profile profile;
    const auto unknown = set(profile, "fram-ms", "20");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, Errc::unknown_setting);
    EXPECT_EQ(unknown.error().context, "setting fram-ms: did you mean frame-ms?");
    EngineConfig config;
    EXPECT_EQ(problem(set(config, "max-stream", "1")), "setting max-stream: did you mean max-streams?");
    EXPECT_EQ(problem(set(config, "qwertyuiop", "1")), "setting qwertyuiop");
}

TEST(Settings, DurationsTakeMillisecondsOrAUnit) {
    Profile profile;
    for (const auto& [text, value] : {std::pair{"2500", 2500}, std::pair{"2500ms", 2500}, std::pair{"3s", 3000}}) {
        ASSERT_TRUE(set(profile, "drain-timeout", text)) << text;
        EXPECT_EQ(profile.drain_timeout.count(), value);
    }
    for (const auto bad : {"", "s", "ms", "-1", "1.5s", "5m", " 5", "99999999999999999999", "4000000s"})
        EXPECT_FALSE(set(profile, "drain-timeout", bad)) << bad;
}

TEST(Settings, NumbersAndTruthValues) {
    Profile profile;
    EXPECT_TRUE(set(profile, "sample-rate", "0"));
    EXPECT_TRUE(set(profile, "sample-rate", "16000"));
    EXPECT_EQ(problem(set(profile, "sample-rate", "7999")),
              "setting sample-rate=7999: allowed are 0, or 8000 to 48000 (Hz)");
    EXPECT_FALSE(set(profile, "sample-rate", "8k"));
    EXPECT_FALSE(set(profile, "max-message-bytes", "0"));
    EXPECT_TRUE(set(profile, "interim", "no"));
    EXPECT_FALSE(profile.interim);
    EXPECT_TRUE(set(profile, "interim", "ON"));
    EXPECT_TRUE(profile.interim);
    EXPECT_EQ(problem(set(profile, "interim", "maybe")), "setting interim=maybe: allowed are true or false");
    EXPECT_TRUE(set(profile, "audio-format", "binary"));
    EXPECT_EQ(profile.audio_format, AudioFraming::binary);
    EXPECT_TRUE(set(profile, "audio-format", "text"));
    EXPECT_FALSE(set(profile, "audio-format", "mp3"));
}

TEST(Settings, ChoicesAndDecimals) {
    Profile profile;
    EXPECT_TRUE(set(profile, "speech-detection", "both"));
    EXPECT_EQ(profile.speech_detection, SpeechDetection::both);
    EXPECT_EQ(problem(set(profile, "speech-detection", "Both")),
              "setting speech-detection=Both: allowed are service, local or both");
    EXPECT_TRUE(set(profile, "mix", "stereo"));
    EXPECT_EQ(profile.call.mix, AudioMix::stereo);
    EXPECT_TRUE(set(profile, "result-format", "nlsml"));
    EXPECT_EQ(profile.call.result_format, ResultFormat::nlsml);
    EXPECT_TRUE(set(profile, "on-hangup", "discard"));
    EXPECT_EQ(profile.call.on_hangup, HangupPolicy::discard);
    for (const auto& [text, value] : {std::pair{"0.45", 0.45}, std::pair{"1", 1.0}, std::pair{"0", 0.0}}) {
        ASSERT_TRUE(set(profile, "confidence-threshold", text)) << text;
        EXPECT_DOUBLE_EQ(profile.call.confidence_threshold, value);
    }
    for (const auto bad : {"", "-0.1", "1.01", "0,5", "1e-1", "nan", "inf", ".", "0.5.5", "0x1", " 0"})
        EXPECT_EQ(problem(set(profile, "confidence-threshold", bad)),
                  "setting confidence-threshold=" + std::string{bad} + ": allowed are 0 to 1");
    EXPECT_EQ(problem(set(profile, "playback-rate", "7999")),
              "setting playback-rate=7999: allowed are 0, or 8000 to 48000 (Hz)");
}

TEST(Settings, AnotherNameSetsTheSame) {
    Profile profile;
    ASSERT_TRUE(set(profile, "speech-timeout", "800ms"));
    EXPECT_EQ(profile.call.speech_complete_timeout, milliseconds{800});
    EXPECT_EQ(problem(set(profile, "speech-timeout", "61s")),
              "setting speech-timeout=61s: allowed are 0 to 60000 (ms, or with unit: 200ms, 5s)");
    EXPECT_EQ(problem(set(profile, "speech-timeot", "1s")), "setting speech-timeot: did you mean speech-timeout?");
    for (const auto& info : profile_settings()) {
        EXPECT_NE(info.name, "speech-timeout") << "listed by its first name";
        EXPECT_NE(info.summary.find(info.alias), std::string_view::npos) << info.name << " documents its other name";
    }
}

TEST(Settings, EndpointsAddUpAndAUrlReplacesThem) {
    Profile profile;
    EXPECT_TRUE(set(profile, "endpoint", "ws://a/ 3"));
    EXPECT_TRUE(set(profile, "endpoint", "wss://b/x"));
    ASSERT_EQ(profile.endpoints.size(), 2u);
    EXPECT_EQ(profile.endpoints[0].weight, 3u);
    EXPECT_EQ(profile.endpoints[1].url, "wss://b/x");
    for (const auto bad : {"http://a/", "ws://a/ 0", "ws://a/ many", "ws://a/ 1001", ""})
        EXPECT_FALSE(set(profile, "endpoint", bad)) << bad;
    EXPECT_EQ(profile.endpoints.size(), 2u);
    EXPECT_TRUE(set(profile, "url", "ws://c/"));
    ASSERT_EQ(profile.endpoints.size(), 1u);
    EXPECT_EQ(profile.endpoints[0].url, "ws://c/");
    EXPECT_FALSE(set(profile, "url", "c:2700"));
    for (int i = 0; i < 40; ++i) static_cast<void>(set(profile, "endpoint", "ws://d/"));
    EXPECT_EQ(profile.endpoints.size(), 32u);
}

TEST(Settings, HeadersAreCheckedAndTheSameNameIsReplaced) {
    Profile profile;
    EXPECT_TRUE(set(profile, "header", "Authorization: Token abc"));
    EXPECT_TRUE(set(profile, "header", "X-Tenant:7"));
    EXPECT_TRUE(set(profile, "header", "authorization: Token xyz"));
    ASSERT_EQ(profile.headers.size(), 2u);
    EXPECT_EQ(profile.headers[0].second, "Token xyz");
    EXPECT_EQ(profile.headers[1].second, "7");
    for (const auto bad :
         {"no colon", ": empty", "Na me: x", "Host: x", "upgrade: x", "Sec-WebSocket-Key: x", "X: a\r\nY: b"})
        EXPECT_FALSE(set(profile, "header", bad)) << bad;
    EXPECT_EQ(problem(set(profile, "header", "Bad Name: my secret")).find("my secret"), std::string::npos);
    for (int i = 0; i < 80; ++i) static_cast<void>(set(profile, "header", "X-" + std::to_string(i) + ": v"));
    EXPECT_EQ(profile.headers.size(), 64u);
}

TEST(Settings, HintsMetadataAndText) {
    Profile profile;
    EXPECT_TRUE(set(profile, "hint", " yes please "));
    EXPECT_TRUE(set(profile, "hint", "no"));
    EXPECT_EQ(profile.hints, (std::vector<std::string>{"yes please", "no"}));
    EXPECT_FALSE(set(profile, "hint", "  "));
    EXPECT_TRUE(set(profile, "hints", "one, two words,,three"));
    EXPECT_EQ(profile.hints, (std::vector<std::string>{"one", "two words", "three"}));
    EXPECT_TRUE(set(profile, "hints", ""));
    EXPECT_TRUE(profile.hints.empty());
    std::string many;
    for (int i = 0; i < 1001; ++i) many += "w,";
    EXPECT_FALSE(set(profile, "hints", many));
    EXPECT_TRUE(set(profile, "metadata", R"({"a":1})"));
    EXPECT_FALSE(set(profile, "metadata", "[1]"));
    EXPECT_FALSE(set(profile, "metadata", "{"));
    EXPECT_EQ(profile.metadata, R"({"a":1})");
    EXPECT_TRUE(set(profile, "metadata", ""));
    EXPECT_TRUE(set(profile, "grammar", "#JSGF V1.0; grammar g; public <x> = yes;"));
    EXPECT_FALSE(set(profile, "grammar", std::string_view{"a\0b", 3}));
    EXPECT_TRUE(set(profile, "tls-ca-file", "/etc/ca.pem"));
    EXPECT_EQ(profile.tls.ca_file, "/etc/ca.pem");
    EXPECT_EQ(problem(set(profile, "dialect", "josn")),
              "setting dialect=josn: allowed are jambonz, json, vosk; did you mean json?");
}

TEST(Settings, AnErrorNeverRepeatsControlCharactersOrWholeNovels) {
    Profile profile;
    const std::string context = problem(set(profile, "frame-ms", "\x1b[31m\n" + std::string(5000, 'x')));
    EXPECT_LT(context.size(), 300u);
    EXPECT_EQ(context.find('\x1b'), std::string::npos);
    EXPECT_EQ(context.find('\n'), std::string::npos);
}

TEST(Validate, AcceptsTheDefaultsWithAUrl) { EXPECT_EQ(problem(validate(good_profile())), "accepted"); }

TEST(Validate, NeedsAUrlThatCanBeUsed) {
    EXPECT_EQ(problem(validate(Profile{})), "setting url: missing; allowed is a ws:// or wss:// URL");
    Profile profile = good_profile();
    profile.endpoints[0].url = "ftp://x/";
    EXPECT_EQ(validate(profile).error().code, Errc::invalid_url);
    profile = good_profile();
    profile.endpoints[0].weight = 0;
    EXPECT_FALSE(validate(profile));
}

TEST(Validate, ChecksWhatOnlyTogetherIsWrong) {
    const auto refused = [](auto change) {
        Profile profile = good_profile();
        change(profile);
        const auto result = validate(profile);
        return result ? std::string{"accepted"} : result.error().context;
    };
    EXPECT_EQ(refused([](Profile& p) { p.replay_ms = milliseconds{19'999}; }),
              "setting replay-ms=19999: must be at least stall-timeout + connect-timeout + 10 s, here 20000");
    EXPECT_EQ(refused([](Profile& p) { p.queue_ms = milliseconds{30'001}; }),
              "setting queue-ms=30001: must not exceed replay-ms, here 30000");
    EXPECT_EQ(refused([](Profile& p) { p.replay_guard_ms = milliseconds{30'001}; }),
              "setting replay-guard-ms=30001: must not exceed replay-ms, here 30000");
    EXPECT_EQ(refused([](Profile& p) { p.reconnect_backoff = milliseconds{5001}; }),
              "setting reconnect-backoff=5001: must not exceed reconnect-backoff-max, here 5000");
    EXPECT_EQ(refused([](Profile& p) { p.idle_timeout = milliseconds{4999}; }),
              "setting idle-timeout=4999: must be at least stall-timeout, here 5000");
    EXPECT_EQ(
        refused([](Profile& p) { p.sample_rate = 48'000; }),
        "setting replay-ms=30000: its audio takes 2880000 bytes at 48000 Hz and 1 channel(s), and at most half of "
        "call-memory-bytes=2097152 is allowed; set call-memory-bytes=5760000");
    EXPECT_EQ(refused([](Profile& p) {
                  p.headers = {{"Host", "x"}};
              }),
              "setting header=Host: the handshake sets this header itself");
    EXPECT_EQ(refused([](Profile& p) { p.metadata = "nonsense"; }),
              "setting metadata=nonsense: allowed is a JSON object");
    EXPECT_EQ(refused([](Profile& p) { p.dialect = "vosk", p.frame_ms = milliseconds{500}; }),
              "setting frame-ms=500: dialect vosk allows at most 200");
    EXPECT_EQ(refused([](Profile& p) { p.call.playback_ms = milliseconds{600'001}; }),
              "setting playback-ms=600001: allowed are 100 to 600000 (ms, or with unit: 200ms, 5s)");
    EXPECT_EQ(refused([](Profile& p) { p.playback_rate = 4000; }),
              "setting playback-rate=4000: allowed are 0, or 8000 to 48000 (Hz)");
    EXPECT_EQ(refused([](Profile& p) { p.call.confidence_threshold = -0.5; }),
              "setting confidence-threshold=-0.5: allowed are 0 to 1");
    EXPECT_EQ(refused([](Profile& p) { p.call.speech_complete_timeout = milliseconds{30'001}; }),
              "setting speech-complete-timeout=30001: must not exceed recognition-timeout, here 30000");
    EXPECT_EQ(refused([](Profile& p) {
                  p.call.speech_complete_timeout = milliseconds{30'001};
                  p.call.recognition_timeout = milliseconds{0};
              }),
              "accepted")
        << "0 is no limit";
    EXPECT_EQ(refused([](Profile& p) { p.dialect = "vosk", p.playback = true; }),
              "setting playback=true: dialect vosk has no audio for the call");
    EXPECT_EQ(
        refused([](Profile& p) { p.call.mix = AudioMix::stereo, p.replay_ms = milliseconds{40'000}; }).substr(0, 65),
        "setting replay-ms=40000: its audio takes 1280000 bytes at 8000 Hz");
    EXPECT_EQ(refused([](Profile& p) { p.dialect = "klingon"; }).substr(0, 15), "dialect=klingon");
}

TEST(Validate, KnowsTheCallsRateAndChannels) {
    StreamConfig config;
    config.profile = good_profile();
    EXPECT_TRUE(validate(config));
    config.channels = 3;
    EXPECT_EQ(problem(validate(config)), "setting channels=3: allowed are 1 or 2");
    config.channels = 2;
    config.sample_rate = 16'000;
    EXPECT_FALSE(validate(config)) << "the window would exceed half of call-memory-bytes";
    config.sample_rate = 96'000;
    EXPECT_EQ(problem(validate(config)), "setting sample-rate=96000: allowed are 8000 to 48000 (Hz)");
    config.sample_rate = 0;
    EXPECT_FALSE(validate(config));
}

TEST(Validate, ChecksTheProcessSettings) {
    EXPECT_TRUE(validate(EngineConfig{}));
    EXPECT_EQ(problem(validate(EngineConfig{.loop_threads = 0})), "setting loop-threads=0: allowed are 1 to 64");
    EXPECT_FALSE(validate(EngineConfig{.tick = milliseconds{-1}}));
    EXPECT_EQ(problem(validate(EngineConfig{.batch_streams = 1'000'001})),
              "setting batch-streams=1000001: allowed are 0 to 1000000");
    EXPECT_EQ(problem(validate(EngineConfig{.event_queue = 15})), "setting event-queue=15: allowed are 16 to 10000000");
}

/// The tables of docs/configuration.md, as the settings themselves describe them.
std::string table_of(std::span<const SettingInfo> settings) {
    std::string table = "| setting | default | allowed | meaning |\n|---|---|---|---|\n";
    for (const auto& info : settings) {
        const std::string unit = info.unit.empty() ? "" : " " + std::string{info.unit};
        const std::string standard = info.default_value.empty() ? "" : std::string{info.default_value} + unit;
        table += "| `" + std::string{info.name} + "` | " + standard + " | " + std::string{info.allowed} + " | " +
                 std::string{info.summary} + " |\n";
    }
    return table;
}

TEST(Documentation, DescribesTheSettingsAsTheyAre) {
    std::ifstream file{ASR_STREAM_SOURCE_DIR "/docs/configuration.md"};
    ASSERT_TRUE(file);
    std::stringstream text;
    text << file.rdbuf();
    for (const auto settings : {engine_settings(), profile_settings()}) {
        const std::string table = table_of(settings);
        EXPECT_NE(text.str().find(table), std::string::npos) << "docs/configuration.md should hold this table:\n"
                                                             << table;
    }
}

}  // namespace
}  // namespace asr_stream
