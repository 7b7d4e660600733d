#include "heaptrend/series_builder.hpp"

#include <algorithm>

#include "heaptrend/agent_log.hpp"

namespace heaptrend {
namespace {

void add_once(std::vector<std::string>& notes, const std::string& note) {
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
}

}  // namespace

void SeriesBuilder::add_mappings(const std::vector<Mapping>& mappings) {
    for (const Mapping& mapping : mappings) {
        if (!mapping.executable) continue;
        // Whatever was known there before and overlaps is gone.
        auto next = earlier_.upper_bound(mapping.start);
        while (next != earlier_.end() && next->second.start < mapping.end) next = earlier_.erase(next);
        earlier_.emplace(mapping.end, mapping);
    }
}

const Mapping* SeriesBuilder::find_earlier(std::uint64_t address) const {
    const auto next = earlier_.upper_bound(address);
    return next != earlier_.end() && next->second.contains(address) ? &next->second : nullptr;
}

FrameIndex SeriesBuilder::resolve(std::uint64_t return_address) {
    const auto [entry, added] = frame_of_address_.try_emplace(return_address);
    if (!added) return entry->second;
    const std::uint64_t address = return_address == 0 ? 0 : return_address - 1;  // inside the call instruction
    const Mapping* mapping = find_mapping(current_, address);
    if (mapping == nullptr || !mapping->executable) {
        const Mapping* earlier = find_earlier(address);
        if (earlier != nullptr) mapping = earlier;
    }
    if (mapping == nullptr) {
        entry->second = series_.add_frame(unknown_module, address);
    } else {
        const ModuleIndex module = series_.add_module({.path = mapping->path,
                                                       .build_id = mapping->build_id,
                                                       .inode = mapping->inode,
                                                       .deleted = mapping->deleted,
                                                       .offsets = OffsetKind::file});
        entry->second = series_.add_frame(module, address - mapping->start + mapping->offset);
    }
    return entry->second;
}

SeriesBuilder::StackKey SeriesBuilder::key_of(std::span<const std::uint64_t> addresses) noexcept {
    StackKey key{0x9e3779b97f4a7c15U, addresses.size()};
    for (const std::uint64_t address : addresses) {
        key.low = (key.low ^ address ^ (key.low >> 29U)) * 0xbf58476d1ce4e5b9U;
        key.high = (key.high ^ address ^ (key.high >> 31U)) * 0x94d049bb133111ebU;
    }
    return {key.low ^ (key.low >> 32U), key.high ^ (key.high >> 32U)};
}

StackIndex SeriesBuilder::resolve(std::span<const std::uint64_t> addresses, bool live) {
    const auto [entry, added] = known_stacks_.try_emplace(key_of(addresses));
    KnownStack& known = entry->second;
    if (!added && known.last_dump + 1 >= dump_number_) {
        if (live) known.last_dump = dump_number_;
        return known.stack;
    }
    frames_.clear();
    for (const std::uint64_t address : addresses) frames_.push_back(resolve(address));
    known.stack = series_.add_stack(frames_);
    if (added || live) known.last_dump = dump_number_;
    return known.stack;
}

void SeriesBuilder::add(const Dump& dump, DumpOrigin origin) {
    ++dump_number_;
    current_ = dump.mappings;
    frame_of_address_.clear();
    Snapshot snapshot{.time = origin.time,
                      .source = std::move(origin.source),
                      .sample_period = dump.sample_period,
                      .has_allocated = dump.has_allocated,
                      .at_start = origin.at_start,
                      .at_exit = origin.at_exit,
                      .hidden_below = 0,
                      .entries = {},
                      .memory = origin.memory};
    snapshot.entries.reserve(dump.stacks.size());
    for (const DumpStack& stack : dump.stacks) {
        const StackIndex index = resolve(dump.frames(stack), stack.live.samples > 0);
        snapshot.entries.push_back({index, stack.live, stack.allocated});
    }
    normalize(snapshot.entries);
    if (snapshot.memory && origin.small_samples_counted_large)
        snapshot.memory->allocated = correct_allocated(snapshot.memory->allocated, snapshot.entries);
    series_.snapshots.push_back(std::move(snapshot));
    for (const std::string& note : dump.notes) add_once(series_.notes, note);
    add_mappings(dump.mappings);
}

void SeriesBuilder::add_birth(std::span<const std::uint64_t> addresses, double age) {
    series_.births.push_back({resolve(addresses, false), age});
}

Series SeriesBuilder::finish() && { return std::move(series_); }

}  // namespace heaptrend
