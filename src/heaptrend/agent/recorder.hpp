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
    double calibration = 10;   ///< seconds after which the sampling interval is set once
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
    /// Sets the sampling interval so that samples cost at most the budget, if they cost more now. Drops all dumps then.
    void calibrate(double elapsed) noexcept;
    [[nodiscard]] double interval() const noexcept { return interval_; }
    [[nodiscard]] const char* folder() const noexcept { return folder_.data(); }

  private:
    void log_dump(double now, const char* name, bool at_exit) noexcept;
    void record_births(double now, bool at_exit) noexcept;
    void measure_stacks(double now, bool at_exit) noexcept;
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
    double stacks_due_ = 0;
    unsigned long long stacks_ = 0;  ///< resident bytes of all threads' stacks, when last measured
    std::uint64_t module_changes_ = 0;
};

}  // namespace heaptrend::agent
