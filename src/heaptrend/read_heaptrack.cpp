#include <array>
#include <unordered_map>

#include "heaptrend/decompress.hpp"
#include "heaptrend/dump_parser.hpp"
#include "heaptrend/heaptrack_replay.hpp"
#include "heaptrend/read.hpp"

namespace heaptrend {
namespace {

constexpr std::uint64_t max_log_bytes = std::uint64_t{64} << 30U;
constexpr std::size_t max_line = std::size_t{1} << 20U;
constexpr std::size_t max_table = 64'000'000;  ///< strings, instruction pointers, traces or live blocks, each

/// Interprets the lines of one log. Numbers are hexadecimal; tables are numbered from 1 in the order of their lines.
class HeaptrackReader {
  public:
    Result<> line(std::string_view text) {
        ++line_number_;
        if (text.empty() || text[0] == '#') return {};
        Scan scan{text.substr(1)};
        scan.skip_blanks();
        if (!version_known_ && text[0] != 'v')
            return fail(Errc::not_a_profile, "no heaptrack version line at its start");
        if (!dispatch(text[0], scan)) return fail_at(Errc::malformed, line_number_, text, "a heaptrack event");
        return std::move(error_);
    }

    [[nodiscard]] bool started() const noexcept { return version_known_; }
    [[nodiscard]] Series finish() && {
        replay_.snapshot(clock_);
        Series series = std::move(replay_).finish();
        series.format = interpreted_ ? "heaptrack" : "heaptrack, raw";
        return series;
    }

  private:
    bool dispatch(char kind, Scan& scan) {
        switch (kind) {
            case 'v': return version(scan);
            case 's': return string(scan);
            case 'm': return module(scan);
            case 'x': return executable(scan);
            case 'i': return instruction(scan);
            case 't': return trace(scan);
            case 'a': return allocation_kind(scan);
            case '+': return interpreted_ ? allocate_known(scan) : allocate(scan);
            case '-': return interpreted_ ? free_known(scan) : free_block(scan);
            case 'c': return clock(scan);
            case 'R': return rss(scan);
            case 'A':
                replay_.series().notes.emplace_back(
                    "heaptrack was attached to a running process: what was allocated before is not in it");
                return true;
            default: return true;  // X, I, S and what later versions add do not change what is live
        }
    }

    bool version(Scan& scan) {
        const auto program = scan.number(16);
        scan.skip_blanks();
        const auto format = scan.number(16);
        if (!program) return false;
        version_known_ = true;
        if (!format || *format < 2 || *format > 3)
            error_ = fail(Errc::unsupported_version, "heaptrack file format " +
                                                         (format ? std::to_string(*format) : std::string{"1"}) +
                                                         ": supported are 2 and 3 (heaptrack 1.2 and later)");
        return true;
    }

    static bool sized_text(Scan& scan, std::string_view& text) {
        const auto size = scan.number(16);
        if (!size || !scan.skip(' ') || *size > scan.rest().size()) return false;
        text = scan.rest().substr(0, *size);
        scan.skip(text);
        return true;
    }
    bool string(Scan& scan) {
        std::string_view text;
        if (!sized_text(scan, text) || strings_.size() == max_table) return false;
        interpreted_ = true;
        strings_.push_back(replay_.series().intern(text));
        return true;
    }
    bool executable(Scan& scan) {
        std::string_view text;
        if (!sized_text(scan, text)) return false;
        executable_ = text;
        return true;
    }
    /// "m 1 -" forgets all modules; otherwise a path, its load bias and pairs of segment address and size.
    bool module(Scan& scan) {
        std::string_view path;
        if (!sized_text(scan, path)) return false;
        if (path == "-") {
            replay_.forget_modules();
            return true;
        }
        scan.skip_blanks();
        const auto bias = scan.number(16);
        if (!bias) return false;
        const std::string name{path == "x" ? std::string_view{executable_} : path};
        for (scan.skip_blanks(); !scan.done(); scan.skip_blanks()) {
            const auto address = scan.number(16);
            scan.skip_blanks();
            const auto size = scan.number(16);
            if (!address || !size) return false;
            replay_.add_segment(name, *bias, *address, *size);
        }
        return true;
    }

    /// "i address module [function file line]..." with the innermost inlined function first.
    bool instruction(Scan& scan) {
        std::array<std::uint64_t, 2> place{};
        for (auto& number : place) {
            const auto value = scan.number(16);
            if (!value) return false;
            number = *value;
            scan.skip_blanks();
        }
        std::vector<SourceLine> lines;
        while (!scan.done() && lines.size() < max_stack_depth) {
            SourceLine line;
            if (!source_line(scan, line)) return false;
            lines.push_back(line);
        }
        if (place[1] > strings_.size()) return false;
        const StringIndex module = place[1] == 0 ? StringIndex{} : strings_[place[1] - 1];
        return replay_.add_instruction(place[0], module, std::move(lines));
    }
    bool source_line(Scan& scan, SourceLine& line) {
        const auto function = scan.number(16);
        if (!function || *function > strings_.size()) return false;
        if (*function > 0) line.function = strings_[*function - 1];
        scan.skip_blanks();
        if (scan.done()) return true;
        const auto file = scan.number(16);
        scan.skip_blanks();
        const auto number = scan.number(16);
        if (!file || *file > strings_.size() || !number) return false;
        if (*file > 0) line.file = strings_[*file - 1];
        line.line = static_cast<std::uint32_t>(*number);
        scan.skip_blanks();
        return true;
    }

    bool trace(Scan& scan) {
        const auto instruction = scan.number(16);
        scan.skip_blanks();
        const auto parent = scan.number(16);
        if (!instruction || !parent) return false;
        return interpreted_ ? replay_.add_trace(*instruction, *parent) : replay_.add_raw_trace(*instruction, *parent);
    }

    bool allocation_kind(Scan& scan) {
        const auto size = scan.number(16);
        scan.skip_blanks();
        const auto trace = scan.number(16);
        if (!size || *size > max_value || !trace || !replay_.has_trace(*trace) || kinds_.size() == max_table)
            return false;
        interpreted_ = true;
        kinds_.push_back({*size, *trace});
        return true;
    }
    bool allocate_known(Scan& scan) {
        const auto kind = scan.number(16);
        if (!kind || *kind >= kinds_.size()) return false;
        replay_.allocate(kinds_[*kind].trace, kinds_[*kind].size);
        return true;
    }
    bool free_known(Scan& scan) {
        const auto kind = scan.number(16);
        return kind && *kind < kinds_.size() && replay_.release(kinds_[*kind].trace, kinds_[*kind].size);
    }
    bool allocate(Scan& scan) {
        const auto size = scan.number(16);
        scan.skip_blanks();
        const auto trace = scan.number(16);
        scan.skip_blanks();
        const auto address = scan.number(16);
        if (!size || *size > max_value || !trace || !replay_.has_trace(*trace) || !address) return false;
        if (blocks_.size() == max_table) return false;
        if (!blocks_.try_emplace(*address, Block{*size, *trace}).second) return true;  // its free was not seen
        replay_.allocate(*trace, *size);
        return true;
    }
    bool free_block(Scan& scan) {
        const auto address = scan.number(16);
        if (!address) return false;
        const auto block = blocks_.find(*address);
        if (block == blocks_.end()) return true;  // allocated before the recording began
        const Block freed = block->second;
        blocks_.erase(block);
        return replay_.release(freed.trace, freed.size);
    }

    bool clock(Scan& scan) {
        const auto milliseconds = scan.number(16);
        if (!milliseconds || *milliseconds > max_value) return false;
        clock_ = std::max(clock_, static_cast<double>(*milliseconds) / 1000);
        replay_.advance(clock_);
        return true;
    }
    bool rss(Scan& scan) {
        const auto pages = scan.number(16);
        if (!pages || *pages > max_value) return false;
        constexpr std::uint64_t page = 4096;
        replay_.set_rss(*pages * page);
        return true;
    }

    struct Block {
        std::uint64_t size;
        std::uint64_t trace;
    };

    std::size_t line_number_ = 0;
    bool version_known_ = false;
    bool interpreted_ = false;
    Result<> error_;
    double clock_ = 0;
    std::string executable_;
    std::vector<StringIndex> strings_;
    std::vector<Block> kinds_;
    std::unordered_map<std::uint64_t, Block> blocks_;
    HeaptrackReplay replay_;
};

/// Cuts pieces of text into lines.
class LineFeed {
  public:
    explicit LineFeed(HeaptrackReader& reader) : reader_{reader} {}
    Result<> operator()(std::string_view piece) {
        while (!piece.empty()) {
            const std::size_t end = piece.find('\n');
            if (pending_.size() + std::min(end, piece.size()) > max_line)
                return fail(reader_.started() ? Errc::malformed : Errc::not_a_profile, "a line of more than 1 MiB");
            if (end == std::string_view::npos) {
                pending_ += piece;
                return {};
            }
            std::string_view line = piece.substr(0, end);
            if (!pending_.empty()) line = pending_ += line;
            if (auto read = reader_.line(line); !read) return read;
            pending_.clear();
            piece.remove_prefix(end + 1);
        }
        return {};
    }
    [[nodiscard]] bool has_rest() const noexcept { return !pending_.empty(); }

  private:
    HeaptrackReader& reader_;
    std::string pending_;
};

}  // namespace

Result<Series> read_heaptrack(std::string_view bytes) {
    HeaptrackReader reader;
    LineFeed feed{reader};
    const auto done = decompress(bytes, max_log_bytes, [&](std::string_view piece) { return feed(piece); });
    const bool ends_early = !done && done.error().code == Errc::truncated && reader.started();
    if (!done && !ends_early) return tl::unexpected{done.error()};
    if (!reader.started()) return fail(Errc::not_a_profile, "no heaptrack version line at its start");
    Series series = std::move(reader).finish();
    if (ends_early || feed.has_rest())
        series.notes.emplace_back(
            "the heaptrack file ends early: read up to there (the process or the recorder was killed)");
    return series;
}

}  // namespace heaptrend
