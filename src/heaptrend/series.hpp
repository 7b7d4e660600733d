#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "heaptrend/cost.hpp"
#include "heaptrend/index.hpp"

/// A series of heap snapshots of one program. Frames are keyed by module and offset in its file, never by address, so
/// that snapshots of different processes can be compared.
namespace heaptrend {

/// What the offsets of a module's frames count from.
enum class OffsetKind : std::uint8_t {
    file,             ///< the start of the module's file
    virtual_address,  ///< the module's load bias: they are addresses as the ELF file states them
    absolute,         ///< nothing: addresses of the process, which differ from run to run
};

struct Module {
    std::string path{};      ///< empty for code outside any file
    std::string build_id{};  ///< lower-case hex; empty when not known
    std::uint64_t inode = 0;
    bool deleted = false;
    OffsetKind offsets = OffsetKind::file;
};

/// One level of a frame: the function, and the line being executed in it. 0 means not known.
struct SourceLine {
    StringIndex function;
    StringIndex file;
    std::uint32_t line = 0;

    friend bool operator==(const SourceLine&, const SourceLine&) = default;
};

/// One place in the code. `lines` are the inlined functions there, innermost first, the function itself last;
/// none when it has not been symbolised.
struct Frame {
    ModuleIndex module;
    std::uint64_t offset = 0;  ///< of the call instruction, counted as the module's OffsetKind says
    std::vector<SourceLine> lines;
    StringIndex calls;  ///< the function that its call instruction names; empty when that is not known
};

struct Entry {
    StackIndex stack;
    Cost live;
    Cost allocated;
};

/// What the process used besides its live blocks, in bytes.
struct MemoryStats {
    std::uint64_t allocated = 0;  ///< usable bytes in live blocks, as the allocator counts them
    std::uint64_t cached = 0;     ///< of these, freed blocks that the allocator keeps for threads
    std::uint64_t active = 0;     ///< pages that hold them
    std::uint64_t metadata = 0;
    std::uint64_t resident = 0;  ///< the allocator's share of RSS
    std::uint64_t mapped = 0;
    std::uint64_t retained = 0;
    std::uint64_t rss = 0;
    std::uint64_t pss = 0;
    std::uint64_t anonymous = 0;
    std::uint64_t stacks = 0;  ///< resident, of all threads
    std::uint64_t files = 0;   ///< resident pages of mapped files
};

struct Snapshot {
    double time = 0;     ///< seconds since the Epoch, or since the start for formats that know no date
    std::string source;  ///< the file it came from
    double sample_period = 0;
    bool has_allocated = false;
    bool at_start = false;       ///< taken before the program's main()
    bool at_exit = false;        ///< taken while the program ended, when it had begun to free what it held
    double hidden_below = 0;     ///< stacks that hold less than this many bytes may be missing (massif's threshold)
    std::vector<Entry> entries;  ///< sorted by stack, each at most once
    std::optional<MemoryStats> memory;

    [[nodiscard]] Cost live() const;
};

/// A recorded block that was alive when the collector was last asked for times of birth.
struct Birth {
    StackIndex stack;
    double age = 0;  ///< seconds
};

/// The tables and the snapshots. Built by readers; afterwards read-only but for frames' lines, which a symbolizer
/// fills.
class Series {
  public:
    Series();
    Series(Series&&) = default;
    Series& operator=(Series&&) = default;
    Series(const Series&) = delete;  ///< tables hold views into each other
    Series& operator=(const Series&) = delete;
    ~Series() = default;

    [[nodiscard]] StringIndex intern(std::string_view text);
    [[nodiscard]] ModuleIndex add_module(Module module);
    [[nodiscard]] FrameIndex add_frame(ModuleIndex module, std::uint64_t offset);
    /// A frame that the profile itself names. Its place is `offset` when known, otherwise the name alone tells it.
    [[nodiscard]] FrameIndex add_named_frame(ModuleIndex module, std::uint64_t offset, std::vector<SourceLine> lines);
    [[nodiscard]] StackIndex add_stack(std::span<const FrameIndex> leaf_first);

    [[nodiscard]] std::string_view text(StringIndex index) const { return strings_[index.value]; }
    [[nodiscard]] const Module& module(ModuleIndex index) const { return modules_[index.value]; }
    [[nodiscard]] const Frame& frame(FrameIndex index) const { return frames_[index.value]; }
    [[nodiscard]] std::span<const FrameIndex> stack(StackIndex index) const;
    [[nodiscard]] std::size_t module_count() const noexcept { return modules_.size(); }
    [[nodiscard]] std::size_t frame_count() const noexcept { return frames_.size(); }
    [[nodiscard]] std::size_t stack_count() const noexcept { return stacks_.size(); }
    void set_build_id(ModuleIndex index, std::string build_id) { modules_[index.value].build_id = std::move(build_id); }
    void set_calls(FrameIndex index, StringIndex function) { frames_[index.value].calls = function; }
    void set_lines(FrameIndex index, std::vector<SourceLine> lines) { frames_[index.value].lines = std::move(lines); }

    std::vector<Snapshot> snapshots;  ///< in the order of time
    std::vector<Birth> births;        ///< of the newest samples; empty where the collector does not tell
    bool forgot_before = false;       ///< blocks from before the first snapshot are in none of them
    std::vector<std::string> notes;   ///< what a reader of the report must know, one sentence each
    std::string format;               ///< "jemalloc heap_v2", for instance

  private:
    struct StackRange {
        std::uint32_t first;
        std::uint32_t depth;
    };
    struct TextHash : std::hash<std::string_view> {
        using is_transparent = void;
    };

    std::vector<std::string_view> strings_;
    std::unordered_map<std::string, StringIndex, TextHash, std::equal_to<>> string_index_;
    std::vector<Module> modules_;
    std::unordered_map<std::string, std::vector<ModuleIndex>> module_index_;
    std::vector<Frame> frames_;
    std::unordered_multimap<std::uint64_t, FrameIndex> frame_index_;
    std::vector<FrameIndex> stack_frames_;
    std::vector<StackRange> stacks_;
    std::unordered_multimap<std::uint64_t, StackIndex> stack_index_;
};

/// The module for code outside any file; always the first.
inline constexpr ModuleIndex unknown_module{0};

/// Sorts by stack and adds up entries of the same stack.
void normalize(std::vector<Entry>& entries);

}  // namespace heaptrend
