#include "heaptrend/verdict.hpp"

#include <gmock/gmock.h>

#include "heaptrend/check.hpp"
#include "heaptrend/diff.hpp"
#include "heaptrend/report.hpp"
#include "heaptrend/units.hpp"
#include "simulator.hpp"

namespace heaptrend {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Simulation;
using testing::Simulator;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr double mib = 1 << 20;
constexpr Simulation simulation{.period = 65'536, .seconds = 60, .snapshots = 31, .has_allocated = true};

/// A series whose stacks behave as told: each is "main -> FUNCTION" in /usr/lib/mod.so.
class SeriesMaker {
  public:
    explicit SeriesMaker(std::size_t snapshots = simulation.snapshots) {
        series_.format = "simulated";
        for (std::size_t i = 0; i < snapshots; ++i) {
            Snapshot snapshot;
            snapshot.time = simulation.timeline().times[i];
            snapshot.sample_period = simulation.period;
            snapshot.has_allocated = true;
            series_.snapshots.push_back(std::move(snapshot));
        }
    }
    void add(const std::string& function, const Track& track, const std::string& caller = "main") {
        const ModuleIndex module = series_.add_module({.path = "/usr/lib/mod.so"});
        const FrameIndex root = series_.add_named_frame(module, 1, {{series_.intern(caller), {}, 0}});
        const FrameIndex leaf = function.empty()
                                    ? series_.add_frame(series_.add_module({.path = "/lib/bare.so"}), 0x10)
                                    : series_.add_named_frame(module, 2, {{series_.intern(function), {}, 0}});
        const StackIndex stack = series_.add_stack(std::vector{leaf, root});
        for (std::size_t i = 0; i < series_.snapshots.size(); ++i)
            series_.snapshots[i].entries.push_back({stack, track.live[i], track.allocated[i]});
    }
    Series take() {
        for (Snapshot& snapshot : series_.snapshots) normalize(snapshot.entries);
        return std::move(series_);
    }

  private:
    Series series_;
};

Series leaking_series() {
    Simulator simulator{5, simulation};
    SeriesMaker maker;
    maker.add("cache_put", simulator.full_cache(64 * mib, 4096, 4 * mib).track);
    maker.add("cJSON_Print", simulator.steady_leak(36e6, 320).track);
    maker.add("", simulator.full_cache(8 * mib, 4096, mib).track);
    return maker.take();
}

TEST(Verdict, NamesTheLeakFirstWhileTheCacheIsLarger) {
    const Series series = leaking_series();
    const Verdict verdict = analyse(series, FoldRules::defaults());
    EXPECT_EQ(verdict.convicted, 1U);
    const auto lines = summary(verdict, series);
    ASSERT_THAT(lines, SizeIs(1));
    EXPECT_THAT(lines[0], AllOf(StartsWith("main -> cJSON_Print (mod.so) grows 3"), HasSubstr(" MB/min ["),
                                HasSubstr(" % of growth"), HasSubstr("sampled blocks was freed")));
}

TEST(Verdict, TotalsAddUpAndAreDisjoint) {
    Series series = leaking_series();
    series.snapshots.back().memory = MemoryStats{.allocated = 100'000'000};
    const Verdict verdict = analyse(series, FoldRules::defaults());
    const Totals& totals = verdict.totals;
    EXPECT_NEAR(totals.profile(), series.snapshots.back().live().bytes, 1);
    EXPECT_NEAR(totals.growing + totals.stable + totals.unsymbolised + totals.residual(), 100e6, 1);
    EXPECT_NEAR(totals.unsymbolised, 8 * mib, 4 * mib);
    EXPECT_GT(totals.profile_error, 0);
}

TEST(Verdict, SaysWhenNothingGrows) {
    Simulator simulator{6, simulation};
    SeriesMaker maker;
    maker.add("cache_put", simulator.full_cache(64 * mib, 4096, 4 * mib).track);
    const Series series = maker.take();
    const Verdict verdict = analyse(series, FoldRules::defaults());
    EXPECT_EQ(verdict.convicted, 0U);
    EXPECT_THAT(summary(verdict, series)[0], StartsWith("nothing grows beyond chance in 60 s"));
}

TEST(Verdict, SaysWhatWouldTellWhenItCannot) {
    Simulator simulator{7, simulation};
    SeriesMaker few{3};
    few.add("cJSON_Print", simulator.steady_leak(36e6, 320).track);
    const Series short_series = few.take();
    const Verdict cannot = analyse(short_series, FoldRules::defaults());
    EXPECT_FALSE(cannot.can_tell);
    EXPECT_THAT(summary(cannot, short_series)[0],
                AllOf(StartsWith("cannot tell: 3 snapshots"), HasSubstr("at least 5")));
    SeriesMaker small;
    small.add("cJSON_Print", simulator.steady_leak(5 * 65'536, 320).track);
    const Series small_series = small.take();
    const Verdict unsure = analyse(small_series, FoldRules::defaults());
    EXPECT_EQ(unsure.convicted, 0U);
    EXPECT_THAT(summary(unsure, small_series)[0], HasSubstr("stays unseen at this sampling interval"));
}

/// What a cache's first filling holds while its blocks are replaced one by one, from a full cache of `bytes`.
Track given_back(const Track& renewed, double size) {
    Track track = renewed;
    const double all = renewed.live.back().samples;
    for (std::size_t i = 0; i < track.live.size(); ++i) {
        const Cost& taken = renewed.live[i];
        const double left = all - taken.samples;
        track.live[i] = {
            .bytes = left * 65'536, .objects = left * 65'536 / size, .samples = left, .variance = taken.variance};
        track.allocated[i] = {.bytes = 0, .objects = 0, .samples = all, .variance = 0};
    }
    return track;
}

TEST(Verdict, ACacheThatIsRenewedByAnotherCallerIsNoLeak) {
    Simulator simulator{9, simulation};
    SeriesMaker maker;
    const Track renewed = simulator.steady_leak(32 * mib, 320).track;
    maker.add("cache_put", renewed, "feed");
    maker.add("cache_put", given_back(renewed, 320), "load");
    const Series series = maker.take();
    const Verdict verdict = analyse(series, FoldRules::defaults());
    EXPECT_EQ(verdict.convicted, 0U);
    EXPECT_EQ(verdict.owners[0].judgement.shape, Shape::renewed);
}

TEST(Verdict, ACacheThatWasFilledWithinTheSeriesAndIsRenewedIsNoLeak) {
    Simulator simulator{9, simulation};
    SeriesMaker maker;
    const Track renewed = simulator.steady_leak(32 * mib, 320).track;
    Track filled = given_back(renewed, 320);
    for (std::size_t i = 0; i < 4; ++i) filled.live[i] = filled.allocated[i] = {};
    maker.add("cache_put", renewed, "feed");
    maker.add("cache_put", filled, "load");
    maker.add("cJSON_Print", simulator.steady_leak(36e6, 320).track);
    const Series series = maker.take();
    const Verdict verdict = analyse(series, FoldRules::defaults());
    EXPECT_EQ(verdict.convicted, 1U);
    EXPECT_THAT(summary(verdict, series)[0], StartsWith("main -> cJSON_Print"));
}

TEST(Verdict, ALeakSpreadOverManyCallersIsFoundInTheirFunction) {
    Simulator simulator{10, simulation};
    SeriesMaker maker;
    for (int caller = 0; caller < 30; ++caller)
        maker.add("copy_text", simulator.steady_leak(4 * 65'536, 320).track, "caller_" + std::to_string(caller));
    const Series series = maker.take();
    const Verdict verdict = analyse(series, FoldRules::defaults());
    ASSERT_EQ(verdict.convicted, 1U);
    EXPECT_THAT(summary(verdict, series)[0], StartsWith("30 callers -> copy_text (mod.so) grows "));
    EXPECT_NEAR(verdict.totals.profile(), series.snapshots.back().live().bytes, 1);
}

TEST(Verdict, WhatFillsAgainInTheProfileAfterAResetIsMeasuredAgainstTheHeap) {
    Series series = leaking_series();
    series.forgot_before = true;
    series.snapshots.front().memory = MemoryStats{.allocated = 100'000'000};
    series.snapshots.back().memory = MemoryStats{.allocated = 101'000'000};
    EXPECT_EQ(analyse(series, FoldRules::defaults()).convicted, 0U);
    series.snapshots.back().memory = MemoryStats{.allocated = 140'000'000};
    EXPECT_EQ(analyse(series, FoldRules::defaults()).convicted, 1U);
}

TEST(Verdict, TellsTheAgesOfSurvivors) {
    Series series = leaking_series();
    const StackIndex leak = series.snapshots.back().entries[1].stack;
    for (const double age : {1.0, 2.0, 30.0, 40.0, 50.0}) series.births.push_back({leak, age});
    const Verdict verdict = analyse(series, FoldRules::defaults());
    EXPECT_THAT(summary(verdict, series)[0],
                HasSubstr("of the newest samples those alive are up to 50 s old, half of them over 30 s"));
}

TEST(Check, FailsOnGrowthBeyondTheLimitAlone) {
    const Series series = leaking_series();
    const Verdict verdict = analyse(series, FoldRules::defaults());
    std::vector<Suppression> none;
    EXPECT_THAT(check(verdict, series, 0, {}, none).offences, SizeIs(1));
    EXPECT_THAT(check(verdict, series, 10e6, {}, none).offences, IsEmpty());
}

TEST(Check, AcceptsABaselineAndCountsSuppressions) {
    const Series series = leaking_series();
    const Verdict verdict = analyse(series, FoldRules::defaults());
    const auto baseline = parse_baseline(json_report(series, verdict));
    ASSERT_TRUE(baseline) << baseline.error().message();
    std::vector<Suppression> none;
    EXPECT_THAT(check(verdict, series, 0, *baseline, none).offences, IsEmpty());
    auto suppressions = parse_suppressions("# known\n*cJSON_Print*\nnever_there\n");
    ASSERT_TRUE(suppressions);
    const CheckResult result = check(verdict, series, 0, {}, *suppressions);
    EXPECT_THAT(result.offences, IsEmpty());
    EXPECT_THAT(result.notes, ElementsAre("suppressed: main -> cJSON_Print (mod.so)",
                                          "suppression in line 3 matched nothing: never_there"));
    EXPECT_FALSE(parse_baseline("{}"));
    EXPECT_FALSE(parse_baseline("not json"));
}

TEST(Check, WritesJunitXmlWithEscapedNames) {
    CheckResult result;
    result.offences.push_back({"f<int> -> \"g\"", "grows & grows"});
    result.passed.emplace_back("ok");
    const std::string xml = junit_xml(result);
    EXPECT_THAT(xml, AllOf(HasSubstr("tests=\"2\" failures=\"1\" errors=\"0\""),
                           HasSubstr("f&lt;int&gt; -&gt; &quot;g&quot;"), HasSubstr("message=\"grows &amp; grows\"")));
}

TEST(Diff, ComparesRunsByNameAndKnowsChance) {
    Simulator simulator{8, simulation};
    SeriesMaker one;
    one.add("cache_put", simulator.full_cache(32 * mib, 4096, 4 * mib).track);
    one.add("print", simulator.steady_leak(2 * mib, 320).track);
    SeriesMaker two;
    two.add("cache_put", simulator.full_cache(32 * mib, 4096, 4 * mib).track);
    two.add("print", simulator.steady_leak(64 * mib, 320).track);
    const auto differences = diff(one.take(), two.take(), FoldRules::defaults());
    ASSERT_THAT(differences, SizeIs(2));
    EXPECT_EQ(differences[0].title, "main -> print (mod.so)");
    EXPECT_TRUE(differences[0].significant);
    EXPECT_LE(differences[0].interval.low, 62 * mib);
    EXPECT_GE(differences[0].interval.high, 62 * mib);
    EXPECT_FALSE(differences[1].significant);
}

TEST(Units, ReadAndWriteWhatPeopleUse) {
    EXPECT_EQ(format_bytes(0), "0 B");
    EXPECT_EQ(format_bytes(1234), "1.23 kB");
    EXPECT_EQ(format_bytes(-36.2e6), "-36.2 MB");
    EXPECT_EQ(format_bytes(999'999), "1.00 MB");
    EXPECT_EQ(format_rate(36e6, {.low = 33e6, .high = 39e6}, 60), "36 MB/min [33, 39]");
    EXPECT_EQ(format_rate(0, {.low = -41e3, .high = 41e3}, 36), "0 MB/h [-4.10, 4.10]");
    EXPECT_EQ(format_duration(90), "90 s");
    EXPECT_EQ(format_duration(7200), "2 h");
    EXPECT_DOUBLE_EQ(parse_rate("1MB/h").value(), 1e6 / 3600);
    EXPECT_DOUBLE_EQ(parse_rate("2 MiB/s").value(), 2 * mib);
    EXPECT_DOUBLE_EQ(parse_rate("0").value(), 0);
    for (const char* bad : {"", "MB/h", "1MB", "1 parsec/h", "-1MB/h", "1MB/year", "nanMB/h"})
        EXPECT_FALSE(parse_rate(bad)) << bad;
}

}  // namespace
}  // namespace heaptrend
