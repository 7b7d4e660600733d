#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "heaptrend/cost.hpp"
#include "heaptrend/error.hpp"
#include "heaptrend/maps.hpp"

namespace heaptrend {

struct DumpStack {
    std::uint32_t first = 0;  ///< into Dump::addresses
    std::uint32_t depth = 0;
    Cost live;
    Cost allocated;  ///< since the start of the process; meaningful when Dump::has_allocated
};

struct DumpThread {
    std::uint64_t id = 0;
    std::string name;  ///< as the kernel knows it, 15 characters at most; may be empty
    Cost live;         ///< un-biased from its own line: does not add up exactly to the other threads' and the total
};

/// One file that holds the state of a heap at one instant, with raw addresses.
struct Dump {
    double sample_period = 0;  ///< mean bytes between samples; 0 when every allocation was recorded
    bool has_allocated = false;
    bool pre_distorted = true;             ///< counts were written so that one factor per line is exact (jemalloc 5.3)
    std::vector<std::uint64_t> addresses;  ///< return addresses of all stacks, each leaf first
    std::vector<DumpStack> stacks;
    std::vector<DumpThread> threads;
    std::vector<Mapping> mappings;   ///< sorted by address
    std::vector<std::string> notes;  ///< what a reader of the report must know, one sentence each

    [[nodiscard]] std::span<const std::uint64_t> frames(const DumpStack& stack) const {
        return std::span{addresses}.subspan(stack.first, stack.depth);
    }
    [[nodiscard]] Cost live() const;
};

inline constexpr std::size_t max_stack_depth = 1'024;
inline constexpr std::size_t max_stacks = 4'000'000;
inline constexpr std::size_t max_addresses = 128'000'000;
inline constexpr std::uint64_t max_value = std::uint64_t{1} << 56;  ///< of a count or a number of bytes

/// jemalloc's threaded format, "heap_v2/PERIOD" (prof_data.c). A dump that ends before its mapped libraries is an
/// error, because the stacks that are missing would look like memory given back.
[[nodiscard]] Result<Dump> read_heap_v2(std::string_view text);

/// gperftools' "heap profile:" text: exact (@ heapprofile), sampled (@ heap_v2/PERIOD, legacy @ heap/2*PERIOD)
/// and heap growth (@ growth). See its heap-profile-table.cc and malloc_extension.cc.
[[nodiscard]] Result<Dump> read_gperftools(std::string_view text);

}  // namespace heaptrend
