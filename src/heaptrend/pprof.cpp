#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "heaptrend/decompress.hpp"
#include "heaptrend/report.hpp"
#include "heaptrend/stack_levels.hpp"

namespace heaptrend {
namespace {

/// Protocol Buffers wire format (protobuf.dev/programming-guides/encoding): the three kinds of field that are needed.
class Message {
  public:
    void number(unsigned field, std::uint64_t value) {
        if (value == 0) return;  // the default is left out
        varint(field << 3U);
        varint(value);
    }
    void bytes(unsigned field, std::string_view value) {
        varint((field << 3U) | 2U);
        varint(value.size());
        data_ += value;
    }
    void packed(unsigned field, const std::vector<std::uint64_t>& values) {
        Message list;
        for (const std::uint64_t value : values) list.varint(value);
        bytes(field, list.data_);
    }
    [[nodiscard]] const std::string& data() const noexcept { return data_; }

  private:
    void varint(std::uint64_t value) {
        while (value >= 0x80U) {
            data_ += static_cast<char>((value & 0x7fU) | 0x80U);
            value >>= 7U;
        }
        data_ += static_cast<char>(value);
    }
    std::string data_;
};

std::uint64_t whole(double value) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(std::llround(value))); }

/// Field numbers are those of profile.proto.
class PprofWriter {
  public:
    PprofWriter(const Series& series, const Verdict& verdict) : series_{series}, verdict_{verdict} {
        static_cast<void>(string(""));
    }

    std::string write() {
        for (const auto& [type, unit] : {std::pair{"alloc_objects", "count"},
                                         {"alloc_space", "bytes"},
                                         {"inuse_objects", "count"},
                                         {"inuse_space", "bytes"},
                                         {"growth_space", "bytes"}})
            profile_.bytes(1, value_type(type, unit));
        for (const Entry& entry : series_.snapshots.front().entries) before_[entry.stack] = entry.live.bytes;
        for (const Entry& entry : series_.snapshots.back().entries) sample(entry);
        const ModuleIndex program = main_module();  // readers take the first mapping for it
        if (program != unknown_module) mapping(program);
        for (std::uint32_t i = 1; i < series_.module_count(); ++i)
            if (ModuleIndex{i} != program) mapping(ModuleIndex{i});
        for (std::uint32_t i = 0; i < series_.frame_count(); ++i) location(FrameIndex{i});
        const Snapshot& last = series_.snapshots.back();
        const std::string period_type = value_type("space", "bytes");
        const std::uint64_t default_type = string("inuse_space");
        for (const std::string& text : strings_) profile_.bytes(6, text);
        constexpr double nanoseconds = 1e9;
        profile_.number(9, whole(last.time * nanoseconds));
        profile_.number(10, whole((last.time - series_.snapshots.front().time) * nanoseconds));
        profile_.bytes(11, period_type);
        profile_.number(12, whole(last.sample_period));
        profile_.number(14, default_type);
        return gzip(profile_.data());
    }

  private:
    std::uint64_t string(std::string_view text) {
        const auto [entry, added] = string_index_.try_emplace(std::string{text}, strings_.size());
        if (added) strings_.emplace_back(text);
        return entry->second;
    }
    std::string value_type(std::string_view type, std::string_view unit) {
        Message message;
        message.number(1, string(type));
        message.number(2, string(unit));
        return message.data();
    }
    void sample(const Entry& entry) {
        Message message;
        std::vector<std::uint64_t> locations;
        const Owner& owner = verdict_.folded.owners[verdict_.folded.owner_of[entry.stack.value].value];
        bool begun = false;  // the allocator's frames would hide who called it in a flat list
        for (const StackLevel& level : stack_levels(series_, entry.stack)) {
            const bool first = !begun && level_name(series_, level) == owner.function;
            begun |= first;
            if (!begun) continue;
            const std::uint64_t location = level.tail_called ? tail_call(level) : level.frame.value + std::uint64_t{1};
            if (first || level.tail_called || !level.inlined)
                if (locations.empty() || locations.back() != location) locations.push_back(location);
        }
        message.packed(1, locations);
        const double grown = entry.live.bytes - before_[entry.stack];
        message.packed(2, {whole(entry.allocated.objects), whole(entry.allocated.bytes), whole(entry.live.objects),
                           whole(entry.live.bytes), whole(grown)});
        profile_.bytes(2, message.data());
    }
    /// The module in which most stacks begin.
    [[nodiscard]] ModuleIndex main_module() const {
        std::map<std::uint32_t, std::size_t> roots;
        for (const Entry& entry : series_.snapshots.back().entries)
            if (const auto frames = series_.stack(entry.stack); !frames.empty())
                if (const Frame& root = series_.frame(frames.back()); is_entry(root)) ++roots[root.module.value];
        const auto most = std::max_element(roots.begin(), roots.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        return most != roots.end() ? ModuleIndex{most->first} : unknown_module;
    }
    [[nodiscard]] bool is_entry(const Frame& frame) const {
        return !frame.lines.empty() && series_.text(frame.lines.back().function) == "_start";
    }
    void mapping(ModuleIndex index) {
        const Module& module = series_.module(index);
        Message message;
        message.number(1, index.value);
        message.number(5, string(module.path));
        message.number(6, string(module.build_id));
        for (const unsigned has : {7U, 8U, 9U, 10U}) message.number(has, 1);
        profile_.bytes(3, message.data());
    }
    void location(FrameIndex index) {
        const Frame& frame = series_.frame(index);
        Message message;
        message.number(1, index.value + 1);
        message.number(2, frame.module.value);
        message.number(3, frame.offset);
        for (const SourceLine& line : frame.lines) {  // innermost inlined function first, as the format wants it
            Message encoded;
            encoded.number(1, function(line));
            encoded.number(2, line.line);
            message.bytes(4, encoded.data());
        }
        profile_.bytes(4, message.data());
    }
    /// A location without an address, for a function that left no frame.
    std::uint64_t tail_call(const StackLevel& level) {
        const auto key = std::pair{level.module.value, level.place.function.value};
        const auto [entry, added] = tail_calls_.try_emplace(key, series_.frame_count() + tail_calls_.size() + 1);
        if (!added) return entry->second;
        Message line;
        line.number(1, function(level.place));
        Message message;
        message.number(1, entry->second);
        message.number(2, level.module.value);
        message.bytes(4, line.data());
        profile_.bytes(4, message.data());
        return entry->second;
    }
    std::uint64_t function(const SourceLine& line) {
        const auto key = std::pair{line.function.value, line.file.value};
        const auto [entry, added] = functions_.try_emplace(key, functions_.size() + 1);
        if (added) {
            Message message;
            message.number(1, entry->second);
            message.number(2, string(series_.text(line.function)));
            message.number(3, string(series_.text(line.function)));
            message.number(4, string(series_.text(line.file)));
            profile_.bytes(5, message.data());
        }
        return entry->second;
    }

    const Series& series_;
    const Verdict& verdict_;
    Message profile_;
    std::vector<std::string> strings_;
    std::unordered_map<std::string, std::uint64_t> string_index_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> functions_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> tail_calls_;
    std::unordered_map<StackIndex, double> before_;
};

}  // namespace

std::string pprof_profile(const Series& series, const Verdict& verdict) {
    return series.snapshots.empty() ? std::string{} : PprofWriter{series, verdict}.write();
}

}  // namespace heaptrend
