#include "heaptrend/dump_parser.hpp"

namespace heaptrend {
namespace {

constexpr std::string_view magic = "heap profile:";
constexpr std::string_view libraries_title = "MAPPED_LIBRARIES:";

/// What follows the "@" of the header decides what the counts mean.
Result<> read_kind(std::string_view kind, Dump& dump) {
    while (kind.ends_with(' ')) kind.remove_suffix(1);
    Scan scan{kind};
    if (kind == "heapprofile" || kind == "heap") {
        dump.has_allocated = true;
        return {};
    }
    if (kind == "growth" || kind == "growthz") {
        dump.notes.emplace_back("stacks are those that made the heap grow, not those that hold it");
        return {};
    }
    const bool legacy = !scan.skip("heap_v2/");
    if (legacy && !scan.skip("heap/"))
        return fail(Errc::unsupported_version,
                    "\"@ " + excerpt(kind) + "\": known are heapprofile, heap_v2/N, heap/N and growth");
    const auto period = scan.number();
    if (!period || *period == 0 || *period > max_value || !scan.done())
        return fail(Errc::malformed, "line 1: \"@ " + excerpt(kind) + "\" has no sampling period in bytes");
    dump.sample_period = static_cast<double>(*period) / (legacy ? 2 : 1);  // the old header states twice the period
    if (dump.sample_period <= 1) dump.sample_period = 0;
    dump.pre_distorted = false;
    return {};
}

Result<> read_header(std::string_view line, Dump& dump) {
    Scan scan{line};
    if (!scan.skip(magic)) return fail(Errc::not_a_profile, "no \"heap profile:\" at its start");
    if (!parse_counts(scan) || !scan.skip('@'))
        return fail_at(Errc::malformed, 1, line, "heap profile: objects: bytes [objects: bytes] @ kind");
    scan.skip_blanks();
    return read_kind(scan.rest(), dump);
}

Result<> read_bucket(std::string_view line, std::size_t number, Dump& dump) {
    Scan scan{line};
    const auto counts = parse_counts(scan);
    DumpStack stack;
    if (!counts || !scan.skip('@') || !parse_addresses(scan, dump, stack))
        return fail_at(Errc::malformed, number, line, "objects: bytes [objects: bytes] @ addresses");
    if (dump.stacks.size() == max_stacks)
        return fail(Errc::limit_exceeded, "more than " + std::to_string(max_stacks) + " stacks");
    stack.live = unbias(counts->objects, counts->bytes, dump.sample_period);
    stack.allocated = unbias(counts->allocated_objects, counts->allocated_bytes, dump.sample_period);
    dump.stacks.push_back(stack);
    return {};
}

}  // namespace

Result<Dump> read_gperftools(std::string_view text) {
    Dump dump;
    if (const auto header = read_header(next_line(text), dump); !header) return tl::unexpected{header.error()};
    for (std::size_t number = 2; !text.empty(); ++number) {
        bool complete = false;
        const std::string_view line = next_line(text, &complete);
        if (line == libraries_title) {
            dump.mappings = parse_maps(text);
            if (dump.mappings.empty()) dump.notes.emplace_back("no mapped libraries in it: addresses cannot be named");
            return dump;
        }
        if (line.empty()) continue;
        if (!complete) break;
        if (const auto read = read_bucket(line, number, dump); !read) return tl::unexpected{read.error()};
    }
    return fail(Errc::truncated, "ends before MAPPED_LIBRARIES: (disk full, or the process died while it wrote)");
}

}  // namespace heaptrend
