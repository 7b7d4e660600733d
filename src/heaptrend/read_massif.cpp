#include <unordered_map>

#include "heaptrend/dump_parser.hpp"
#include "heaptrend/read.hpp"

namespace heaptrend {
namespace {

constexpr std::size_t max_snapshots = 10'000;
constexpr std::size_t max_tree_depth = 1'024;
constexpr double threshold_share = 0.01;  // massif's default: what holds less than 1 % of the heap is lumped together

/// A line of a heap tree: " nCHILDREN: BYTES ADDRESS: function (file:line)", indented by its depth.
struct TreeLine {
    std::size_t depth = 0;
    std::uint64_t children = 0;
    std::uint64_t bytes = 0;
    std::string_view text;
};

bool parse_tree_line(std::string_view line, TreeLine& out) {
    out.depth = std::min(line.find_first_not_of(' '), line.size());
    Scan scan{line.substr(out.depth)};
    if (!scan.skip('n')) return false;
    const auto children = scan.number();
    if (!children || !scan.skip(": ")) return false;
    const auto bytes = scan.number();
    if (!bytes || *bytes > max_value) return false;
    scan.skip_blanks();
    out.children = *children;
    out.bytes = *bytes;
    out.text = scan.rest();
    return true;
}

/// massif does not count blocks.
Cost bytes_alone(std::uint64_t bytes) {
    return {.bytes = static_cast<double>(bytes), .objects = 0, .samples = 0, .variance = 0};
}

class MassifReader {
  public:
    explicit MassifReader(std::string_view text) noexcept : text_{text} {}

    Result<Series> read() {
        if (!text_.starts_with("desc:")) return fail(Errc::not_a_profile, "no \"desc:\" at its start");
        while (!text_.empty()) {
            bool complete = false;
            const std::string_view line = next_line(text_, &complete);
            ++line_number_;
            if (!complete) return truncated();
            if (const auto read = read_line(line); !read) return tl::unexpected{read.error()};
        }
        return finish();
    }

  private:
    Result<> read_line(std::string_view line) {
        Scan scan{line};
        if (scan.skip("time_unit: ")) time_unit_ = scan.rest();
        if (scan.skip("snapshot=")) return start_snapshot();
        if (scan.skip("time=")) return read_time(scan, line);
        if (scan.skip("mem_heap_extra_B=")) return {};
        if (scan.skip("mem_heap_B=")) return read_heap(scan, line);
        if (scan.skip("heap_tree=")) {
            const bool has_tree = scan.rest() == "detailed" || scan.rest() == "peak";
            if (!has_tree) return {};
            return read_tree();
        }
        return {};
    }
    Result<> start_snapshot() {
        if (++snapshots_ > max_snapshots) return fail(Errc::limit_exceeded, "more than 10000 snapshots");
        time_ = 0;
        heap_ = 0;
        return {};
    }
    Result<> read_time(Scan& scan, std::string_view line) {
        const auto time = scan.number();
        if (!time || *time > max_value) return fail_at(Errc::malformed, line_number_, line, "time= and a number");
        time_ = static_cast<double>(*time) / (time_unit_ == "ms" ? 1000.0 : 1.0);
        return {};
    }
    Result<> read_heap(Scan& scan, std::string_view line) {
        const auto heap = scan.number();
        if (!heap || *heap > max_value) return fail_at(Errc::malformed, line_number_, line, "mem_heap_B= and a number");
        heap_ = static_cast<double>(*heap);
        return {};
    }

    /// Reads the tree in the order of its lines. A node without children ends a stack and holds all of its bytes.
    Result<> read_tree() {
        Snapshot snapshot;
        snapshot.time = time_;
        snapshot.source = "massif";
        snapshot.hidden_below = heap_ * threshold_share;
        std::vector<std::uint64_t> open;  // children still to come, per depth
        std::vector<FrameIndex> path;     // frame of each depth, the allocation point first
        do {
            bool complete = false;
            const std::string_view line = next_line(text_, &complete);
            ++line_number_;
            TreeLine node;
            if (!complete) return tl::unexpected{truncated().error()};
            if (!parse_tree_line(line, node) || node.depth != open.size() || node.depth > max_tree_depth)
                return fail_at(Errc::malformed, line_number_, line, "a node of the heap tree at the next depth");
            if (node.depth > 0) path.push_back(frame_of(node.text));
            open.push_back(node.children);
            if (node.children == 0 && node.bytes > 0)
                snapshot.entries.push_back({series_.add_stack(path), bytes_alone(node.bytes), {}});
            while (!open.empty() && open.back() == 0) {
                open.pop_back();
                if (!path.empty()) path.pop_back();
                if (!open.empty()) --open.back();
            }
        } while (!open.empty());
        normalize(snapshot.entries);
        series_.snapshots.push_back(std::move(snapshot));
        return {};
    }

    FrameIndex frame_of(std::string_view text) {
        if (const auto known = frames_.find(text); known != frames_.end()) return known->second;
        const FrameIndex frame = parse_frame(text);
        frames_.emplace(text, frame);
        return frame;
    }

    /// "0x109223: main (leaky.cpp:10)", "0x48FC7B9: ??? (in /usr/lib/x.so)" or "in 3 places, all below ...".
    FrameIndex parse_frame(std::string_view text) {
        Scan scan{text};
        std::uint64_t address = 0;
        if (scan.skip("0x")) {
            address = scan.number(16).value_or(0);
            scan.skip(": ");
        } else {
            return series_.add_named_frame(unknown_module, 0, {{series_.intern("[below massif's threshold]"), {}, 0}});
        }
        std::string_view name = scan.rest();
        std::string_view place;
        if (const auto open = name.rfind(" ("); open != std::string_view::npos && name.ends_with(')')) {
            place = name.substr(open + 2, name.size() - open - 3);
            name = name.substr(0, open);
        }
        Module module;
        module.offsets = OffsetKind::absolute;
        SourceLine line;
        if (Scan in{place}; in.skip("in ")) {
            module.path = std::string{in.rest()};
        } else if (const auto colon = place.rfind(':'); colon != std::string_view::npos) {
            line.file = series_.intern(place.substr(0, colon));
            line.line = static_cast<std::uint32_t>(Scan{place.substr(colon + 1)}.number().value_or(0));
        }
        const ModuleIndex index = series_.add_module(std::move(module));
        if (name == "???") return series_.add_frame(index, address);
        line.function = series_.intern(name);
        return series_.add_named_frame(index, 0, {line});
    }

    Result<Series> finish() {
        series_.format = "massif";
        if (series_.snapshots.size() < 2)
            return fail(Errc::too_few_snapshots, std::to_string(series_.snapshots.size()) +
                                                     " with a detailed tree: run massif with --detailed-freq=1");
        if (time_unit_ != "ms")
            series_.notes.emplace_back("massif counted time in " +
                                       std::string{time_unit_ == "i" ? "instructions" : "bytes"} +
                                       ", so rates are per unit of that (--time-unit=ms gives seconds)");
        return std::move(series_);
    }
    [[nodiscard]] Result<Series> truncated() const {
        return fail(Errc::truncated, "ends in the middle of line " + std::to_string(line_number_));
    }

    std::string_view text_;
    std::size_t line_number_ = 0;
    std::size_t snapshots_ = 0;
    std::string_view time_unit_ = "i";
    double time_ = 0;
    double heap_ = 0;
    std::unordered_map<std::string_view, FrameIndex> frames_;
    Series series_;
};

}  // namespace

Result<Series> read_massif(std::string_view text) { return MassifReader{text}.read(); }

}  // namespace heaptrend
