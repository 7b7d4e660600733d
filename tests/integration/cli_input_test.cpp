/// Bad input of every kind: one clear line on standard error, and the right exit code.

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "integration/cli_test_support.hpp"
#include "support/certificates.hpp"

namespace asr_stream::test {
namespace {

using testing::TestWithParam;

class CliInput : public CliTest {
  protected:
    /// Runs transcribe on a short recording and expects one line with this part.
    void expect_failure(std::vector<std::string> arguments, int exit_code, std::string_view part) {
        arguments.insert(arguments.begin(), {"transcribe", "--quiet"});
        const Finished finished = run_cli(arguments);
        EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
        EXPECT_EQ(finished.out, "");
        expect_one_line(finished.err);
        EXPECT_NE(finished.err.find(part), std::string::npos) << finished.err << "\nlacks: " << part;
    }
};

TEST_F(CliInput, NoSuchFile) { expect_failure({"foo.wav"}, 3, "asr-stream: transcribe: foo.wav: no such file"); }

TEST_F(CliInput, NotAudio) {
    const std::string file = dir_.write("text.wav", "not audio");
    expect_failure({file}, 3, "text.wav: not an audio file");
}

TEST_F(CliInput, EmptyFile) { expect_failure({dir_.write("empty.wav", "")}, 3, "empty.wav: no audio in it"); }

TEST_F(CliInput, NoSamples) { expect_failure({dir_.write("header.wav", wav(0))}, 3, "header.wav: no audio in it"); }

TEST_F(CliInput, Folder) { expect_failure({dir_.path().string()}, 3, "is a directory"); }

TEST_F(CliInput, UnknownDialect) { expect_failure({"--dialect", "vsok", short_wav()}, 2, "vosk"); }

TEST_F(CliInput, UnknownSetting) {
    expect_failure({"--set", "frame-msec=20", short_wav()}, 2, "frame-msec; did you mean frame-ms?");
}

TEST_F(CliInput, ValueThatIsNotAllowed) { expect_failure({"--set", "frame-ms=7", short_wav()}, 2, "frame-ms=7"); }

TEST_F(CliInput, BadUrl) {
    expect_failure({"--url", "http://127.0.0.1/", short_wav()}, 2, "http://127.0.0.1/");
    expect_failure({"--url", "ws://127.0.0.1:99999/", short_wav()}, 2, "99999");
}

TEST_F(CliInput, BadConfigurationFile) {
    expect_failure({"--config", dir_.file("none.xml"), short_wav()}, 2, "none.xml");
    expect_failure({"--config", dir_.write("bad.xml", "<configuration>"), short_wav()}, 2, "bad.xml");
}

TEST_F(CliInput, MissingReference) {
    expect_failure({"--reference", dir_.file("none.tsv"), short_wav()}, 3, "none.tsv");
}

TEST_F(CliInput, UnknownOptionAndSubcommand) {
    expect_failure({"--dialct", "json", short_wav()}, 2, "unknown option --dialct; did you mean --dialect?");
    const Finished finished = run_cli({"transcibe", "x.wav"});
    EXPECT_EQ(finished.exit_code, 2);
    expect_one_line(finished.err);
    EXPECT_NE(finished.err.find("did you mean transcribe?"), std::string::npos) << finished.err;
}

TEST_F(CliInput, NothingAtAll) {
    const Finished finished = run_cli({});
    EXPECT_EQ(finished.exit_code, 2);
    expect_one_line(finished.err);
}

TEST_F(CliInput, SubtitlesOfManyFilesNeedAFolder) {
    expect_failure({"-f", "srt", short_wav(), dir_.write("b.wav", wav(20))}, 2, "-o");
}

TEST_F(CliInput, UnknownHost) {
    // No resolver ever asks the network for a name in .onion (RFC 7686 section 2).
    expect_failure({"--url", "ws://nobody-here.onion:2700/", short_wav()}, 4, "nobody-here.onion");
}

TEST_F(CliInput, Refused) {
    const std::string url = "ws://127.0.0.1:" + std::to_string(unused_port());
    expect_failure({"--url", url, short_wav()}, 4, "connection refused");
}

TEST_F(CliInput, NoAnswer) {
    const SilentPort port;
    const std::string url = "ws://127.0.0.1:" + std::to_string(port.port());
    expect_failure({"--url", url, "--set", "connect-timeout=200ms", short_wav()}, 4, "timed out");
}

TEST_F(CliInput, HttpStatusInPlaceOfTheUpgrade) {
    for (const int status : {401, 403, 404, 503}) {
        ScriptedServer server{[status](Session& session) { session.refuse(status, "No", "because"); }};
        expect_failure({"--url", server.url(), short_wav()}, 4, std::to_string(status));
    }
}

TEST_F(CliInput, NotAWebSocketService) {
    ScriptedServer server{[](Session& session) { session.raw("220 mail.example ESMTP\r\n"); }};
    expect_failure({"--url", server.url(), short_wav()}, 4, "");
}

TEST_F(CliInput, CertificateThatNobodyTrusts) {
    Certificates authority;
    const auto files = authority.issue({.dns = {"localhost"}, .ips = {"127.0.0.1"}});
    ScriptedServer server{answer_with(final_result("x")), {.tls = ServerTls{files.certificate, files.key}}};
    expect_failure({"--url", server.url(), short_wav()}, 4, "not trusted");
}

TEST_F(CliInput, CertificateForAnotherHost) {
    Certificates authority;
    const auto files = authority.issue({.dns = {"other.example"}});
    ScriptedServer server{answer_with(final_result("x")), {.tls = ServerTls{files.certificate, files.key}}};
    expect_failure({"--url", server.url(), "--ca-file", authority.ca_file(), short_wav()}, 4, "another host name");
}

TEST_F(CliInput, ServiceClosesInMidUtterance) {
    ScriptedServer server{[](Session& session) {
        session.accept();
        static_cast<void>(session.read());
        session.close(1011, "out of memory");
    }};
    expect_failure({"--url", server.url(), "--set", "reconnect-attempts=0", dir_.write("long.wav", wav(3000))}, 5,
                   "out of memory");
}

TEST_F(CliInput, ServiceSendsWhatIsNotUtf8) {
    ScriptedServer server{[](Session& session) {
        session.accept();
        static_cast<void>(session.read());
        session.send_frame(0x81, "\xFF\xFE");
        session.hang();
    }};
    expect_failure({"--url", server.url(), "--set", "reconnect-attempts=0", dir_.write("long.wav", wav(3000))}, 5,
                   "WebSocket protocol");
}

TEST_F(CliInput, ServiceSendsHalfAJson) {
    ScriptedServer server{answer_with(R"({"type":"final","text":"ha)")};
    expect_failure({"--url", server.url(), short_wav()}, 5, "1 message(s) from the service were not understood");
}

TEST_F(CliInput, ServiceNeverGivesItsLastResult) {
    ScriptedServer server{sink};
    expect_failure({"--url", server.url(), "--set", "drain-timeout=200ms", short_wav()}, 5, "drain-timeout");
}

TEST_F(CliInput, FullDisk) {
    ScriptedServer server{answer_with(final_result("x"))};
    CliProcess process{{"transcribe", "--quiet", "--url", server.url(), short_wav()}, "/dev/full"};
    const Finished finished = process.finish();
    EXPECT_EQ(finished.exit_code, 1);
    expect_one_line(finished.err);
    EXPECT_NE(finished.err.find("No space left"), std::string::npos) << finished.err;
}

TEST_F(CliInput, MoreStreamsThanDescriptors) {
    const Finished finished = run_cli({"load", "--streams", "1000000"});
    EXPECT_EQ(finished.exit_code, 2);
    expect_one_line(finished.err);
    EXPECT_NE(finished.err.find("ulimit -Hn"), std::string::npos) << finished.err;
}

TEST_F(CliInput, HelpExplainsItselfAndTheManualHasEveryOption) {
    const std::string manual = [] {
        std::ifstream file{ASR_STREAM_MANUAL};
        return std::string{std::istreambuf_iterator<char>{file}, {}};
    }();
    ASSERT_FALSE(manual.empty()) << ASR_STREAM_MANUAL;
    std::set<std::string> options;
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"--help"}, {"transcribe", "--help"}, {"serve", "--help"}, {"probe", "--help"}, {"load", "--help"}}) {
        const Finished help = run_cli(words);
        EXPECT_EQ(help.exit_code, 0);
        EXPECT_EQ(help.err, "");
        EXPECT_NE(help.out.find("Exit codes:"), std::string::npos) << words.front();
        const std::regex option{R"((?:^|\n)\s+(?:-\w,)?--([a-z0-9][a-z0-9-]*))"};
        for (auto found = std::sregex_iterator{help.out.begin(), help.out.end(), option};
             found != std::sregex_iterator{}; ++found) {
            options.insert((*found)[1]);
        }
    }
    EXPECT_GT(options.size(), 30u);
    for (const std::string& name : options) {
        const std::regex entry{R"(\n\.It (Fl \w , )?Fl -)" + name + R"([ \n])"};
        EXPECT_TRUE(std::regex_search(manual, entry)) << "--" << name << " is not in asr-stream.1";
    }
}

}  // namespace
}  // namespace asr_stream::test
