#include "heaptrend/series.hpp"

#include <algorithm>

namespace heaptrend {
namespace {

/// Mixes `value` into `hash` (the finalizer of SplitMix64).
std::uint64_t mix(std::uint64_t hash, std::uint64_t value) noexcept {
    hash ^= value + 0x9e3779b97f4a7c15U + (hash << 6U) + (hash >> 2U);
    hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9U;
    return hash ^ (hash >> 27U);
}

}  // namespace

Cost Snapshot::live() const {
    Cost total;
    for (const Entry& entry : entries) total += entry.live;
    return total;
}

Series::Series() {
    static_cast<void>(intern(""));
    modules_.push_back({.path = {}, .build_id = {}, .inode = 0, .deleted = false, .offsets = OffsetKind::absolute});
}

StringIndex Series::intern(std::string_view text) {
    if (const auto known = string_index_.find(text); known != string_index_.end()) return known->second;
    const StringIndex index{static_cast<std::uint32_t>(strings_.size())};
    const auto [entry, added] = string_index_.emplace(text, index);
    strings_.emplace_back(entry->first);  // keys of an unordered_map never move
    return index;
}

ModuleIndex Series::add_module(Module module) {
    if (module.path.empty()) return unknown_module;
    std::vector<ModuleIndex>& same_path = module_index_[module.path];
    for (const ModuleIndex index : same_path) {
        Module& known = modules_[index.value];
        // A file that is deleted later is still the same file.
        if (known.build_id == module.build_id && known.inode == module.inode && known.offsets == module.offsets) {
            known.deleted |= module.deleted;
            return index;
        }
    }
    const ModuleIndex index{static_cast<std::uint32_t>(modules_.size())};
    same_path.push_back(index);
    modules_.push_back(std::move(module));
    return index;
}

FrameIndex Series::add_frame(ModuleIndex module, std::uint64_t offset) { return add_named_frame(module, offset, {}); }

FrameIndex Series::add_named_frame(ModuleIndex module, std::uint64_t offset, std::vector<SourceLine> lines) {
    std::uint64_t hash = mix(mix(0, module.value), offset);
    for (const SourceLine& line : lines) hash = mix(mix(hash, line.function.value), line.line);
    const auto [first, last] = frame_index_.equal_range(hash);
    for (auto same = first; same != last; ++same) {
        const Frame& known = frames_[same->second.value];
        if (known.module == module && known.offset == offset && known.lines == lines) return same->second;
    }
    const FrameIndex index{static_cast<std::uint32_t>(frames_.size())};
    frames_.push_back({.module = module, .offset = offset, .lines = std::move(lines), .calls = {}});
    frame_index_.emplace(hash, index);
    return index;
}

StackIndex Series::add_stack(std::span<const FrameIndex> leaf_first) {
    std::uint64_t hash = leaf_first.size();
    for (const FrameIndex frame : leaf_first) hash = mix(hash, frame.value);
    const auto [first, last] = stack_index_.equal_range(hash);
    for (auto same = first; same != last; ++same)
        if (std::ranges::equal(stack(same->second), leaf_first)) return same->second;
    const StackIndex index{static_cast<std::uint32_t>(stacks_.size())};
    stacks_.push_back(
        {static_cast<std::uint32_t>(stack_frames_.size()), static_cast<std::uint32_t>(leaf_first.size())});
    stack_frames_.insert(stack_frames_.end(), leaf_first.begin(), leaf_first.end());
    stack_index_.emplace(hash, index);
    return index;
}

std::span<const FrameIndex> Series::stack(StackIndex index) const {
    const StackRange range = stacks_[index.value];
    return std::span{stack_frames_}.subspan(range.first, range.depth);
}

void normalize(std::vector<Entry>& entries) {
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.stack < b.stack; });
    std::size_t kept = 0;
    for (std::size_t next = 0; next < entries.size(); ++next) {
        if (kept > 0 && entries[kept - 1].stack == entries[next].stack) {
            entries[kept - 1].live += entries[next].live;
            entries[kept - 1].allocated += entries[next].allocated;
        } else {
            entries[kept++] = entries[next];
        }
    }
    entries.resize(kept);
}

}  // namespace heaptrend
