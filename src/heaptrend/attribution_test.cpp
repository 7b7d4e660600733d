// The whole way from the text of dumps to a named owner, for leaks in code that is hard to name.
#include <gmock/gmock.h>

#include <cmath>

#include "heaptrend/elf_module.hpp"
#include "heaptrend/series_builder.hpp"
#include "heaptrend/symbolize.hpp"
#include "heaptrend/verdict.hpp"
#include "profiled.hpp"
#include "simulator.hpp"

namespace heaptrend {
namespace {

namespace fs = std::filesystem;
using testing::Folder;
using testing::Simulation;
using testing::Simulator;

constexpr Simulation simulation{.period = 65'536, .seconds = 60, .snapshots = 31, .has_allocated = true};
constexpr std::uint64_t base = 0x7f0000000000;
constexpr std::uint64_t size = 0x100000;
constexpr double mib = 1 << 20;

/// A return address in `function` of the fixture at which `inlined` is the innermost function, as an offset in the
/// file.
std::uint64_t place_in(ElfModule& elf, const std::string& function, const std::string& inlined) {
    for (std::uint64_t offset = 0x1000; offset < 0x3000; ++offset) {
        const auto address = elf.to_virtual_address(offset);
        const auto levels = address ? elf.lookup(*address) : std::vector<SourceText>{};
        if (levels.empty() || levels.back().function != function) continue;
        if (levels.front().function.find(inlined) != std::string::npos) return offset + 1;
    }
    throw std::runtime_error{inlined + " is not in " + function};
}

struct Leak {
    std::uint64_t leaf = 0;      ///< offset in the module's file
    std::size_t mapped_for = 0;  ///< snapshots that show the module
    std::string module;
};

/// The text of one dump: the leak below main, and two innocent stacks of the program.
std::string dump_text(std::size_t snapshot, const Leak& leak, const std::vector<Track>& tracks) {
    std::string text = "heap_v2/65536\n  t*: 1: 320 [0: 0]\n";
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        const std::uint64_t leaf = i == 0 ? base + leak.leaf : base + 2 * size + 0x100 * i;
        char line[256];
        const auto count = [](double value) { return static_cast<long long>(std::llround(value)); };
        const auto live = count(tracks[i].live[snapshot].samples);
        const auto allocated = count(tracks[i].allocated[snapshot].samples);
        std::snprintf(line, sizeof line, "@ 0x%llx 0x%llx\n  t*: %lld: %lld [%lld: %lld]\n",
                      static_cast<unsigned long long>(leaf), static_cast<unsigned long long>(base + 3 * size - 16),
                      live, live * 320, allocated, allocated * 320);
        text += line;
    }
    text += "\nMAPPED_LIBRARIES:\n";
    if (snapshot < leak.mapped_for) text += "7f0000000000-7f0000100000 r-xp 00000000 08:01 0 " + leak.module + "\n";
    return text + "7f0000200000-7f0000300000 r-xp 00000000 08:01 12 /nonexistent/program\n";
}

/// How many of the leaks are convicted under a name that ends as told.
double recall(double expected, const Leak& leak, const std::string& name) {
    const int series = testing::series_count(1'000);
    int found = 0;
    for (int i = 0; i < series; ++i) {
        Simulator simulator{static_cast<std::uint64_t>(i) + 7'000, simulation};
        const std::vector<Track> tracks{simulator.steady_leak(expected * 65'536, 320).track,
                                        simulator.full_cache(16 * mib, 320, mib).track,
                                        simulator.churn(1e8, 320, 0.01).track};
        SeriesBuilder builder;
        for (std::size_t k = 0; k < simulation.snapshots; ++k) {
            const auto dump = read_heap_v2(dump_text(k, leak, tracks));
            if (!dump) throw std::runtime_error{dump.error().message()};
            builder.add(*dump, {.time = simulation.timeline().times[k], .source = {}, .memory = {}});
        }
        Series read = std::move(builder).finish();
        symbolize(read, {.debug_path = ":/nonexistent", .sysroot = {}});
        const Verdict verdict = analyse(read, FoldRules::defaults());
        for (std::size_t k = 0; k < verdict.convicted; ++k)
            found +=
                verdict.folded.owners[verdict.owners[k].owner.value].function.find(name) != std::string::npos ? 1 : 0;
    }
    return static_cast<double>(found) / series;
}

void expect_found(const char* kind, const Leak& leak, const std::string& name) {
    const auto shares = testing::print_recall(kind, [&](double expected) { return recall(expected, leak, name); });
    EXPECT_GE(shares.at(50), 0.95);
    EXPECT_GE(shares.at(100), 0.99);
}

TEST(Attribution, ALeakInAnInlinedFunctionIsFoundByName) {
    auto elf = ElfModule::open(HEAPTREND_PLUGIN);
    ASSERT_TRUE(elf);
    const Leak leak{place_in(*elf, "plugin_feed", "to_text"), simulation.snapshots, HEAPTREND_PLUGIN};
    expect_found("inlined", leak, "to_text");
}

TEST(Attribution, ALeakInAModuleThatIsUnloadedIsFoundByName) {
    auto elf = ElfModule::open(HEAPTREND_PLUGIN);
    ASSERT_TRUE(elf);
    const Leak leak{place_in(*elf, "plugin_feed", "to_text"), 20, HEAPTREND_PLUGIN};
    expect_found("in a module that is unloaded", leak, "to_text");
}

TEST(Attribution, ALeakInAStrippedModuleIsFoundByItsExportedFunction) {
    const Folder folder;
    auto elf = ElfModule::open(HEAPTREND_PLUGIN);
    ASSERT_TRUE(elf);
    const std::string stripped = (folder.path() / "plugin.so").string();
    ASSERT_EQ(testing::run({"strip", "--strip-all", "-o", stripped, HEAPTREND_PLUGIN}), 0);
    const Leak leak{place_in(*elf, "plugin_feed", "plugin_feed"), simulation.snapshots, stripped};
    expect_found("in a stripped module", leak, "plugin_feed");
}

}  // namespace
}  // namespace heaptrend
