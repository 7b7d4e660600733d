#include "heaptrend/load.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "profiled.hpp"

namespace heaptrend {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string dump_text(int blocks, int period = 524288) {
    return "heap_v2/" + std::to_string(period) + "\n  t*: 1: 1 [0: 0]\n@ 0x401020\n  t*: " + std::to_string(blocks) +
           ": " + std::to_string(blocks * 320) +
           " [0: 0]\n\nMAPPED_LIBRARIES:\n00400000-00402000 r-xp 0 fe:00 11 /opt/prog\n";
}

TEST(DumpName, TellsProcessAndSequence) {
    const DumpName jemalloc = parse_dump_name("my.app.10165.12.i3.heap");
    EXPECT_EQ(jemalloc.process, 10165U);
    EXPECT_EQ(jemalloc.sequence, 12U);
    EXPECT_EQ(parse_dump_name("x.7.8.f.heap").sequence, 8U);
    EXPECT_EQ(parse_dump_name("g.0007.heap").sequence, 7U);
    EXPECT_EQ(parse_dump_name("whatever").sequence, 0U);
}

TEST(LoadSeries, OrdersDumpsBySequenceAndExpandsPatterns) {
    const Folder folder;
    static_cast<void>(folder.file("x.5.2.i2.heap", dump_text(2)));
    static_cast<void>(folder.file("x.5.10.i10.heap", dump_text(10)));
    static_cast<void>(folder.file("x.5.1.i1.heap", dump_text(1)));
    const auto series = load_series({(folder.path() / "x.5.*.heap").string()});
    ASSERT_TRUE(series) << series.error().message();
    ASSERT_THAT(series->snapshots, SizeIs(3));
    EXPECT_EQ(series->snapshots[0].entries[0].live.samples, 1);
    EXPECT_EQ(series->snapshots[1].entries[0].live.samples, 2);
    EXPECT_EQ(series->snapshots[2].entries[0].live.samples, 10);
    EXPECT_THAT(series->notes, ElementsAre(HasSubstr("do not follow their sequence")));
}

TEST(LoadSeries, RefusesFilesThatDoNotBelongTogether) {
    const Folder folder;
    static_cast<void>(folder.file("x.5.1.i1.heap", dump_text(1)));
    static_cast<void>(folder.file("x.6.1.i1.heap", dump_text(1)));
    const auto processes = load_series({folder.path().string()});
    ASSERT_FALSE(processes);
    EXPECT_THAT(processes.error().message(), HasSubstr("dumps of 2 processes: 5 (1), 6 (1)"));
    static_cast<void>(folder.file("y.7.1.i1.heap", dump_text(1)));
    static_cast<void>(folder.file("y.7.2.i1.heap", dump_text(1, 65536)));
    EXPECT_EQ(load_series({(folder.path() / "y.7.*").string()}).error().code, Errc::mixed_series);
}

TEST(LoadSeries, LeavesDamagedDumpsOutAndSaysSo) {
    const Folder folder;
    static_cast<void>(folder.file("x.5.1.i1.heap", dump_text(1)));
    static_cast<void>(folder.file("x.5.2.i2.heap", dump_text(2).substr(0, 40)));
    static_cast<void>(folder.file("x.5.3.i3.heap", dump_text(3)));
    static_cast<void>(folder.file("x.5.4.i4.heap", ""));
    const auto series = load_series({folder.path().string()});
    ASSERT_TRUE(series) << series.error().message();
    EXPECT_THAT(series->snapshots, SizeIs(2));
    EXPECT_THAT(series->notes, Contains(HasSubstr("2 of 4 dumps left out")));
}

TEST(LoadSeries, GoesOnWithoutADumpThatIsThinnedMeanwhile) {
    const Folder folder;
    static_cast<void>(folder.file("x.5.1.i1.heap", dump_text(1)));
    std::filesystem::create_symlink("gone", folder.path() / "x.5.2.i2.heap");
    static_cast<void>(folder.file("x.5.3.i3.heap", dump_text(3)));
    const auto series = load_series({folder.path().string()});
    ASSERT_TRUE(series) << series.error().message();
    EXPECT_THAT(series->snapshots, SizeIs(2));
    std::filesystem::remove(folder.path() / "x.5.1.i1.heap");
    std::filesystem::remove(folder.path() / "x.5.3.i3.heap");
    std::filesystem::create_symlink("gone", folder.path() / "x.5.1.i1.heap");
    EXPECT_EQ(load_series({folder.path().string()}).error().code, Errc::file_not_found);
}

TEST(LoadSeries, OneLineForForeignMissingAndEmptyFiles) {
    const Folder folder;
    EXPECT_EQ(load_series({"/nonexistent/x.heap"}).error().code, Errc::file_not_found);
    EXPECT_EQ(load_series({(folder.path() / "*.heap").string()}).error().code, Errc::file_not_found);
    EXPECT_EQ(load_series({folder
                               .file("a",
                                     "\x7f"
                                     "ELF")
                               .string()})
                  .error()
                  .code,
              Errc::not_a_profile);
    EXPECT_EQ(load_series({folder.file("b", "").string()}).error().code, Errc::not_a_profile);
}

TEST(LoadSeries, ReadsRealJemallocDumps) {
    if (!testing::has_library("libjemalloc.so.2")) GTEST_SKIP() << "libjemalloc2 is not installed";
    const Folder folder;
    const std::string prefix = (folder.path() / "run").string();
    ASSERT_EQ(testing::run({HEAPTREND_LEAKY}, {"LD_PRELOAD=libjemalloc.so.2",
                                               "MALLOC_CONF=prof:true,prof_accum:true,lg_prof_sample:12,"
                                               "lg_prof_interval:24,prof_final:true,prof_prefix:" +
                                                   prefix}),
              0);
    const auto series = load_series({folder.path().string()});
    ASSERT_TRUE(series) << series.error().message();
    EXPECT_GE(series->snapshots.size(), 4U);
    const Cost live = series->snapshots.back().live();
    constexpr double expected = 20'000 * 320 + 512 * 4096;                      // the leak and the cache
    EXPECT_NEAR(live.bytes, expected, 4 * std::sqrt(live.variance) + 400'000);  // and the C++ library's own blocks
}

TEST(LoadSeries, ReadsRealGperftoolsProfiles) {
    if (!testing::has_library("libtcmalloc.so.4")) GTEST_SKIP() << "libgoogle-perftools4 is not installed";
    const Folder folder;
    const std::string prefix = (folder.path() / "run").string();
    ASSERT_EQ(testing::run({HEAPTREND_LEAKY, "3000"}, {"LD_PRELOAD=libtcmalloc.so.4", "HEAPPROFILE=" + prefix,
                                                       "HEAP_PROFILE_INUSE_INTERVAL=500000"}),
              0);
    const auto series = load_series({folder.path().string()});
    ASSERT_TRUE(series) << series.error().message();
    EXPECT_GE(series->snapshots.size(), 2U);
    EXPECT_NEAR(series->snapshots.back().live().bytes, 3'000 * 320 + 512 * 4096, 400'000);
}

TEST(LoadSeries, ReadsRealHeaptrackFilesRawAndInterpreted) {
    if (testing::find_program("heaptrack").empty()) GTEST_SKIP() << "heaptrack is not installed";
    const Folder folder;
    ASSERT_EQ(testing::run({"heaptrack", "-o", (folder.path() / "a").string(), HEAPTREND_LEAKY, "2000"}), 0);
    ASSERT_EQ(testing::run({"heaptrack", "--raw", "-o", (folder.path() / "b").string(), HEAPTREND_LEAKY, "2000"}), 0);
    for (const char* pattern : {"a.*", "b.raw.*"}) {
        const auto series = load_series({(folder.path() / pattern).string()});
        ASSERT_TRUE(series) << series.error().message();
        EXPECT_NEAR(series->snapshots.back().live().bytes, 2'000 * 320 + 512 * 4096, 200'000) << pattern;
    }
}

TEST(LoadSeries, ReadsRealMassifFiles) {
    if (testing::find_program("valgrind").empty()) GTEST_SKIP() << "valgrind is not installed";
    const Folder folder;
    const std::string file = (folder.path() / "massif.out").string();
    ASSERT_EQ(testing::run({"valgrind", "--tool=massif", "--time-unit=ms", "--detailed-freq=1",
                            "--massif-out-file=" + file, HEAPTREND_LEAKY, "500"}),
              0);
    const auto series = load_series({file});
    ASSERT_TRUE(series) << series.error().message();
    EXPECT_GE(series->snapshots.size(), 10U);
    EXPECT_GT(series->snapshots.back().live().bytes, 2'000'000);
}

}  // namespace
}  // namespace heaptrend
