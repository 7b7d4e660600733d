#include <algorithm>

#include "heaptrend/dump_parser.hpp"

namespace heaptrend {
namespace {

constexpr std::string_view magic = "heap_v2/";
constexpr std::string_view libraries_title = "MAPPED_LIBRARIES:";

/// Reads line by line; a stack is the "@" line and the count lines that follow it.
class HeapV2Reader {
  public:
    explicit HeapV2Reader(std::string_view text) noexcept : text_{text} {}

    Result<Dump> read() {
        if (const auto header = read_header(); !header) return tl::unexpected{header.error()};
        while (!text_.empty()) {
            bool complete = false;
            const std::string_view line = next_line(text_, &complete);
            ++line_number_;
            if (line == libraries_title) return finish();
            if (!complete) return truncated();
            if (const auto read = read_line(line); !read) return tl::unexpected{read.error()};
        }
        return truncated();
    }

  private:
    Result<> read_header() {
        ++line_number_;
        const std::string_view line = next_line(text_);
        Scan scan{line};
        if (!scan.skip(magic)) return fail(Errc::not_a_profile, "no heap_v2/ at its start");
        const auto period = scan.number();
        if (!period || *period == 0 || *period > max_value || !scan.done())
            return fail_at(Errc::malformed, line_number_, line, "heap_v2/ and the sampling period in bytes");
        dump_.sample_period = *period == 1 ? 0 : static_cast<double>(*period);  // lg_prof_sample:0 records every block
        return {};
    }

    Result<> read_line(std::string_view line) {
        Scan scan{line};
        scan.skip_blanks();
        if (scan.done()) return {};
        if (scan.skip('@')) return read_stack(scan, line);
        if (scan.skip('t')) return read_thread(scan, line);
        return fail_at(Errc::malformed, line_number_, line, "@ with addresses, a thread's counts or MAPPED_LIBRARIES:");
    }

    Result<> read_stack(Scan& scan, std::string_view line) {
        close_stack();
        if (dump_.stacks.size() == max_stacks)
            return fail(Errc::limit_exceeded, "more than " + std::to_string(max_stacks) + " stacks");
        DumpStack stack;
        if (!parse_addresses(scan, dump_, stack))
            return fail_at(Errc::malformed, line_number_, line, "at most 1024 addresses in hexadecimal");
        dump_.stacks.push_back(stack);
        return {};
    }

    /// "t*: counts" over all threads, or "tN: counts name" of one.
    Result<> read_thread(Scan& scan, std::string_view line) {
        const bool all = scan.skip('*');
        const auto id = all ? std::optional<std::uint64_t>{0} : scan.number();
        const bool named = id && scan.skip(':');
        const auto counts = named ? parse_counts(scan) : std::nullopt;
        if (!counts) return fail_at(Errc::malformed, line_number_, line, "t*: objects: bytes [objects: bytes]");
        const Cost live = unbias(counts->objects, counts->bytes, dump_.sample_period);
        if (dump_.stacks.empty()) {
            if (!all && dump_.threads.size() < max_threads)
                dump_.threads.push_back({.id = *id, .name = excerpt(scan.rest(), max_name), .live = live});
            return {};
        }
        add(all, live, unbias(counts->allocated_objects, counts->allocated_bytes, dump_.sample_period));
        dump_.has_allocated |= counts->allocated_objects != 0;
        return {};
    }

    /// The line over all threads is exact for the stack by itself; the threads' lines stand in when it is missing.
    void add(bool all, const Cost& live, const Cost& allocated) {
        DumpStack& stack = dump_.stacks.back();
        if (all) {
            stack.live = live;
            stack.allocated = allocated;
            has_total_ = true;
        } else {
            threads_live_ += live;
            threads_allocated_ += allocated;
        }
    }

    void close_stack() {
        if (!dump_.stacks.empty() && !has_total_) {
            dump_.stacks.back().live = threads_live_;
            dump_.stacks.back().allocated = threads_allocated_;
        }
        has_total_ = false;
        threads_live_ = threads_allocated_ = {};
    }

    Result<Dump> finish() {
        close_stack();
        dump_.mappings = parse_maps(text_);
        if (dump_.mappings.empty()) dump_.notes.emplace_back("no mapped libraries in it: addresses cannot be named");
        return std::move(dump_);
    }

    [[nodiscard]] Result<Dump> truncated() const {
        return fail(Errc::truncated, "ends in line " + std::to_string(line_number_) +
                                         " before MAPPED_LIBRARIES: (disk full, or the process died while it wrote)");
    }

    static constexpr std::size_t max_threads = 100'000;
    static constexpr std::size_t max_name = 32;

    std::string_view text_;
    std::size_t line_number_ = 0;
    bool has_total_ = false;
    Cost threads_live_;
    Cost threads_allocated_;
    Dump dump_;
};

}  // namespace

Result<Dump> read_heap_v2(std::string_view text) { return HeapV2Reader{text}.read(); }

}  // namespace heaptrend
