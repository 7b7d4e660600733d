#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "heaptrend/series.hpp"

namespace heaptrend {

/// Replays allocation events and takes snapshots on the way. Keeps at most 64 snapshots and about 1.5 million entries:
/// when either is passed, every second snapshot is dropped and the distance doubled; the first and the last stay.
class HeaptrackReplay {
  public:
    [[nodiscard]] Series& series() noexcept { return series_; }

    void forget_modules() noexcept { segments_.clear(); }
    void add_segment(const std::string& path, std::uint64_t bias, std::uint64_t address, std::uint64_t size);
    /// The functions below answer false when a number refers to nothing or a table is full.
    [[nodiscard]] bool add_instruction(std::uint64_t address, StringIndex module, std::vector<SourceLine> lines);
    [[nodiscard]] bool add_trace(std::uint64_t instruction, std::uint64_t parent);
    [[nodiscard]] bool add_raw_trace(std::uint64_t address, std::uint64_t parent);
    [[nodiscard]] bool has_trace(std::uint64_t trace) const noexcept { return trace <= traces_.size(); }

    void allocate(std::uint64_t trace, std::uint64_t size);
    [[nodiscard]] bool release(std::uint64_t trace, std::uint64_t size);
    void set_rss(std::uint64_t bytes) noexcept { rss_ = bytes; }
    void advance(double seconds);
    void snapshot(double seconds);
    [[nodiscard]] Series finish() &&;

  private:
    struct Trace {
        FrameIndex frame;
        std::uint32_t parent;  ///< 0 for a root; otherwise one more than an earlier trace's position
    };
    struct Totals {
        std::uint64_t live_bytes = 0;
        std::uint64_t live_objects = 0;
        std::uint64_t allocated_bytes = 0;
        std::uint64_t allocated_objects = 0;
    };
    struct Segment {
        std::uint64_t start;
        std::uint64_t bias;
        ModuleIndex module;
    };

    [[nodiscard]] bool add_frame_to_trace(FrameIndex frame, std::uint64_t parent);
    [[nodiscard]] StackIndex stack_of(std::size_t trace);
    void thin();

    Series series_;
    std::map<std::uint64_t, Segment> segments_;  ///< by end address
    std::vector<FrameIndex> instructions_;
    std::vector<Trace> traces_;
    std::vector<Totals> totals_;  ///< of trace 0, which has no frames, and then of each trace
    std::uint64_t rss_ = 0;
    double distance_ = 0;
    double next_ = 0;
    std::size_t entries_ = 0;
};

}  // namespace heaptrend
