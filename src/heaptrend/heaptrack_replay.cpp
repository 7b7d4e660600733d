#include "heaptrend/heaptrack_replay.hpp"

#include <algorithm>

#include "heaptrend/dump.hpp"

namespace heaptrend {
namespace {

constexpr std::size_t max_snapshots = 64;
constexpr std::size_t max_entries = 1'500'000;
constexpr std::size_t max_table = 64'000'000;
constexpr double first_distance = 0.01;  // seconds; heaptrack's clock ticks every 10 ms

}  // namespace

void HeaptrackReplay::add_segment(const std::string& path, std::uint64_t bias, std::uint64_t address,
                                  std::uint64_t size) {
    if (size == 0 || segments_.size() == max_mappings) return;
    const ModuleIndex module = series_.add_module(
        {.path = path, .build_id = {}, .inode = 0, .deleted = false, .offsets = OffsetKind::virtual_address});
    const std::uint64_t start = bias + address;
    segments_.insert_or_assign(start + size, Segment{start, bias, module});
}

bool HeaptrackReplay::add_instruction(std::uint64_t address, StringIndex module, std::vector<SourceLine> lines) {
    if (instructions_.size() == max_table) return false;
    const ModuleIndex index = series_.add_module({.path = std::string{series_.text(module)},
                                                  .build_id = {},
                                                  .inode = 0,
                                                  .deleted = false,
                                                  .offsets = OffsetKind::absolute});
    const bool named = !lines.empty();
    instructions_.push_back(series_.add_named_frame(index, named ? 0 : address, std::move(lines)));
    return true;
}

bool HeaptrackReplay::add_trace(std::uint64_t instruction, std::uint64_t parent) {
    if (instruction > instructions_.size()) return false;
    const FrameIndex frame = instruction == 0 ? series_.add_frame(unknown_module, 0) : instructions_[instruction - 1];
    return add_frame_to_trace(frame, parent);
}

bool HeaptrackReplay::add_raw_trace(std::uint64_t address, std::uint64_t parent) {
    const auto segment = segments_.upper_bound(address);
    const bool known = segment != segments_.end() && segment->second.start <= address;
    const FrameIndex frame = known ? series_.add_frame(segment->second.module, address - segment->second.bias)
                                   : series_.add_frame(unknown_module, address);
    return add_frame_to_trace(frame, parent);
}

bool HeaptrackReplay::add_frame_to_trace(FrameIndex frame, std::uint64_t parent) {
    if (!has_trace(parent) || traces_.size() == max_table) return false;
    traces_.push_back({frame, static_cast<std::uint32_t>(parent)});
    return true;
}

void HeaptrackReplay::allocate(std::uint64_t trace, std::uint64_t size) {
    if (totals_.size() <= trace) totals_.resize(traces_.size() + 1);
    Totals& totals = totals_[trace];
    totals.live_bytes += size;
    totals.allocated_bytes += size;
    ++totals.live_objects;
    ++totals.allocated_objects;
}

bool HeaptrackReplay::release(std::uint64_t trace, std::uint64_t size) {
    if (trace >= totals_.size()) return false;
    Totals& totals = totals_[trace];
    if (totals.live_objects == 0 || totals.live_bytes < size) return false;
    totals.live_bytes -= size;
    --totals.live_objects;
    return true;
}

void HeaptrackReplay::advance(double seconds) {
    if (distance_ == 0) {
        distance_ = first_distance;
        snapshot(seconds);
        next_ = seconds + distance_;
    } else if (seconds >= next_) {
        snapshot(seconds);
        next_ = seconds + distance_;
    }
}

StackIndex HeaptrackReplay::stack_of(std::size_t trace) {
    std::vector<FrameIndex> frames;
    while (trace != 0 && frames.size() < max_stack_depth) {
        frames.push_back(traces_[trace - 1].frame);
        trace = traces_[trace - 1].parent;
    }
    return series_.add_stack(frames);
}

void HeaptrackReplay::snapshot(double seconds) {
    Snapshot snapshot;
    snapshot.time = seconds;
    snapshot.source = "heaptrack";
    snapshot.has_allocated = true;
    for (std::size_t trace = 0; trace < totals_.size(); ++trace) {
        const Totals& totals = totals_[trace];
        if (totals.allocated_objects == 0) continue;
        snapshot.entries.push_back({stack_of(trace), unbias(totals.live_objects, totals.live_bytes, 0),
                                    unbias(totals.allocated_objects, totals.allocated_bytes, 0)});
    }
    normalize(snapshot.entries);
    if (rss_ != 0) {
        snapshot.memory.emplace();
        snapshot.memory->rss = rss_;
    }
    entries_ += snapshot.entries.size();
    if (!series_.snapshots.empty() && series_.snapshots.back().time >= seconds) {
        entries_ -= series_.snapshots.back().entries.size();
        series_.snapshots.pop_back();
    }
    series_.snapshots.push_back(std::move(snapshot));
    thin();
}

void HeaptrackReplay::thin() {
    auto& snapshots = series_.snapshots;
    if (snapshots.size() <= max_snapshots && (entries_ <= max_entries || snapshots.size() < 4)) return;
    std::vector<Snapshot> kept;
    entries_ = 0;
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
        if (i % 2 == 1 && i + 1 != snapshots.size()) continue;
        entries_ += snapshots[i].entries.size();
        kept.push_back(std::move(snapshots[i]));
    }
    snapshots = std::move(kept);
    distance_ *= 2;
}

Series HeaptrackReplay::finish() && { return std::move(series_); }

}  // namespace heaptrend
