/// The command line against its own recognizer: a voice goes in, the exact transcript comes out.

#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include "integration/cli_test_support.hpp"
#include "support/certificates.hpp"

namespace asr_stream::test {
namespace {

const std::string sounds = "/usr/share/asterisk/sounds/en_US_f_Allison/";
const std::string model = std::string{ASR_STREAM_MODELS} + "/al8k";
const std::string texts = model + "/heldout.tsv";
const std::string grammar = model + "/heldout.gram";

class CliRecognizer : public CliTest {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(sounds)) GTEST_SKIP() << "asterisk-core-sounds-en-wav is not installed";
    }
    void serve(std::vector<std::string> arguments = {}) {
        arguments.insert(arguments.begin(), {"serve", "--listen", "127.0.0.1:0", "--quiet", "--model", "al8k"});
        server_ = std::make_unique<CliProcess>(std::move(arguments));
        const std::string line = server_->wait_for_output("listening on ");
        url_ = line.substr(0, line.find(' '));
        ASSERT_FALSE(url_.empty());
    }
    static std::vector<std::string> prompts() {
        std::vector<std::string> files;
        std::ifstream lines{texts};
        for (std::string line; std::getline(lines, line);) files.push_back(sounds + line.substr(0, line.find('\t')));
        return files;
    }
    std::unique_ptr<CliProcess> server_;
    std::string url_;
};

TEST_F(CliRecognizer, HearsAllPromptsExactlyWithAClosedGrammar) {
    serve();
    std::vector<std::string> arguments{"transcribe", "--url",  url_, "--grammar",     grammar,       "--speed",
                                       "max",        "--jobs", "4",  "--no-partials", "--reference", texts};
    for (const std::string& file : prompts()) arguments.push_back(file);
    const Finished finished = run_cli(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_NE(finished.err.find("word accuracy 100.0 %"), std::string::npos) << finished.err;
    EXPECT_NE(finished.err.find("10 of 10 file(s)"), std::string::npos) << finished.err;
}

TEST_F(CliRecognizer, SpeaksVoskAndTls) {
    Certificates authority;
    const auto files = authority.issue({.dns = {"localhost"}, .ips = {"127.0.0.1"}});
    serve({"--tls-certificate", files.certificate, "--tls-key", files.key, "--grammar", grammar});
    const Finished finished = run_cli({"transcribe", "--url", url_, "--ca-file", authority.ca_file(), "--dialect",
                                       "vosk", "--speed", "4", "-f", "jsonl", sounds + "vm-review.wav"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_NE(
        finished.out.find("press one to accept this recording press two to listen to it press three to rerecord your "
                          "message"),
        std::string::npos)
        << finished.out;
}

TEST_F(CliRecognizer, ProbeAndLoadFindItWell) {
    serve();
    const Finished probe = run_cli({"probe", url_, "--json", "--file", sounds + "vm-review.wav"});
    EXPECT_EQ(probe.exit_code, 0) << probe.out << probe.err;
    EXPECT_EQ(boost::json::parse(probe.out).at("ok"), true);
    const Finished load =
        run_cli({"load", url_, "-n", "3", "-d", "2", "-q", "--json", "--audio", sounds + "vm-review.wav"});
    EXPECT_EQ(load.exit_code, 0) << load.out << load.err;
    EXPECT_EQ(boost::json::parse(load.out).at("counts").at("streams_failed"), 0);
}

TEST_F(CliRecognizer, ServeEndsWhenItIsTold) {
    serve();
    ASSERT_EQ(run_cli({"probe", url_}).exit_code, 0);
    server_->signal(SIGTERM);
    EXPECT_EQ(server_->finish().exit_code, 0);
}

}  // namespace
}  // namespace asr_stream::test
