#include <gmock/gmock.h>

#include <cmath>
#include <string>

#include "heaptrend/decompress.hpp"
#include "heaptrend/dump.hpp"
#include "heaptrend/maps.hpp"
#include "heaptrend/read.hpp"

namespace heaptrend {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view heap_v2 =
    "heap_v2/524288\n"
    "  t*: 3: 24576 [5: 40960]\n"
    "  t0: 1: 8192 [2: 16384]\n"
    "  t7: 2: 16384 [3: 24576] media thread\n"
    "@ 0x7f0000001010 0x401020\n"
    "  t*: 2: 640 [4: 1280]\n"
    "  t0: 1: 320 [2: 640]\n"
    "  t7: 1: 320 [2: 640]\n"
    "@ 0x7f0000001010 0x401030\n"
    "  t*: 0: 0 [1: 4096]\n"
    "  t7: 0: 0 [1: 4096]\n"
    "\n"
    "MAPPED_LIBRARIES:\n"
    "00400000-00402000 r-xp 00001000 fe:00 11 /opt/my app/prog\n"
    "7f0000000000-7f0000002000 r-xp 00000000 fe:00 12 /usr/lib/mod x.so (deleted)\n"
    "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]\n";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string result{text};
    result.replace(result.find(from), from.size(), to);
    return result;
}

TEST(Unbias, IsTheInverseOfTheSamplingProbability) {
    const Cost cost = unbias(2, 640, 524288);
    const double probability = 1 - std::exp(-320.0 / 524288);
    EXPECT_NEAR(cost.objects, 2 / probability, 1e-6 * cost.objects);
    EXPECT_NEAR(cost.bytes, 640 / probability, 1e-6 * cost.bytes);
    EXPECT_EQ(cost.samples, 2);
    EXPECT_NEAR(std::sqrt(cost.variance) / cost.bytes, 1 / std::sqrt(2.0), 0.001);
}

TEST(Unbias, LeavesBlocksMuchLargerThanThePeriodAlone) {
    const Cost cost = unbias(3, 3ULL << 30U, 524288);
    EXPECT_DOUBLE_EQ(cost.bytes, static_cast<double>(3ULL << 30U));
    EXPECT_DOUBLE_EQ(cost.variance, 0);
}

TEST(Unbias, TakesExactCountsAsTheyAre) {
    EXPECT_EQ(unbias(7, 700, 0), (Cost{.bytes = 700, .objects = 7, .samples = 7, .variance = 0}));
    EXPECT_EQ(unbias(0, 0, 524288), Cost{});
}

TEST(HeapV2, UnbiasesEachLineFromItsOwnMeanSize) {
    const auto dump = read_heap_v2(heap_v2);
    ASSERT_TRUE(dump) << dump.error().message();
    EXPECT_EQ(dump->sample_period, 524288);
    EXPECT_TRUE(dump->has_allocated);
    ASSERT_THAT(dump->stacks, SizeIs(2));
    EXPECT_EQ(dump->stacks[0].live, unbias(2, 640, 524288));
    EXPECT_EQ(dump->stacks[0].allocated, unbias(4, 1280, 524288));
    EXPECT_EQ(dump->stacks[1].live, Cost{});
    EXPECT_THAT(dump->frames(dump->stacks[1]), ElementsAre(0x7f0000001010, 0x401030));
}

TEST(HeapV2, KeepsThreadsWithNamesThatContainBlanks) {
    const auto dump = read_heap_v2(heap_v2);
    ASSERT_TRUE(dump);
    ASSERT_THAT(dump->threads, SizeIs(2));
    EXPECT_EQ(dump->threads[1].id, 7);
    EXPECT_EQ(dump->threads[1].name, "media thread");
    EXPECT_EQ(dump->threads[1].live, unbias(2, 16384, 524288));
}

TEST(HeapV2, ReadsMappingsWithBlanksAndDeletedFiles) {
    const auto dump = read_heap_v2(heap_v2);
    ASSERT_TRUE(dump);
    ASSERT_THAT(dump->mappings, SizeIs(2));
    EXPECT_EQ(dump->mappings[0].path, "/opt/my app/prog");
    EXPECT_FALSE(dump->mappings[0].deleted);
    EXPECT_EQ(dump->mappings[1].path, "/usr/lib/mod x.so");
    EXPECT_TRUE(dump->mappings[1].deleted);
}

TEST(HeapV2, AddsThreadsUpWhenTheLineOverAllIsMissing) {
    const auto dump = read_heap_v2(replaced(heap_v2, "  t*: 2: 640 [4: 1280]\n", ""));
    ASSERT_TRUE(dump);
    EXPECT_EQ(dump->stacks[0].live, unbias(1, 320, 524288) + unbias(1, 320, 524288));
}

TEST(HeapV2, EveryCutIsAnErrorAndNeverASmallerHeap) {
    const std::size_t whole = heap_v2.find("MAPPED_LIBRARIES:\n");
    for (std::size_t size = 0; size < whole; ++size)
        EXPECT_FALSE(read_heap_v2(heap_v2.substr(0, size))) << "cut at " << size;
}

TEST(HeapV2, NamesTheLineThatBreaksTheFormat) {
    const auto dump = read_heap_v2(replaced(heap_v2, "2: 640 [4", "2: 640 (4"));
    ASSERT_FALSE(dump);
    EXPECT_EQ(dump.error().code, Errc::malformed);
    EXPECT_THAT(dump.error().context, HasSubstr("line 6 is \"  t*: 2: 640 (4: 1280]\""));
}

TEST(HeapV2, RefusesHostileCounts) {
    EXPECT_FALSE(read_heap_v2(replaced(heap_v2, "2: 640 [", "0: 640 [")));
    EXPECT_FALSE(read_heap_v2(replaced(heap_v2, "2: 640 [", "2: 99999999999999999999 [")));
    EXPECT_FALSE(read_heap_v2(replaced(heap_v2, "heap_v2/524288", "heap_v2/0")));
    EXPECT_FALSE(read_heap_v2(replaced(heap_v2, "0x401020", "0x11112222333344445")));
    std::string deep = "@";
    for (std::size_t i = 0; i <= max_stack_depth; ++i) deep += " 0x1";
    EXPECT_FALSE(read_heap_v2(replaced(heap_v2, "@ 0x7f0000001010 0x401020", deep)));
}

TEST(Gperftools, ReadsExactCountsWithoutUnbiasing) {
    const auto dump = read_gperftools(
        "heap profile:   3:  900 [ 10: 3000] @ heapprofile\n"
        "   3:   900 [  10:   3000] @ 0x401020 0x402000\n\n"
        "MAPPED_LIBRARIES:\n00400000-00410000 r-xp 00000000 fe:00 12 /opt/prog\n");
    ASSERT_TRUE(dump) << dump.error().message();
    EXPECT_EQ(dump->sample_period, 0);
    ASSERT_THAT(dump->stacks, SizeIs(1));
    EXPECT_EQ(dump->stacks[0].live, unbias(3, 900, 0));
    EXPECT_EQ(dump->stacks[0].allocated.objects, 10);
}

TEST(Gperftools, SampledHeapsStateTheirPeriodAndOldOnesTwiceIt) {
    const std::string body = "   3:   900 [  3:   900] @ 0x401020\n\nMAPPED_LIBRARIES:\n";
    const auto sampled = read_gperftools("heap profile:   3:  900 [  3: 900] @ heap_v2/524288\n" + body);
    const auto legacy = read_gperftools("heap profile:   3:  900 [  3: 900] @ heap/1048576\n" + body);
    ASSERT_TRUE(sampled && legacy);
    EXPECT_EQ(sampled->stacks[0].live, unbias(3, 900, 524288));
    EXPECT_EQ(legacy->stacks[0].live, sampled->stacks[0].live);
    EXPECT_FALSE(sampled->has_allocated);
}

TEST(Gperftools, RefusesUnknownKindsAndCutFiles) {
    EXPECT_EQ(read_gperftools("heap profile: 1: 1 [1: 1] @ contention\n").error().code, Errc::unsupported_version);
    EXPECT_EQ(read_gperftools("heap profile: 1: 1 [1: 1] @ heap\n  1: 1 [1: 1] @ 0x1\n").error().code, Errc::truncated);
}

constexpr std::string_view raw_heaptrack =
    "v 10400 3\nx a /opt/leaky\nX ./leaky\nI 1000 5e2990\nm 1 -\nm 1 x 1000 0 100 200 900\nm 7 /a b.so 8000 0 1000\n"
    "t 1204 0\nt 8010 1\nc 0\n+ 64 2 aaa0\n+ 64 2 bbb0\nc 64\n- aaa0\n- cccc\n+ 10 1 aaa0\nR 10\nc c8\n";

TEST(Heaptrack, ReplaysRawEventsByAddress) {
    const auto series = read_heaptrack(raw_heaptrack);
    ASSERT_TRUE(series) << series.error().message();
    ASSERT_GE(series->snapshots.size(), 2U);
    const Snapshot& last = series->snapshots.back();
    EXPECT_EQ(last.live().bytes, 100 + 16);
    EXPECT_EQ(last.live().objects, 2);
    EXPECT_DOUBLE_EQ(last.time, 0.2);
    EXPECT_EQ(last.memory->rss, 16U * 4096);
    Cost allocated;
    for (const Entry& entry : last.entries) allocated += entry.allocated;
    EXPECT_EQ(allocated.bytes, 100 + 100 + 16);
}

TEST(Heaptrack, PlacesRawAddressesInTheirModules) {
    const auto series = read_heaptrack(raw_heaptrack);
    ASSERT_TRUE(series);
    const Frame& leaf = series->frame(series->stack(series->snapshots.back().entries[0].stack)[0]);
    EXPECT_EQ(series->module(leaf.module).path, "/a b.so");
    EXPECT_EQ(leaf.offset, 0x10U);
}

TEST(Heaptrack, TakesNamesFromInterpretedFiles) {
    const auto series = read_heaptrack(
        "v 10400 3\ns 6 /a.out\ns 5 inner\ns 3 a.c\ns 5 outer\ni 4010 1 2 3 7 4 3 9\nt 1 0\na 10 1\n+ 0\n+ 0\n- 0\nc "
        "5\n");
    ASSERT_TRUE(series) << series.error().message();
    const Entry& entry = series->snapshots.back().entries.at(0);
    EXPECT_EQ(entry.live.bytes, 16);
    EXPECT_EQ(entry.allocated.objects, 2);
    const Frame& frame = series->frame(series->stack(entry.stack)[0]);
    ASSERT_THAT(frame.lines, SizeIs(2));
    EXPECT_EQ(series->text(frame.lines[0].function), "inner");
    EXPECT_EQ(frame.lines[0].line, 7U);
    EXPECT_EQ(series->text(frame.lines[1].function), "outer");
}

TEST(Heaptrack, ReadsGzipAndSaysWhenTheFileEndsEarly) {
    const std::string packed = gzip(raw_heaptrack);
    ASSERT_TRUE(read_heaptrack(packed));
    const auto cut = read_heaptrack(std::string_view{packed}.substr(0, packed.size() - 10));
    ASSERT_TRUE(cut) << cut.error().message();
    EXPECT_THAT(cut->notes, ElementsAre(HasSubstr("ends early")));
}

TEST(Heaptrack, RefusesOtherVersionsAndReferencesToNothing) {
    EXPECT_EQ(read_heaptrack("v 10400 9\n").error().code, Errc::unsupported_version);
    EXPECT_EQ(read_heaptrack("v 10400 3\n+ 10 5 aa\n").error().code, Errc::malformed);
    EXPECT_EQ(read_heaptrack("v 10400 3\nt 1 7\n").error().code, Errc::malformed);
    EXPECT_EQ(read_heaptrack("hello\n").error().code, Errc::not_a_profile);
}

TEST(Heaptrack, KeepsABoundedNumberOfSnapshots) {
    std::string log = "v 10400 3\nm 1 -\nt 1204 0\n";
    for (int i = 1; i < 1000; ++i) {
        char line[64];
        std::snprintf(line, sizeof line, "+ 10 1 %x\nc %x\n", i * 16, i * 16);
        log += line;
    }
    const auto series = read_heaptrack(log);
    ASSERT_TRUE(series);
    EXPECT_LE(series->snapshots.size(), 65U);
    EXPECT_GE(series->snapshots.size(), 30U);
    EXPECT_EQ(series->snapshots.back().live().objects, 999);
    EXPECT_LT(series->snapshots.front().live().objects, 3);
}

constexpr std::string_view massif =
    "desc: --massif-out-file=x\ncmd: ./leaky\ntime_unit: ms\n#-----------\nsnapshot=0\n#-----------\ntime=0\n"
    "mem_heap_B=1000\nmem_heap_extra_B=8\nmem_stacks_B=0\nheap_tree=detailed\n"
    "n2: 1000 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n"
    " n1: 600 0x109223: put(char*) (leaky.cpp:10)\n"
    "  n0: 600 0x109300: main (leaky.cpp:20)\n"
    " n0: 400 0x48FC7B9: ??? (in /usr/lib/lib x.so)\n"
    "#-----------\nsnapshot=1\n#-----------\ntime=2000\nmem_heap_B=500\nmem_heap_extra_B=8\nmem_stacks_B=0\n"
    "heap_tree=empty\n#-----------\nsnapshot=2\n#-----------\ntime=5000\nmem_heap_B=2000\nmem_heap_extra_B=8\n"
    "mem_stacks_B=0\nheap_tree=peak\n"
    "n2: 2000 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n"
    " n1: 1990 0x109223: put(char*) (leaky.cpp:10)\n"
    "  n0: 1990 0x109300: main (leaky.cpp:20)\n"
    " n0: 10 in 3 places, all below massif's threshold (1.00%)\n";

TEST(Massif, TakesDetailedSnapshotsWithTheirStacks) {
    const auto series = read_massif(massif);
    ASSERT_TRUE(series) << series.error().message();
    ASSERT_THAT(series->snapshots, SizeIs(2));
    EXPECT_EQ(series->snapshots[0].live().bytes, 1000);
    EXPECT_EQ(series->snapshots[1].live().bytes, 2000);
    EXPECT_DOUBLE_EQ(series->snapshots[1].time, 5);
    EXPECT_EQ(series->snapshots[1].hidden_below, 20);
    const auto frames = series->stack(series->snapshots[0].entries[0].stack);
    ASSERT_THAT(frames, SizeIs(2));
    EXPECT_EQ(series->text(series->frame(frames[0]).lines[0].function), "put(char*)");
    EXPECT_EQ(series->text(series->frame(frames[1]).lines[0].file), "leaky.cpp");
}

TEST(Massif, EveryCutInsideATreeIsAnError) {
    const std::size_t first = massif.find("n2: 2000");
    for (std::size_t size = first; size < massif.size(); ++size)
        EXPECT_FALSE(read_massif(massif.substr(0, size))) << "cut at " << size;
}

TEST(Decompress, RefusesDamagedDataAndTooMuchOfIt) {
    std::string packed = gzip(std::string(10'000, 'x'));
    EXPECT_EQ(decompress(packed, 9'999).error().code, Errc::limit_exceeded);
    EXPECT_EQ(decompress(packed, 10'000)->size(), 10'000U);
    EXPECT_EQ(decompress(packed + packed, 20'000)->size(), 20'000U);
    packed[12] = static_cast<char>(~packed[12]);
    EXPECT_FALSE(decompress(packed, 10'000));
    EXPECT_FALSE(decompress("\x28\xb5\x2f\xfd garbage", 10'000));
}

TEST(Maps, FindsTheMappingThatCoversAnAddress) {
    const auto maps = parse_maps(
        "2000-3000 r--p 0 fe:00 1 /b\nnonsense\n1000-2000 r-xp 00000100 fe:00 1 /a\n5000-4000 r-xp 0 fe:00 1 /c\n");
    ASSERT_THAT(maps, SizeIs(2));
    EXPECT_EQ(find_mapping(maps, 0xfff), nullptr);
    EXPECT_EQ(find_mapping(maps, 0x1000)->path, "/a");
    EXPECT_EQ(find_mapping(maps, 0x1fff)->offset, 0x100U);
    EXPECT_EQ(find_mapping(maps, 0x2000)->path, "/b");
    EXPECT_EQ(find_mapping(maps, 0x3000), nullptr);
}

}  // namespace
}  // namespace heaptrend
