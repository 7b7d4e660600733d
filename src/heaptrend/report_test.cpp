#include "heaptrend/report.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "heaptrend/commands.hpp"
#include "heaptrend/decompress.hpp"
#include "heaptrend/load.hpp"
#include "heaptrend/symbolize.hpp"
#include "profiled.hpp"

namespace heaptrend {
namespace {

using ::testing::AllOf;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string contents(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// Counts the fields of a protobuf message by number; false when it is malformed.
bool count_fields(std::string_view data, std::map<unsigned, int>& counts) {
    std::size_t at = 0;
    const auto varint = [&](std::uint64_t& value) {
        value = 0;
        for (unsigned shift = 0; shift < 64 && at < data.size(); shift += 7) {
            const auto byte = static_cast<unsigned char>(data[at++]);
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if ((byte & 0x80U) == 0) return true;
        }
        return false;
    };
    while (at < data.size()) {
        std::uint64_t tag = 0;
        std::uint64_t value = 0;
        if (!varint(tag) || !varint(value) || ((tag & 7U) != 0 && (tag & 7U) != 2)) return false;
        if ((tag & 7U) == 2) {
            if (value > data.size() - at) return false;
            at += value;
        }
        ++counts[static_cast<unsigned>(tag >> 3U)];
    }
    return true;
}

/// The leaky program under jemalloc, profiled once for all tests.
class RealReport : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (!testing::has_library("libjemalloc.so.2")) return;
        folder_ = std::make_unique<Folder>();
        const std::string prefix = (folder_->path() / "run").string();
        run_status_ =
            testing::run({HEAPTREND_LEAKY, "40000"}, {"LD_PRELOAD=libjemalloc.so.2",
                                                      "MALLOC_CONF=prof:true,prof_accum:true,lg_prof_sample:13,"
                                                      "lg_prof_interval:24,prof_final:true,prof_prefix:" +
                                                          prefix});
    }
    static void TearDownTestSuite() { folder_.reset(); }
    void SetUp() override {
        if (!folder_) GTEST_SKIP() << "libjemalloc2 is not installed";
        ASSERT_EQ(run_status_, 0);
    }
    static std::string series() { return folder_->path().string(); }
    static std::string file(const char* name) { return (folder_->path() / name).string(); }

    static std::unique_ptr<Folder> folder_;
    static int run_status_;
};
std::unique_ptr<Folder> RealReport::folder_;
int RealReport::run_status_ = -1;

TEST_F(RealReport, ConvictsTheLeakAndNotTheCache) {
    std::ostringstream out;
    std::ostringstream problems;
    ReportCommand command;
    command.series = {series()};
    EXPECT_EQ(run(command, out, problems), exit_ok) << problems.str();
    EXPECT_THAT(out.str(), AllOf(StartsWith("print_json -> to_json (heaptrend_leaky) grows "), HasSubstr("was freed"),
                                 HasSubstr("to_json")));
    EXPECT_THAT(out.str().substr(0, out.str().find("\n\n")), Not(HasSubstr("put_in_cache")));
}

TEST_F(RealReport, WritesEveryForm) {
    std::ostringstream out;
    std::ostringstream problems;
    ReportCommand command;
    command.series = {series()};
    command.json = file("r.json");
    command.html = file("r.html");
    command.flame = file("r.svg");
    command.folded = file("r.folded");
    command.pprof = file("r.pb.gz");
    command.quiet = true;
    ASSERT_EQ(run(command, out, problems), exit_ok) << problems.str();
    const auto json = boost::json::parse(contents(command.json));
    EXPECT_EQ(json.at("schema"), "heaptrend-report-1");
    EXPECT_EQ(json.at("owners").at(0).at("function"), "to_json");
    EXPECT_TRUE(json.at("owners").at(0).at("growing").as_bool());
    EXPECT_THAT(contents(command.folded), HasSubstr("feed_audio;print_json;to_json "));
    EXPECT_THAT(contents(command.flame), AllOf(StartsWith("<svg xmlns"), HasSubstr("<title>print_json: ")));
    EXPECT_THAT(contents(command.html), AllOf(StartsWith("<!DOCTYPE html>"), HasSubstr("<polyline"),
                                              HasSubstr("print_json"), Not(HasSubstr("src="))));
    std::map<unsigned, int> fields;
    const auto profile = decompress(contents(command.pprof), 1U << 26U);
    ASSERT_TRUE(profile && count_fields(*profile, fields));
    EXPECT_EQ(fields[1], 5);
    EXPECT_GT(fields[2], 3);
    EXPECT_GT(fields[3], 2);
    EXPECT_GT(fields[4], 10);
    EXPECT_EQ(fields[12], 1);
}

TEST_F(RealReport, ProtocReadsThePprofProfile) {
    if (testing::find_program("protoc").empty()) GTEST_SKIP() << "protobuf-compiler is not installed";
    std::ostringstream out;
    std::ostringstream problems;
    ReportCommand command;
    command.series = {series()};
    command.pprof = file("p.pb.gz");
    ASSERT_EQ(run(command, out, problems), exit_ok) << problems.str();
    const std::string text = testing::output_of(
        {"sh", "-c", "zcat '" + command.pprof + "' | protoc --decode=Profile -I " HEAPTREND_FIXTURES " profile.proto"});
    EXPECT_THAT(text, AllOf(HasSubstr("text: \"growth_space\""), HasSubstr("text: \"print_json\""),
                            HasSubstr("heaptrend_leaky\""), HasSubstr("period: 8192"), HasSubstr("has_inlined: true")));
    EXPECT_THAT(text, Not(HasSubstr("\n  7:")));  // no field that the format does not have
}

TEST_F(RealReport, GooglesPprofReadsTheProfile) {
    if (testing::find_program("go").empty()) GTEST_SKIP() << "golang-go is not installed";
    std::ostringstream out;
    std::ostringstream problems;
    ReportCommand command;
    command.series = {series()};
    command.pprof = file("g.pb.gz");
    ASSERT_EQ(run(command, out, problems), exit_ok) << problems.str();
    const auto ask = [&](std::vector<std::string> question) {
        std::vector<std::string> words{"go", "tool", "pprof", "-symbolize=none", "-sample_index=growth_space"};
        words.insert(words.end(), question.begin(), question.end());
        words.push_back(command.pprof);
        return testing::output_of(words);
    };
    EXPECT_THAT(ask({"-top", "-cum"}), AllOf(HasSubstr("File: heaptrend_leaky"), HasSubstr("Type: growth_space"),
                                             HasSubstr(" to_json"), HasSubstr(" feed_audio")));
    EXPECT_THAT(ask({"-top", "-nodecount=1"}), AllOf(HasSubstr(" to_json"), Not(HasSubstr("put_in_cache"))));
    EXPECT_THAT(ask({"-peek", "print_json"}), HasSubstr("feed_audio"));
    EXPECT_THAT(ask({"-sample_index=inuse_space", "-top"}), HasSubstr(" put_in_cache"));
}

TEST_F(RealReport, WritesAPdfOfTwoPages) {
    std::ostringstream out;
    std::ostringstream problems;
    ReportCommand command;
    command.series = {series()};
    command.pdf = file("r.pdf");
    ASSERT_EQ(run(command, out, problems), exit_ok) << problems.str();
    EXPECT_THAT(contents(command.pdf), AllOf(StartsWith("%PDF-"), HasSubstr("/Count 2")));
}

TEST_F(RealReport, CheckFailsOnTheLeakAndPassesAboveIt) {
    std::ostringstream out;
    std::ostringstream problems;
    CheckCommand command;
    command.series = {series()};
    command.max_growth = "1kB/day";
    command.junit = file("junit.xml");
    EXPECT_EQ(run(command, out, problems), exit_growth) << problems.str();
    EXPECT_THAT(out.str(), StartsWith("print_json -> to_json"));
    EXPECT_THAT(contents(command.junit), HasSubstr("<failure"));
    command.max_growth = "100TB/s";
    EXPECT_EQ(run(command, out, problems), exit_ok);
}

TEST_F(RealReport, ASingleDumpCannotTell) {
    std::ostringstream out;
    std::ostringstream problems;
    ReportCommand command;
    for (const auto& entry : std::filesystem::directory_iterator{folder_->path()})
        if (entry.path().extension() == ".heap") command.series = {entry.path().string()};
    EXPECT_EQ(run(command, out, problems), exit_cannot_tell);
    EXPECT_THAT(out.str(), StartsWith("cannot tell: 1 snapshots"));
}

TEST(Commands, SayInOneLineWhatIsWrong) {
    std::ostringstream out;
    std::ostringstream problems;
    CheckCommand command;
    command.series = {"/nonexistent"};
    command.max_growth = "fast";
    EXPECT_EQ(run(command, out, problems), exit_error);
    EXPECT_THAT(problems.str(),
                AllOf(StartsWith("heaptrend: argument not allowed: rate \"fast\""), HasSubstr("1MB/h\n")));
    command.max_growth = "0";
    problems.str({});
    EXPECT_EQ(run(command, out, problems), exit_error);
    EXPECT_EQ(problems.str(), "heaptrend: no such file: /nonexistent\n");
}

}  // namespace
}  // namespace heaptrend
