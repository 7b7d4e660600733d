// The agent in real programs whose modules come, go and are replaced.
#include <gmock/gmock.h>

#include <fstream>

#include "heaptrend/commands.hpp"
#include "heaptrend/load.hpp"
#include "heaptrend/symbolize.hpp"
#include "heaptrend/verdict.hpp"
#include "profiled.hpp"

namespace heaptrend {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Judged {
    Series series;
    std::string verdict;
};

class AgentModules : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!testing::has_library("libjemalloc.so.2")) GTEST_SKIP() << "libjemalloc2 is not installed";
        module_ = (folder_.path() / "plugin.so").string();
        fs::copy_file(HEAPTREND_PLUGIN, module_);
    }
    /// Runs the host under heaptrend with the module at module_.
    int run_host(const std::string& function, const std::string& mode, std::vector<std::string> options = {},
                 const std::vector<std::string>& environment = {}, const std::string& host = HEAPTREND_HOST) const {
        std::vector<std::string> words{HEAPTREND_PROGRAM, "run", "--output", series_folder(), "--lg-sample", "13"};
        if (options.empty()) options = {"--interval", "0.02", "--budget", "0"};
        words.insert(words.end(), options.begin(), options.end());
        words.insert(words.end(), {"--", host, module_, function, "120000"});
        if (!mode.empty()) words.push_back(mode);
        return testing::run(words, environment);
    }
    [[nodiscard]] std::string series_folder() const { return (folder_.path() / "series").string(); }
    [[nodiscard]] Judged judge(const SymbolizeOptions& options = {}) const {
        auto series = load_series({series_folder()});
        if (!series) return {Series{}, series.error().message()};
        auto symbolized = symbolize(*series, options);
        for (std::string& note : symbolized.notes) series->notes.push_back(std::move(note));
        const Verdict verdict = analyse(*series, FoldRules::defaults());
        std::string first = summary(verdict, *series)[0];
        return {std::move(*series), std::move(first)};
    }

    Folder folder_;
    std::string module_;
};

TEST_F(AgentModules, AModuleThatIsUnloadedKeepsItsNames) {
    ASSERT_EQ(run_host("plugin_feed", "unload"), 0);
    EXPECT_THAT(judge().verdict, StartsWith("plugin_feed -> to_text (plugin.so) grows "));
}

TEST_F(AgentModules, BlanksInPathsAndSymbolicLinksAreNoObstacle) {
    const fs::path odd = folder_.path() / "a folder (1)";
    fs::create_directory(odd);
    fs::rename(module_, odd / "mod x");
    module_ = (odd / "link to mod").string();
    fs::create_symlink(odd / "mod x", module_);
    const fs::path host = odd / "a host";
    fs::create_symlink(HEAPTREND_HOST, host);
    ASSERT_EQ(run_host("plugin_feed", "", {}, {}, host.string()), 0);
    EXPECT_THAT(judge().verdict, StartsWith("plugin_feed -> to_text (mod x) grows "));
}

TEST_F(AgentModules, AModuleWhoseFileWentIsNamedFromACopyAndNeverFromAnotherFile) {
    ASSERT_EQ(run_host("plugin_feed", "delete"), 0);
    const Judged without = judge();
    EXPECT_THAT(without.verdict, AllOf(HasSubstr("(heaptrend_host, plugin.so) grows "), HasSubstr("plugin.so+0x")));
    EXPECT_THAT(without.series.notes, Contains(HasSubstr("would name its frames")));
    std::ofstream{module_} << "something else";
    EXPECT_THAT(judge().verdict, HasSubstr("plugin.so+0x"));
    const fs::path copies = folder_.path() / "copies";
    fs::create_directory(copies);
    fs::copy_file(HEAPTREND_PLUGIN, copies / "plugin.so");
    EXPECT_THAT(judge({.debug_path = copies.string(), .sysroot = {}}).verdict,
                StartsWith("plugin_feed -> to_text (plugin.so) grows "));
}

TEST_F(AgentModules, AStrippedModuleIsNamedFromItsDebugFile) {
    const std::string debug = (folder_.path() / "plugin.so.debug").string();
    ASSERT_EQ(testing::run({"objcopy", "--only-keep-debug", module_, debug}), 0);
    ASSERT_EQ(testing::run({"objcopy", "--strip-all", "--add-gnu-debuglink=" + debug, module_}), 0);
    ASSERT_EQ(run_host("plugin_feed", ""), 0);
    EXPECT_THAT(judge().verdict, StartsWith("plugin_feed -> to_text (plugin.so) grows "));
}

TEST_F(AgentModules, HelpersOfAStrippedModuleAreChargedToItsExportedFunction) {
    ASSERT_EQ(testing::run({"strip", "--strip-all", module_}), 0);
    ASSERT_EQ(run_host("plugin_hidden", ""), 0);
    EXPECT_THAT(judge().verdict, HasSubstr("plugin_hidden (heaptrend_host, plugin.so) grows "));
}

TEST_F(AgentModules, PoolsAreChargedToTheirUsers) {
    ASSERT_EQ(run_host("plugin_pool_user", ""), 0);
    EXPECT_THAT(judge().verdict, HasSubstr("plugin_pool_user (heaptrend_host, plugin.so) grows "));
}

TEST_F(AgentModules, AProcessThatBeginsTheProgramAnewHasTwoSeries) {
    ASSERT_EQ(run_host("plugin_feed", "exec"), 0);
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{series_folder()}) names.push_back(entry.path().filename().string());
    ASSERT_EQ(names.size(), 2U);
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names[1], names[0] + ".2");
}

TEST_F(AgentModules, ASignalAsksForADump) {
    ASSERT_EQ(run_host("plugin_feed", "signal", {"--interval", "3600", "--signal", "USR2", "--budget", "0"}), 0);
    std::size_t dumps = 0;
    for (const auto& entry : fs::recursive_directory_iterator{series_folder()})
        dumps += entry.path().extension() == ".heap" ? 1 : 0;
    EXPECT_EQ(dumps, 3U);  // at the start, on the signal, at the end
}

TEST_F(AgentModules, AnExpensiveIntervalIsRaisedOnceAndTheReportSaysWhatThatHides) {
    ASSERT_EQ(testing::run({HEAPTREND_PROGRAM, "run", "--output", series_folder(), "--lg-sample", "10", "--interval",
                            "0.02", "--budget", "0.5", "--", HEAPTREND_LEAKY, "600000"},
                           {"HEAPTREND_CALIBRATION=0.1"}),
              0);
    const Judged judged = judge();
    EXPECT_THAT(judged.series.notes, Contains(AllOf(HasSubstr("was raised to"), HasSubstr("may stay unseen"),
                                                    HasSubstr("not in the profile"))));
    EXPECT_TRUE(judged.series.forgot_before);
    ASSERT_FALSE(judged.series.snapshots.empty());
    EXPECT_GT(judged.series.snapshots.front().sample_period, 2048);
    EXPECT_THAT(judged.verdict, Not(HasSubstr("put_in_cache")));
}

TEST_F(AgentModules, TimesOfBirthAreKnownOfLivingBlocks) {
    ASSERT_EQ(run_host("plugin_feed", ""), 0);
    const Judged judged = judge();
    ASSERT_THAT(judged.series.births, Not(IsEmpty()));
    for (const Birth& birth : judged.series.births) {
        EXPECT_GE(birth.age, 0);
        EXPECT_LT(birth.age, 300);
    }
}

}  // namespace
}  // namespace heaptrend
