#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>

#include "heaptrend/agent/jemalloc.hpp"

namespace heaptrend::agent {

inline constexpr unsigned max_kept_dumps = 512;

/// What the command line asked for, handed down in the environment.
struct Settings {
    const char* folder = nullptr;
    double interval = 2;       ///< seconds between dumps at first; doubles whenever dumps are thinned
    std::uint64_t growth = 0;  ///< dump early when the heap grew by this many bytes; 0 for never
    unsigned max_dumps = 120;  ///< files kept
    double budget = 0.005;     ///< of one core, for sampling
    long births = 4096;        ///< samples whose times of birth are kept; 0 for none
    double calibration = 10;   ///< seconds after which the sampling interval is looked at first
};

/// Writes the dumps of one process, its log and its modules into a folder of its own. Allocates nothing itself; used by
/// one thread at a time. Errors end a single dump, never the program.
class Recorder {
  public:
    /// Makes FOLDER/PID.STARTTIME, or with .2, .3, ... behind when the process had one before it began another program.
    /// False when it cannot.
    bool open(const Settings& settings, const Jemalloc& jemalloc) noexcept;
    /// `at_exit`: the program has begun to give back what it holds.
    void dump(double now, bool at_exit = false) noexcept;
    /// The allocator's count of usable bytes in live blocks.
    [[nodiscard]] std::uint64_t allocated() const noexcept;
    /// Writes the mapped modules with their build-ids when modules were loaded or unloaded since the last call.
    void record_modules() noexcept;
    /// Looks at what samples cost since the last look, `elapsed` seconds ago. When that is more than their part of the
    /// budget, raises the sampling interval so that it will not be, drops all dumps, and answers true.
    [[nodiscard]] bool calibrate(double elapsed) noexcept;
    /// Seconds until the next dump: as asked, or longer, so that dumps keep within their part of the budget.
    [[nodiscard]] double interval() const noexcept;
    [[nodiscard]] const char* folder() const noexcept { return folder_.data(); }

  private:
    void log_dump(double now, const char* name, bool at_exit) noexcept;
    void record_births(double now, bool at_exit) noexcept;
    void take_dump(double now, bool at_exit) noexcept;
    void measure_slowly(double now, bool at_exit) noexcept;
    /// How far apart what takes so many seconds of CPU must be, to cost this share of the budget at most.
    [[nodiscard]] double apart_by_cost(double seconds, double share) const noexcept;
    [[nodiscard]] double samples_so_far() const noexcept;
    [[nodiscard]] std::size_t raise_interval(std::size_t lg_sample, double too_costly) noexcept;
    void thin() noexcept;
    void remove_dump(unsigned sequence) noexcept;
    void dump_path(unsigned sequence, std::array<char, 640>& path) const noexcept;
    void append(const char* text, std::size_t size) const noexcept;

    Settings settings_;
    Jemalloc jemalloc_;
    std::array<char, 512> folder_{};
    std::array<unsigned, max_kept_dumps> kept_{};
    unsigned kept_count_ = 0;
    unsigned next_ = 0;
    double interval_ = 2;
    double births_due_ = 0;
    double slow_due_ = 0;
    double seen_samples_ = 0;        ///< at the last calibration
    double dump_seconds_ = 0;        ///< of CPU, for a dump; what was last counts for half
    unsigned long long pss_ = 0;     ///< when last measured
    unsigned long long stacks_ = 0;  ///< resident bytes of all threads' stacks, when last measured
    std::uint64_t module_changes_ = 0;
};

}  // namespace heaptrend::agent
