#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "heaptrend/dump.hpp"
#include "heaptrend/series.hpp"

namespace heaptrend {

struct DumpOrigin {
    double time = 0;     ///< seconds since the Epoch
    std::string source;  ///< file name, for messages
    std::optional<MemoryStats> memory;
    bool at_start = false;  ///< see Snapshot
    bool at_exit = false;
    bool small_samples_counted_large = false;  ///< in memory->allocated, by jemalloc 5.3.0
};

/// Turns dumps with raw addresses, given in the order of time and all of one process, into a Series.
/// An address is looked up in the mappings of its own dump. When they do not cover it, the module was unloaded before
/// the dump was written, and the newest earlier mappings that cover it are taken. A stack that was live in the dump
/// before keeps the modules it had then, because another module may since have been loaded at the same address.
class SeriesBuilder {
  public:
    void add(const Dump& dump, DumpOrigin origin);
    /// Mappings known from elsewhere, for instance an agent's log of loaded modules; older than those of later dumps.
    void add_mappings(const std::vector<Mapping>& mappings);
    /// A block that was alive about when the last dump was taken.
    void add_birth(std::span<const std::uint64_t> addresses, double age);
    void forgot_before() noexcept { series_.forgot_before = true; }
    [[nodiscard]] Series finish() &&;

  private:
    /// 128 bits of the addresses stand for them: a million stacks meet by chance once in 10^27 series.
    struct StackKey {
        std::uint64_t low;
        std::uint64_t high;
        friend bool operator==(const StackKey&, const StackKey&) = default;
    };
    struct KeyHash {
        std::size_t operator()(const StackKey& key) const noexcept { return key.low; }
    };
    struct KnownStack {
        StackIndex stack;
        std::size_t last_dump = 0;
    };
    [[nodiscard]] static StackKey key_of(std::span<const std::uint64_t> addresses) noexcept;

    [[nodiscard]] StackIndex resolve(std::span<const std::uint64_t> addresses, bool live);
    [[nodiscard]] FrameIndex resolve(std::uint64_t return_address);
    [[nodiscard]] const Mapping* find_earlier(std::uint64_t address) const;

    Series series_;
    std::vector<Mapping> current_;
    std::map<std::uint64_t, Mapping> earlier_;  ///< by end address; ranges do not overlap, newer ones replace older
    std::unordered_map<std::uint64_t, FrameIndex> frame_of_address_;  ///< in the current dump
    std::vector<FrameIndex> frames_;                                  ///< of the stack being resolved
    std::unordered_map<StackKey, KnownStack, KeyHash> known_stacks_;
    std::size_t dump_number_ = 0;
};

}  // namespace heaptrend
