#include "heaptrend/agent_log.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "heaptrend/load.hpp"
#include "heaptrend/run_command.hpp"
#include "heaptrend/symbolize.hpp"
#include "heaptrend/verdict.hpp"
#include "profiled.hpp"

namespace heaptrend {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::size_t count_folders(const std::filesystem::path& folder) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) count += entry.is_directory() ? 1 : 0;
    return count;
}

TEST(AgentLog, ReadsWhatIsWholeAndSkipsTheRest) {
    const Folder folder;
    static_cast<void>(
        folder.file("series.log",
                    "dump run.1.0.m0.heap time 100.5 allocated 4000 rss 9000 future 3 jemalloc 5.3.0-0-gabc\n"
                    "nonsense\nreset lg_sample 18\ndump run.1.1.m1.heap time 10"));
    static_cast<void>(folder.file("build-ids", "00ff /usr/lib/a b.so\nbroken\n"));
    static_cast<void>(folder.file("maps.000003", ""));
    const auto log = read_agent_log(folder.path());
    ASSERT_TRUE(log);
    ASSERT_THAT(log->dumps, SizeIs(1));
    const AgentLog::Line& line = log->dumps.at("run.1.0.m0.heap");
    EXPECT_EQ(line.time, 100.5);
    EXPECT_EQ(line.memory.allocated, 4000U);
    EXPECT_EQ(line.memory.rss, 9000U);
    EXPECT_TRUE(line.small_samples_counted_large);
    EXPECT_EQ(log->build_ids.at("/usr/lib/a b.so"), "00ff");
    EXPECT_EQ(log->maps.count(3), 1U);
    EXPECT_THAT(log->notes, ElementsAre(HasSubstr("raised to 262 kB")));
    EXPECT_FALSE(read_agent_log("/nonexistent"));
}

TEST(AgentLog, TakesTheBackingOfSampledSmallBlocksOffTheStatistics) {
    const std::vector<Entry> entries{{StackIndex{0}, {.bytes = 6400, .objects = 20, .samples = 2, .variance = 0}, {}},
                                     {StackIndex{1}, {.bytes = 65'536, .objects = 1, .samples = 1, .variance = 0}, {}}};
    EXPECT_EQ(correct_allocated(1'000'000, entries), 1'000'000U - 2 * (16'384 - 320));
    EXPECT_EQ(correct_allocated(10, entries), 0U);
}

TEST(PlanRun, SaysWhatIsMissing) {
    EXPECT_EQ(plan_run({}, {}).error().code, Errc::bad_argument);
    RunOptions options;
    options.command = {"/nonexistent/program"};
    EXPECT_EQ(plan_run(options, {}).error().code, Errc::file_not_found);
    const Folder folder;
    const auto script = folder.file("script", "#!/bin/sh\n");
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    options.command = {script.string()};
    EXPECT_THAT(plan_run(options, {}).error().message(), HasSubstr("is a script: name the program that it starts"));
    options.command = {"true"};
    EXPECT_EQ(plan_run(options, {"/nonexistent"}).error().code, Errc::unavailable);
}

/// The names of the dumps in all series of a folder.
std::vector<std::string> dumps_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder})
        if (entry.path().extension() == ".heap") names.push_back(entry.path().filename().string());
    return names;
}

class AgentRun : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!testing::has_library("libjemalloc.so.2")) GTEST_SKIP() << "libjemalloc2 is not installed";
    }
    [[nodiscard]] std::vector<std::string> command(std::vector<std::string> options,
                                                   std::vector<std::string> program) const {
        std::vector<std::string> words{HEAPTREND_PROGRAM, "run", "--output", series_folder()};
        words.insert(words.end(), options.begin(), options.end());
        words.emplace_back("--");
        words.insert(words.end(), program.begin(), program.end());
        return words;
    }
    [[nodiscard]] std::string series_folder() const { return (folder_.path() / "a series").string(); }

    Folder folder_;
};

TEST_F(AgentRun, TakesASeriesThatNamesTheLeakAndReconcilesMemory) {
    ASSERT_EQ(testing::run(
                  command({"--interval", "0.02", "--budget", "0", "--lg-sample", "13"}, {HEAPTREND_LEAKY, "300000"})),
              0);
    auto series = load_series({series_folder()});
    ASSERT_TRUE(series) << series.error().message();
    ASSERT_GE(series->snapshots.size(), 5U);
    symbolize(*series);
    const Verdict verdict = analyse(*series, FoldRules::defaults());
    ASSERT_GE(verdict.convicted, 1U);
    EXPECT_THAT(summary(verdict, *series)[0], StartsWith("print_json -> to_json (heaptrend_leaky) grows "));
    ASSERT_TRUE(verdict.totals.memory);
    EXPECT_NEAR(verdict.totals.profile(), 300'000 * 320 + 512 * 4096, 0.1 * 300'000 * 320);
    EXPECT_NEAR(verdict.totals.residual(), 0, 4 * verdict.totals.profile_error + 8e6);
    EXPECT_GT(verdict.totals.memory->rss, verdict.totals.memory->allocated);
    EXPECT_GT(verdict.totals.memory->stacks, 8'192U);  // the program's thread, and the agent's
    EXPECT_LT(verdict.totals.memory->stacks, 2'000'000U);
    const Module& module = series->module(verdict.folded.owners[verdict.owners[0].owner.value].module);
    EXPECT_EQ(module.build_id.size(), 40U);
}

TEST_F(AgentRun, ProfilesTheNamedProgramAndNotItsWrapper) {
    ASSERT_EQ(
        testing::run(command({"--program", HEAPTREND_LEAKY}, {"sh", "-c", "true; exec " HEAPTREND_LEAKY " 1000"})), 0);
    EXPECT_EQ(count_folders(series_folder()), 1U);
}

TEST_F(AgentRun, GivesAForkedChildASeriesOfItsOwn) {
    ASSERT_EQ(testing::run(command({"--interval", "0.01", "--budget", "0"}, {HEAPTREND_LEAKY, "400000", "fork"})), 0);
    EXPECT_EQ(count_folders(series_folder()), 2U);
    for (const auto& entry : std::filesystem::directory_iterator{series_folder()}) {
        const auto series = load_series({entry.path().string()});
        ASSERT_TRUE(series) << series.error().message();
        EXPECT_GE(series->snapshots.size(), 2U);
    }
    const auto both = load_series({series_folder()});
    ASSERT_FALSE(both);
    EXPECT_THAT(both.error().message(), HasSubstr("series of 2 processes"));
}

TEST_F(AgentRun, LeavesForkedChildrenAbleToLoadModules) {
    EXPECT_EQ(testing::run(command({"--interval", "0.01", "--budget", "0"}, {HEAPTREND_FORKING, "1000"})), 0);
}

TEST_F(AgentRun, KeepsABoundedNumberOfDumps) {
    ASSERT_EQ(
        testing::run(command({"--interval", "0.01", "--max-dumps", "8", "--budget", "0"}, {HEAPTREND_LEAKY, "400000"})),
        0);
    const auto files = load_series({series_folder()});
    ASSERT_TRUE(files) << files.error().message();
    EXPECT_LE(files->snapshots.size(), 8U);
    EXPECT_GE(files->snapshots.size(), 4U);
    EXPECT_THAT(dumps_in(series_folder()), Contains(HasSubstr(".0.m0.heap")));
}

TEST_F(AgentRun, LeavesNoPartOfADumpWhenTheProgramIsKilled) {
    constexpr std::size_t kills = 10;
    std::filesystem::create_directory(series_folder());
    const auto words =
        command({"--interval", "0.01", "--budget", "0", "--lg-sample", "10"}, {HEAPTREND_LEAKY, "5000000"});
    for (std::size_t kill = 0; kill < kills; ++kill) {
        const std::size_t enough = dumps_in(series_folder()).size() + 2 + kill;
        ASSERT_TRUE(testing::run_and_kill(words, [&] { return dumps_in(series_folder()).size() >= enough; }));
    }
    EXPECT_EQ(count_folders(series_folder()), kills);
    for (const auto& entry : std::filesystem::directory_iterator{series_folder()}) {
        const auto series = load_series({entry.path().string()});
        ASSERT_TRUE(series) << series.error().message();
        EXPECT_THAT(series->notes, Not(Contains(HasSubstr("left out: "))));
        EXPECT_GE(series->snapshots.size(), 2U);
    }
}

TEST_F(AgentRun, PassesTheExitStatusOn) { EXPECT_EQ(testing::run(command({}, {"sh", "-c", "exit 7"})), 7); }

}  // namespace
}  // namespace heaptrend
