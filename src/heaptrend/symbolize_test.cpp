#include "heaptrend/symbolize.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>
#include <set>
#include <sstream>

#include "heaptrend/elf_module.hpp"
#include "heaptrend/load.hpp"
#include "profiled.hpp"

namespace heaptrend {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string hex(std::uint64_t value) {
    char text[32];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

/// Address and size of a symbol, by nm.
std::pair<std::uint64_t, std::uint64_t> symbol(const std::string& file, const std::string& name) {
    std::istringstream lines{testing::output_of({"nm", "--print-size", file})};
    for (std::string line; std::getline(lines, line);)
        if (line.find(name) != std::string::npos && line.size() > 33)
            return {std::stoull(line.substr(0, 16), nullptr, 16), std::stoull(line.substr(17, 16), nullptr, 16)};
    return {0, 0};
}

std::vector<std::string> functions(const std::vector<SourceText>& levels) {
    std::vector<std::string> names;
    for (const SourceText& level : levels) names.push_back(level.function);
    return names;
}

/// Function names at each address as llvm-symbolizer tells them: an empty line ends the levels of an address.
std::vector<std::vector<std::string>> oracle(const std::string& file, const std::vector<std::uint64_t>& addresses) {
    std::vector<std::string> command{testing::find_program("llvm-symbolizer-14"), "--functions=linkage",
                                     "--obj=" + file};
    for (const std::uint64_t address : addresses) command.push_back(hex(address));
    std::istringstream lines{testing::output_of(command)};
    std::vector<std::vector<std::string>> answers(1);
    std::string function;
    for (std::string place; std::getline(lines, function);) {
        if (function.empty()) {
            answers.emplace_back();
        } else {
            std::getline(lines, place);
            answers.back().push_back(function);
        }
    }
    return answers;
}

TEST(Demangle, GivesSourceNamesAndLeavesOthersAlone) {
    EXPECT_EQ(demangle("_ZN3foo3barEi"), "foo::bar(int)");
    EXPECT_EQ(demangle("cJSON_Print"), "cJSON_Print");
    EXPECT_EQ(demangle("malloc@@GLIBC_2.2.5"), "malloc");
    EXPECT_EQ(demangle("_Zgarbage"), "_Zgarbage");
    EXPECT_EQ(demangle(""), "");
}

TEST(ElfModule, AgreesWithLlvmSymbolizerOnInlinedFunctions) {
    if (testing::find_program("llvm-symbolizer-14").empty()) GTEST_SKIP() << "llvm-14 is not installed";
    auto elf = ElfModule::open(HEAPTREND_INLINES);
    ASSERT_TRUE(elf) << elf.error().message();
    const auto [start, size] = symbol(HEAPTREND_INLINES, " main");
    ASSERT_GT(size, 100U);
    std::vector<std::uint64_t> addresses;
    for (std::uint64_t at = start; at < start + size; at += 11) addresses.push_back(at);
    const auto expected = oracle(HEAPTREND_INLINES, addresses);
    ASSERT_GE(expected.size(), addresses.size());
    std::size_t inlined = 0;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const auto found = elf->lookup(addresses[i]);
        EXPECT_EQ(functions(found).size(), expected[i].size()) << hex(addresses[i]);
        for (std::size_t k = 0; k < std::min(found.size(), expected[i].size()); ++k)
            if (!expected[i][k].starts_with("decltype")) {  // its demangler spells expressions in types differently
                EXPECT_EQ(found[k].function, expected[i][k]) << hex(addresses[i]);
            }
        inlined += found.size() > 1 ? 1 : 0;
    }
    EXPECT_GT(inlined, addresses.size() / 4);
}

TEST(ElfModule, NamesAStaticInlineFunctionWithoutLinkageName) {
    auto elf = ElfModule::open(HEAPTREND_LEAKY);
    ASSERT_TRUE(elf);
    const auto [start, size] = symbol(HEAPTREND_LEAKY, " print_json");
    ASSERT_GT(size, 0U);
    std::vector<std::string> seen;
    for (std::uint64_t at = start; at < start + size; ++at)
        if (const auto names = functions(elf->lookup(at)); names.size() == 2) seen = names;
    EXPECT_THAT(seen, ElementsAre(HasSubstr("to_json"), "print_json"));
}

TEST(ElfModule, DoesNotChargeAStrippedFunctionToTheNearestSymbol) {
    const Folder folder;
    const std::string stripped = (folder.path() / "libstripped.so").string();
    ASSERT_EQ(testing::run({"strip", "--strip-all", "-o", stripped, HEAPTREND_STRIPPED}), 0);
    const auto [start, size] = symbol(HEAPTREND_STRIPPED, "hidden_allocation");
    ASSERT_GT(size, 0U);
    auto whole = ElfModule::open(HEAPTREND_STRIPPED);
    auto elf = ElfModule::open(stripped, ":/nonexistent");
    ASSERT_TRUE(whole && elf);
    EXPECT_THAT(functions(whole->lookup(start + size / 2)).back(), HasSubstr("hidden_allocation"));
    EXPECT_THAT(elf->lookup(start + size / 2), IsEmpty());
    const auto entry = symbol(HEAPTREND_STRIPPED, " exported_entry");
    EXPECT_THAT(functions(elf->lookup(entry.first)), ElementsAre("exported_entry"));
}

TEST(ElfModule, FindsSeparateDebugInformationWithItsInlinedFunctions) {
    const Folder folder;
    const std::string stripped = (folder.path() / "leaky").string();
    const std::string debug = (folder.path() / "leaky.debug").string();
    ASSERT_EQ(testing::run({"objcopy", "--only-keep-debug", HEAPTREND_LEAKY, debug}), 0);
    ASSERT_EQ(testing::run({"objcopy", "--strip-all", "--add-gnu-debuglink=" + debug, HEAPTREND_LEAKY, stripped}), 0);
    auto elf = ElfModule::open(stripped);
    ASSERT_TRUE(elf);
    const auto [start, size] = symbol(HEAPTREND_LEAKY, " print_json");
    std::size_t deepest = 0;
    for (std::uint64_t at = start; at < start + size; ++at) deepest = std::max(deepest, elf->lookup(at).size());
    EXPECT_EQ(deepest, 2U);
}

TEST(ElfModule, KnowsWhichFunctionACallInstructionNames) {
    auto elf = ElfModule::open(HEAPTREND_PLUGIN);
    ASSERT_TRUE(elf);
    std::set<std::string> called;
    for (const char* function : {" plugin_pool_user", " fspr_palloc", " plugin_hidden"}) {
        const auto [start, size] = symbol(HEAPTREND_PLUGIN, function);
        ASSERT_GT(size, 0U) << function;
        for (std::uint64_t at = start; at <= start + size; ++at) called.insert(elf->callee(at));
    }
    EXPECT_TRUE(called.count("allocator_alloc")) << "through the linkage table";
    EXPECT_TRUE(called.count("fspr_palloc"));
    EXPECT_TRUE(called.count("(anonymous namespace)::hidden_text(unsigned long)")) << "straight";
    EXPECT_EQ(elf->callee(0), "");
}

TEST(ElfModule, OneLineForWhatIsNotElf) {
    const Folder folder;
    EXPECT_EQ(ElfModule::open(folder.file("x", "hello")).error().code, Errc::file_unreadable);
    EXPECT_EQ(ElfModule::open("/nonexistent").error().code, Errc::file_unreadable);
    EXPECT_FALSE(ElfModule::open(folder.file("y", std::string{"\x7f"
                                                              "ELF"} +
                                                      std::string(200, '\1'))));
}

Series series_with(Module module, std::uint64_t offset) {
    Series series;
    const FrameIndex frame = series.add_frame(series.add_module(std::move(module)), offset);
    Snapshot snapshot;
    snapshot.entries.push_back({series.add_stack(std::vector{frame}), {}, {}});
    series.snapshots.push_back(std::move(snapshot));
    return series;
}

TEST(Symbolize, RefusesAFileThatIsNotTheOneThatWasMapped) {
    const auto [address, size] = symbol(HEAPTREND_LEAKY, " feed_audio");
    ASSERT_GT(size, 0U);
    const auto module = [](std::string build_id, std::uint64_t inode, bool deleted) {
        return Module{.path = HEAPTREND_LEAKY,
                      .build_id = std::move(build_id),
                      .inode = inode,
                      .deleted = deleted,
                      .offsets = OffsetKind::virtual_address};
    };
    Series good = series_with(module("", 0, false), address);
    EXPECT_EQ(symbolize(good).named, 1U);
    EXPECT_EQ(good.text(good.frame(FrameIndex{0}).lines[0].function), "feed_audio");
    Series other = series_with(module("00ff", 0, false), address);
    const auto refused = symbolize(other);
    EXPECT_EQ(refused.named, 0U);
    EXPECT_THAT(refused.notes, ElementsAre(HasSubstr("the process had 00ff")));
    Series replaced = series_with(module("", 1, true), address);
    EXPECT_EQ(symbolize(replaced).named, 0U);
}

TEST(Symbolize, NamesTheLeakOfARealProfile) {
    if (!testing::has_library("libjemalloc.so.2")) GTEST_SKIP() << "libjemalloc2 is not installed";
    const Folder folder;
    ASSERT_EQ(testing::run({HEAPTREND_LEAKY}, {"LD_PRELOAD=libjemalloc.so.2",
                                               "MALLOC_CONF=prof:true,lg_prof_sample:12,prof_final:true,"
                                               "prof_prefix:" +
                                                   (folder.path() / "run").string()}),
              0);
    auto series = load_series({folder.path().string()});
    ASSERT_TRUE(series) << series.error().message();
    symbolize(*series);
    std::size_t found = 0;
    for (const Entry& entry : series->snapshots.back().entries) {
        std::string chain;
        for (const FrameIndex frame : series->stack(entry.stack))
            for (const SourceLine& line : series->frame(frame).lines)
                chain += std::string{series->text(line.function)} + "<-";
        if (chain.find("to_json") == std::string::npos) continue;
        EXPECT_THAT(chain, HasSubstr("<-print_json<-feed_audio<-main<-"));
        EXPECT_NEAR(entry.live.bytes, 20'000 * 320, 5 * std::sqrt(entry.live.variance));
        ++found;
    }
    EXPECT_EQ(found, 1U);
}

}  // namespace
}  // namespace heaptrend
