/// What the command line does when all goes well, and when it is interrupted.

#include <atomic>
#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "integration/cli_test_support.hpp"
#include "support/certificates.hpp"

namespace asr_stream::test {
namespace {

std::string content_of(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<boost::json::object> json_lines(const std::string& text) {
    std::vector<boost::json::object> objects;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) objects.push_back(boost::json::parse(line).as_object());
    return objects;
}

/// Seconds of audio that a server heard, by the base64 text of dialect json (4 characters for 3 bytes).
std::size_t audio_ms_of(const ScriptedServer& server) {
    std::size_t bytes = 0;
    for (const Message& message : server.messages()) {
        const auto object = boost::json::parse(message.payload).as_object();
        if (object.at("type") != "audio") continue;
        const auto& data = object.at("data").as_string();
        bytes += data.size() / 4 * 3 - static_cast<std::size_t>(std::count(data.begin(), data.end(), '='));
    }
    return bytes / 16;
}

using CliTranscribe = CliTest;

TEST_F(CliTranscribe, PrintsTheFinalAndSendsAllAudio) {
    ScriptedServer server{answer_with(final_result("hello world"))};
    const Finished finished = run_cli({"transcribe", "--url", server.url(), dir_.write("a.wav", wav(230))});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.out, "hello world\n");
    EXPECT_NE(finished.err.find("1 of 1 file(s), 0.2 s of audio"), std::string::npos) << finished.err;
    EXPECT_EQ(audio_ms_of(server), 230u);
}

TEST_F(CliTranscribe, AsFastAsItGoesLosesNothing) {
    ScriptedServer server{answer_with(final_result("all of it"))};
    const Finished finished =
        run_cli({"transcribe", "--speed", "max", "--url", server.url(), dir_.write("a.wav", wav(60'000))});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.out, "all of it\n");
    EXPECT_EQ(audio_ms_of(server), 60'000u);
}

TEST_F(CliTranscribe, ShowsPartialsAsLinesWhereThereIsNoTerminal) {
    ScriptedServer partials{[](Session& session) {
        session.accept();
        static_cast<void>(session.read());
        session.send_text(R"({"type":"partial","text":"hel\u001b[2Jlo"})");
        if (!hear_all(session)) return;
        session.send_text(final_result("hello"));
        session.send_text(end_of_session);
        while (session.read()) {
        }
    }};
    const Finished finished = run_cli({"transcribe", "--url", partials.url(), dir_.write("a.wav", wav(400))});
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_EQ(finished.out, "hello\n");
    EXPECT_NE(finished.err.find("partial\thel\\x1b[2Jlo\n"), std::string::npos) << finished.err;
    EXPECT_EQ(finished.err.find('\x1b'), std::string::npos);
}

TEST_F(CliTranscribe, ManyFilesAtOnceEachIntoItsOwnSubtitles) {
    ScriptedServer server{answer_with(final_result("hello"))};
    std::vector<std::string> arguments{"transcribe", "--url", server.url(), "--jobs",        "4",
                                       "-f",         "srt",   "-o",         dir_.file("out")};
    for (int i = 0; i < 10; ++i) arguments.push_back(dir_.write("f" + std::to_string(i) + ".wav", wav(100)));
    const Finished finished = run_cli(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.out, "");
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(content_of(dir_.file("out/f" + std::to_string(i) + ".srt")),
                  "1\n00:00:00,010 --> 00:00:00,090\nhello\n\n");
    }
    EXPECT_NE(finished.err.find("10 of 10 file(s)"), std::string::npos) << finished.err;
}

TEST_F(CliTranscribe, EveryEventAsJson) {
    ScriptedServer server{answer_with(final_result("hello"))};
    const Finished finished = run_cli({"transcribe", "-f", "jsonl", "--url", server.url(), short_wav()});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const auto events = json_lines(finished.out);
    ASSERT_EQ(events.size(), 3u) << finished.out;
    EXPECT_EQ(events[0].at("event"), "connected");
    EXPECT_EQ(events[1].at("event"), "final");
    EXPECT_EQ(events[1].at("text"), "hello");
    EXPECT_EQ(events[1].at("start_ms"), 10);
    EXPECT_EQ(events[2].at("event"), "closed");
    EXPECT_EQ(events[2].at("drained"), true);
}

TEST_F(CliTranscribe, RawAudioFromStandardInput) {
    ScriptedServer server{answer_with(final_result("from a pipe"))};
    CliProcess process{{"transcribe", "--url", server.url(), "-"}};
    process.write(std::string(4801, '\x01'));  // 300 ms, and half a sample
    const Finished finished = process.finish();
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.out, "from a pipe\n");
    EXPECT_EQ(audio_ms_of(server), 300u);
}

TEST_F(CliTranscribe, NothingOnStandardInput) {
    ScriptedServer server{answer_with(final_result("x"))};
    const Finished finished = run_cli({"transcribe", "--quiet", "--url", server.url(), "-"});
    EXPECT_EQ(finished.exit_code, 3) << finished.err;
    EXPECT_EQ(finished.err, "asr-stream: transcribe: standard input: no audio in it\n");
}

TEST_F(CliTranscribe, GoesOnAfterAFileThatCannotBeUsed) {
    ScriptedServer server{answer_with(final_result("good"))};
    const Finished finished =
        run_cli({"transcribe", "--quiet", "--url", server.url(), dir_.file("missing.wav"), short_wav()});
    EXPECT_EQ(finished.exit_code, 3);
    EXPECT_EQ(finished.out, "short.wav\tgood\n");
    expect_one_line(finished.err);
}

TEST_F(CliTranscribe, StartsNothingMoreOnceTheServiceCannotBeReached) {
    const std::string url = "ws://127.0.0.1:" + std::to_string(unused_port());
    std::vector<std::string> arguments{"transcribe", "--quiet", "--url", url};
    for (int i = 0; i < 5; ++i) arguments.push_back(dir_.write("f" + std::to_string(i) + ".wav", wav(20)));
    const Finished finished = run_cli(arguments);
    EXPECT_EQ(finished.exit_code, 4);
    expect_one_line(finished.err);
}

TEST_F(CliTranscribe, EndsWhenTheServiceClosesRightBehindItsEnd) {
    ScriptedServer server{[](Session& session) {
        if (!session.accept() || !hear_all(session)) return;
        const auto frame = [](std::string_view payload) {
            return std::string{'\x81', static_cast<char>(payload.size())}.append(payload);
        };
        session.raw(frame(final_result("all at once")) + frame(end_of_session) + "\x88\x02\x03\xE8");
        while (session.read_frame()) {
        }
    }};
    const Finished finished = run_cli({"transcribe", "--url", server.url(), short_wav()});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.out, "all at once\n");
}

TEST_F(CliTranscribe, MeasuresWordAccuracy) {
    ScriptedServer server{answer_with(final_result("hello big world"))};
    const std::string reference = dir_.write("texts.tsv", "short.wav\thello world\n");
    const Finished finished = run_cli({"transcribe", "--url", server.url(), "--reference", reference, short_wav()});
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_NE(finished.err.find("word accuracy 50.0 % of 2 words (0 wrong, 0 missed, 1 added)"), std::string::npos)
        << finished.err;
}

TEST_F(CliTranscribe, FollowsTheSwitchsConfigurationOverTls) {
    Certificates authority;
    const auto files = authority.issue({.dns = {"localhost"}, .ips = {"127.0.0.1"}});
    std::string authorization;
    ScriptedServer server{[&](Session& session) {
                              authorization = session.request()->header("Authorization");
                              answer_with(final_result("secure"))(session);
                          },
                          {.tls = ServerTls{files.certificate, files.key}}};
    const std::string config =
        dir_.write("asr.xml", R"(<configuration name="asr_stream.conf"><profiles><profile name="a">
        <param name="url" value=")" +
                                  server.url() + R"("/><param name="tls-ca-file" value=")" + authority.ca_file() +
                                  R"("/></profile></profiles></configuration>)");
    const Finished finished = run_cli(
        {"transcribe", "--config", config, "--profile", "a", "--header", "Authorization: Bearer T", short_wav()});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.out, "secure\n");
    ASSERT_TRUE(server.wait_until([](const ScriptedServer& s) { return s.open_sessions() == 0; }));
    EXPECT_EQ(authorization, "Bearer T");
}

TEST_F(CliTranscribe, TheFirstInterruptWaitsForTheLastResults) {
    std::atomic<bool> heard_stop = false;
    ScriptedServer server{[&](Session& session) {
        session.accept();
        heard_stop = hear_all(session);
        session.send_text(final_result("so far"));
        session.send_text(end_of_session);
        while (session.read()) {
        }
    }};
    CliProcess process{{"transcribe", "--url", server.url(), dir_.write("long.wav", wav(60'000))}};
    ASSERT_TRUE(server.wait_until([](const ScriptedServer& s) { return s.messages().size() > 3; }));
    process.signal(SIGINT);
    const Finished finished = process.finish();
    EXPECT_EQ(finished.exit_code, 130) << finished.err;
    EXPECT_EQ(finished.out, "so far\n");
    EXPECT_TRUE(heard_stop);
}

TEST_F(CliTranscribe, TheSecondInterruptWaitsForNothing) {
    ScriptedServer server{sink};
    CliProcess process{{"transcribe", "--url", server.url(), dir_.write("long.wav", wav(60'000))}};
    ASSERT_TRUE(server.wait_until([](const ScriptedServer& s) { return s.messages().size() > 3; }));
    process.signal(SIGINT);
    ASSERT_TRUE(process.wait_for_message("interrupted"));
    process.signal(SIGTERM);
    EXPECT_EQ(process.finish().exit_code, 130);
}

using CliProbe = CliTest;

TEST_F(CliProbe, ShowsEachStepOfAServiceThatIsWell) {
    ScriptedServer server{answer_with(final_result("hello"))};
    const Finished finished = run_cli({"probe", server.url()});
    EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    EXPECT_EQ(finished.err, "");
    for (const char* part : {"connect ", "handshake ", "first message ", "\nok\n"}) {
        EXPECT_NE(finished.out.find(part), std::string::npos) << part << finished.out;
    }
}

TEST_F(CliProbe, ReportsTheTranscriptOfAFile) {
    ScriptedServer server{answer_with(final_result("hello"))};
    const Finished finished = run_cli({"probe", server.url(), "--file", short_wav(), "--json"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const auto result = boost::json::parse(finished.out).as_object();
    EXPECT_EQ(result.at("ok"), true);
    EXPECT_EQ(result.at("text"), "hello");
    EXPECT_EQ(result.at("result"), "final");
    EXPECT_EQ(result.at("ms").as_object().count("first_result"), 1u);
    EXPECT_EQ(audio_ms_of(server), 100u);
}

TEST_F(CliProbe, NamesTheStepThatFailedAndWhatToDo) {
    const std::string url = "ws://127.0.0.1:" + std::to_string(unused_port());
    const Finished refused = run_cli({"probe", url});
    EXPECT_EQ(refused.exit_code, 4);
    EXPECT_NE(refused.out.find("connect            FAILED"), std::string::npos) << refused.out;
    EXPECT_NE(refused.out.find("Nothing listens there"), std::string::npos) << refused.out;
    expect_one_line(refused.err);

    Certificates authority;
    const auto files = authority.issue({.dns = {"other.example"}});
    ScriptedServer server{answer_with(final_result("x")), {.tls = ServerTls{files.certificate, files.key}}};
    const Finished untrusted = run_cli({"probe", server.url(), "--json"});
    EXPECT_EQ(untrusted.exit_code, 4);
    const auto error = boost::json::parse(untrusted.out).at("error").as_object();
    EXPECT_EQ(error.at("code"), "tls_untrusted");
    EXPECT_EQ(error.at("step"), "TLS");
    EXPECT_EQ(run_cli({"probe", server.url(), "--ca-file", authority.ca_file()}).exit_code, 4);
    EXPECT_EQ(run_cli({"probe", server.url(), "--insecure"}).exit_code, 0);
}

TEST_F(CliProbe, AFileNeedsATranscriptInTime) {
    ScriptedServer server{sink};
    const Finished finished = run_cli({"probe", server.url(), "--file", short_wav(), "--wait", "300"});
    EXPECT_EQ(finished.exit_code, 5) << finished.out;
    EXPECT_NE(finished.out.find("first result       FAILED"), std::string::npos) << finished.out;
    EXPECT_EQ(run_cli({"probe", server.url(), "--wait", "300"}).exit_code, 0);
    EXPECT_EQ(run_cli({"probe", server.url(), "--file", dir_.file("none.wav")}).exit_code, 3);
}

TEST_F(CliProbe, SurvivesAServiceThatMisbehaves) {
    ScriptedServer junk{[](Session& session) {
        session.accept();
        session.send_text("{half");
        session.hang();
    }};
    EXPECT_EQ(run_cli({"probe", junk.url()}).exit_code, 5);
    ScriptedServer rude{[](Session& session) {
        session.accept();
        static_cast<void>(session.read());
        session.reset();
    }};
    EXPECT_EQ(run_cli({"probe", rude.url()}).exit_code, 5);
}

class CliLoad : public CliTest {
  protected:
    std::string audio_ = dir_.write("say.wav", wav(500));
};

TEST_F(CliLoad, MeasuresCallsAndPrintsOneJsonObject) {
    ScriptedServer server{answer_with(final_result("hello")), {.keep_messages = false}};
    const Finished finished =
        run_cli({"load", server.url(), "-n", "8", "-d", "1", "--ramp-up", "0.2", "--audio", audio_, "--json"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const auto report = boost::json::parse(finished.out).as_object();
    EXPECT_EQ(report.at("streams"), 8);
    EXPECT_EQ(report.at("counts").at("connects"), 8);
    EXPECT_EQ(report.at("counts").at("finals"), 8);
    EXPECT_EQ(report.at("counts").at("streams_failed"), 0);
    EXPECT_TRUE(report.at("errors").as_object().empty());
    EXPECT_GT(report.at("counts").at("sent_frames").to_number<std::int64_t>(), 8 * 20);
    EXPECT_GT(report.at("frame_to_socket").at("count").to_number<std::int64_t>(), 0);
    EXPECT_NE(finished.err.find("8/8 calls"), std::string::npos) << finished.err;
    EXPECT_EQ(server.connections(), 8u);
}

TEST_F(CliLoad, EndsAtOnceWhenNoCallGetsThrough) {
    const std::string url = "ws://127.0.0.1:" + std::to_string(unused_port());
    const Finished finished =
        run_cli({"load", url, "-n", "5", "-d", "600", "-q", "--audio", audio_, "--set", "reconnect-attempts=1"});
    EXPECT_EQ(finished.exit_code, 4);
    expect_one_line(finished.err);
    EXPECT_EQ(finished.out, "");
}

TEST_F(CliLoad, CountsCallsThatTheServiceDropped) {
    ScriptedServer server{[](Session& session) {
        if (session.index() == 1) {
            session.accept();
            static_cast<void>(session.read());
            return session.reset();
        }
        answer_with(final_result("hello"))(session);
    }};
    const Finished finished = run_cli({"load", server.url(), "-n", "3", "-d", "1", "-q", "--audio", audio_, "--set",
                                       "reconnect-attempts=0", "--json"});
    EXPECT_EQ(finished.exit_code, 5);
    const auto report = boost::json::parse(finished.out).as_object();
    EXPECT_EQ(report.at("counts").at("streams_failed"), 1);
    EXPECT_EQ(report.at("errors").as_object().size(), 1u);
    EXPECT_EQ(report.at("counts").at("finals"), 2);
}

TEST_F(CliLoad, AnInterruptEndsItWithItsReport) {
    ScriptedServer server{answer_with(final_result("hello")), {.keep_messages = false}};
    CliProcess process{{"load", server.url(), "-n", "2", "-d", "600", "--audio", audio_}};
    ASSERT_TRUE(process.wait_for_message("2/2 calls"));
    process.signal(SIGINT);
    const Finished finished = process.finish();
    EXPECT_EQ(finished.exit_code, 130);
    EXPECT_NE(finished.out.find("(interrupted)"), std::string::npos) << finished.out;
    EXPECT_NE(finished.out.find("2 finals"), std::string::npos) << finished.out;
}

}  // namespace
}  // namespace asr_stream::test
