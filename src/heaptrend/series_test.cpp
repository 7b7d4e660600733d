#include <gmock/gmock.h>

#include "heaptrend/series_builder.hpp"

namespace heaptrend {
namespace {

using ::testing::SizeIs;

Mapping code(std::uint64_t start, std::uint64_t end, std::string path, std::uint64_t offset = 0) {
    return {.start = start,
            .end = end,
            .offset = offset,
            .inode = 1,
            .executable = true,
            .deleted = false,
            .path = std::move(path),
            .build_id = {}};
}

Dump dump_of(const std::vector<std::vector<std::uint64_t>>& stacks, std::vector<Mapping> mappings, double bytes = 100) {
    Dump dump;
    dump.mappings = std::move(mappings);
    for (const auto& addresses : stacks) {
        dump.stacks.push_back({.first = static_cast<std::uint32_t>(dump.addresses.size()),
                               .depth = static_cast<std::uint32_t>(addresses.size()),
                               .live = {.bytes = bytes, .objects = 1, .samples = 1, .variance = 0},
                               .allocated = {}});
        dump.addresses.insert(dump.addresses.end(), addresses.begin(), addresses.end());
    }
    return dump;
}

const Module& leaf_module(const Series& series, std::size_t snapshot, std::size_t entry = 0) {
    return series.module(series.frame(series.stack(series.snapshots[snapshot].entries[entry].stack)[0]).module);
}

TEST(SeriesBuilder, KeysFramesByModuleAndOffsetOfTheCall) {
    SeriesBuilder builder;
    builder.add(dump_of({{0x1011}}, {code(0x1000, 0x2000, "/lib/a.so", 0x500)}),
                {.time = 0, .source = {}, .memory = {}});
    builder.add(dump_of({{0x9011}}, {code(0x9000, 0xa000, "/lib/a.so", 0x500)}),
                {.time = 1, .source = {}, .memory = {}});
    const Series series = std::move(builder).finish();
    EXPECT_EQ(series.snapshots[0].entries[0].stack, series.snapshots[1].entries[0].stack);
    EXPECT_EQ(series.frame(series.stack(series.snapshots[0].entries[0].stack)[0]).offset, 0x510U);
}

TEST(SeriesBuilder, FindsModulesThatWereUnloadedBeforeTheDump) {
    SeriesBuilder builder;
    builder.add(dump_of({}, {code(0x1000, 0x2000, "/lib/gone.so")}), {.time = 0, .source = {}, .memory = {}});
    builder.add(dump_of({{0x1010}}, {}), {.time = 1, .source = {}, .memory = {}});
    const Series series = std::move(builder).finish();
    EXPECT_EQ(leaf_module(series, 1).path, "/lib/gone.so");
}

TEST(SeriesBuilder, AStackThatStaysLiveKeepsItsModuleWhenTheAddressIsReused) {
    SeriesBuilder builder;
    builder.add(dump_of({{0x1010}}, {code(0x1000, 0x2000, "/lib/old.so")}), {.time = 0, .source = {}, .memory = {}});
    builder.add(dump_of({{0x1010}, {0x1020}}, {code(0x1000, 0x2000, "/lib/new.so")}),
                {.time = 1, .source = {}, .memory = {}});
    const Series series = std::move(builder).finish();
    EXPECT_EQ(leaf_module(series, 1, 0).path, "/lib/old.so");
    EXPECT_EQ(leaf_module(series, 1, 1).path, "/lib/new.so");
}

TEST(SeriesBuilder, AddsUpStacksThatResolveToTheSame) {
    SeriesBuilder builder;
    builder.add(dump_of({{0x1010}, {0x1010}}, {code(0x1000, 0x2000, "/lib/a.so")}),
                {.time = 0, .source = {}, .memory = {}});
    const Series series = std::move(builder).finish();
    ASSERT_THAT(series.snapshots[0].entries, SizeIs(1));
    EXPECT_EQ(series.snapshots[0].entries[0].live.bytes, 200);
}

TEST(SeriesBuilder, UnknownAddressesStayAddresses) {
    SeriesBuilder builder;
    builder.add(dump_of({{0x1010, 0}}, {}), {.time = 0, .source = {}, .memory = {}});
    const Series series = std::move(builder).finish();
    const auto frames = series.stack(series.snapshots[0].entries[0].stack);
    EXPECT_EQ(series.frame(frames[0]).module, unknown_module);
    EXPECT_EQ(series.frame(frames[0]).offset, 0x100fU);
}

TEST(Series, InternsTextOnceAndKeepsItWhenMoved) {
    Series series;
    const StringIndex first = series.intern("cJSON_Print");
    for (int i = 0; i < 1000; ++i) static_cast<void>(series.intern(std::to_string(i)));
    EXPECT_EQ(series.intern("cJSON_Print"), first);
    const Series moved = std::move(series);
    EXPECT_EQ(moved.text(first), "cJSON_Print");
}

TEST(Cost, ADifferenceOfProfilesIsOneSubtraction) {
    const Cost later{.bytes = 300, .objects = 3, .samples = 3, .variance = 30};
    const Cost earlier{.bytes = 100, .objects = 1, .samples = 1, .variance = 10};
    EXPECT_EQ(later - earlier, (Cost{.bytes = 200, .objects = 2, .samples = 2, .variance = 40}));
}

}  // namespace
}  // namespace heaptrend
