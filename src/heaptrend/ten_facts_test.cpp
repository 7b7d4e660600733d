// Where the known tools mislead, this one must be right: each test is one such case, with another tool as the oracle.
#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

#include "heaptrend/commands.hpp"
#include "heaptrend/diff.hpp"
#include "heaptrend/elf_module.hpp"
#include "heaptrend/load.hpp"
#include "heaptrend/symbolize.hpp"
#include "heaptrend/verdict.hpp"
#include "profiled.hpp"

namespace heaptrend {
namespace {

namespace fs = std::filesystem;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr double leaked = 2'000 * 320;
constexpr double cached = 512 * 4'096;

class TenFacts : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!testing::has_library("libjemalloc.so.2")) GTEST_SKIP() << "libjemalloc2 is not installed";
    }
    /// jemalloc's own dumps of the leaky program; `lg_sample` 0 records every block.
    static void profile(const Folder& folder, const std::string& name, int rounds = 2'000, int lg_sample = 9) {
        ASSERT_EQ(
            testing::run({HEAPTREND_LEAKY, std::to_string(rounds)},
                         {"LD_PRELOAD=libjemalloc.so.2",
                          "MALLOC_CONF=prof:true,prof_accum:true,lg_prof_sample:" + std::to_string(lg_sample) +
                              ",lg_prof_interval:20,prof_final:true,prof_prefix:" + (folder.path() / name).string()}),
            0);
    }
    static Series load(const Folder& folder, const std::string& pattern) {
        auto series = load_series({(folder.path() / pattern).string()});
        if (!series) throw std::runtime_error{series.error().message()};
        symbolize(*series);
        return std::move(*series);
    }
    static std::vector<std::string> dumps(const Folder& folder) {
        std::vector<std::string> files;
        for (const auto& entry : fs::directory_iterator{folder.path()})
            if (entry.path().extension() == ".heap") files.push_back(entry.path().string());
        return files;
    }
    /// Megabytes in jeprof's first line, and the function in its second.
    static std::pair<double, std::string> jeprof(std::vector<std::string> files) {
        files.insert(files.begin(), {"jeprof", "--text", HEAPTREND_LEAKY});
        std::istringstream lines{testing::output_of(files)};
        std::string line;
        std::pair<double, std::string> answer{0, ""};
        for (std::string word; lines >> word && word != "Total:";) {
        }
        lines >> answer.first;
        std::getline(lines, line);
        std::getline(lines, line);
        answer.second = line.substr(line.find_last_of(' ') + 1);
        return answer;
    }
};

TEST_F(TenFacts, OneSnapshotRanksTheCacheFirstAndATrendTheLeak) {
    const Folder folder;
    profile(folder, "run");
    const Series series = load(folder, "run.*");
    const Verdict verdict = analyse(series, FoldRules::defaults());
    EXPECT_THAT(summary(verdict, series)[0], StartsWith("print_json -> to_json (heaptrend_leaky) grows "));
    double largest = 0;
    std::string holder;
    for (const OwnerGrowth& owner : verdict.owners)
        if (owner.track.live.back().bytes > largest) {
            largest = owner.track.live.back().bytes;
            holder = verdict.folded.owners[owner.owner.value].title(series);
        }
    EXPECT_THAT(holder, HasSubstr("put_in_cache"));
    if (testing::find_program("jeprof").empty()) return;
    auto files = dumps(folder);
    std::sort(files.begin(), files.end());
    EXPECT_EQ(jeprof({files.back()}).second, "put_in_cache");
}

TEST_F(TenFacts, SeveralDumpsAreATrendAndNotASum) {
    const Folder folder;
    profile(folder, "run");
    const Series series = load(folder, "run.*");
    const Cost live = series.snapshots.back().live();
    EXPECT_LE(live.bytes, leaked + cached + 400'000 + 5 * std::sqrt(live.variance));
    if (testing::find_program("jeprof").empty()) return;
    EXPECT_GT(jeprof(dumps(folder)).first * 1e6, 2 * live.bytes);
}

TEST_F(TenFacts, TwoProcessesAreComparedByPlaceAndNotByAddress) {
    const Folder folder;
    profile(folder, "one", 2'000);
    profile(folder, "two", 6'000);
    const auto differences = diff(load(folder, "one.*"), load(folder, "two.*"), FoldRules::defaults());
    ASSERT_FALSE(differences.empty());
    EXPECT_EQ(differences[0].title, "print_json -> to_json (heaptrend_leaky)");
    EXPECT_TRUE(differences[0].significant);
    EXPECT_NEAR(differences[0].bytes(), 4'000 * 320, 0.2 * 4'000 * 320);
    for (const OwnerDifference& difference : differences)
        if (difference.title.find("put_in_cache") != std::string::npos) {
            EXPECT_LT(std::abs(difference.bytes()), cached / 4);
        }
}

/// Function names at an address as eu-addr2line tells them, innermost first.
std::vector<std::string> eu_names(const std::string& file, std::uint64_t address) {
    std::ostringstream hex;
    hex << "0x" << std::hex << address;
    std::istringstream lines{
        testing::output_of({"eu-addr2line", "--functions", "--inlines", "--exe=" + file, hex.str()})};
    std::vector<std::string> names;
    for (std::string line; std::getline(lines, line);)
        if (line.find('/') == std::string::npos && line.find(':') == std::string::npos) {
            const auto inlined = line.find(" inlined at ");
            names.push_back(line.substr(0, inlined));
        } else if (const auto inlined = line.find(" inlined at "); inlined != std::string::npos) {
            names.push_back(line.substr(0, inlined));
        }
    return names;
}

TEST_F(TenFacts, TheInnermostInlinedFunctionHasItsOwnName) {
    if (testing::find_program("eu-addr2line").empty()) GTEST_SKIP() << "elfutils is not installed";
    auto elf = ElfModule::open(HEAPTREND_PLUGIN);
    ASSERT_TRUE(elf);
    std::istringstream symbols{testing::output_of({"nm", "--defined-only", "--print-size", HEAPTREND_PLUGIN})};
    std::uint64_t start = 0;
    std::uint64_t size = 0;
    for (std::string line; std::getline(symbols, line);)
        if (line.ends_with(" plugin_feed")) {
            start = std::stoull(line.substr(0, 16), nullptr, 16);
            size = std::stoull(line.substr(17, 16), nullptr, 16);
        }
    ASSERT_GT(size, 0U);
    std::size_t deepest = 0;
    for (std::uint64_t at = start; at < start + size; at += 3) {
        const auto levels = elf->lookup(at);
        const auto expected = eu_names(HEAPTREND_PLUGIN, at);
        ASSERT_FALSE(levels.empty());
        ASSERT_FALSE(expected.empty());
        EXPECT_EQ(qualified_name(levels[0].function).substr(qualified_name(levels[0].function).rfind(':') + 1),
                  expected[0]);
        EXPECT_EQ(levels.back().function, "plugin_feed");
        deepest = std::max(deepest, levels.size());
    }
    EXPECT_GE(deepest, 2U);
}

TEST_F(TenFacts, TheErrorIsThatOfTheSamplingLaw) {
    constexpr int runs = 16;
    double sum = 0;
    double squares = 0;
    double variance = 0;
    for (int run = 0; run < runs; ++run) {
        const Folder folder;
        profile(folder, "run", 2'000, 13);
        const Series series = load(folder, "run.*.f.heap");
        Cost leak;
        for (const Entry& entry : series.snapshots.back().entries)
            for (const StackLevel& level : stack_levels(series, entry.stack))
                if (level_name(series, level).find("print_json") != std::string::npos) {
                    leak += entry.live;
                    break;
                }
        sum += leak.bytes / leaked;
        squares += leak.bytes / leaked * leak.bytes / leaked;
        variance += leak.variance / (leaked * leaked) / runs;
    }
    const double mean = sum / runs;
    const double error = std::sqrt(variance);
    EXPECT_NEAR(mean, 1, 4 * error / std::sqrt(runs));
    const double measured = std::sqrt(std::max(squares / runs - mean * mean, 0.0));
    EXPECT_GT(measured, 0.4 * error);  // of 16 runs: the bounds of chi-squared at one in ten thousand
    EXPECT_LT(measured, 1.9 * error);
}

}  // namespace
}  // namespace heaptrend
