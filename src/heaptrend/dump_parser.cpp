#include "heaptrend/dump_parser.hpp"

namespace heaptrend {
namespace {

bool parse_pair(Scan& scan, std::uint64_t& objects, std::uint64_t& bytes) noexcept {
    scan.skip_blanks();
    const auto count = scan.number();
    if (!count || !scan.skip(':')) return false;
    scan.skip_blanks();
    const auto size = scan.number();
    if (!size || *count > max_value || *size > max_value || (*count == 0 && *size != 0)) return false;
    objects = *count;
    bytes = *size;
    return true;
}

}  // namespace

std::optional<CountLine> parse_counts(Scan& scan) noexcept {
    CountLine counts;
    if (!parse_pair(scan, counts.objects, counts.bytes)) return std::nullopt;
    scan.skip_blanks();
    if (!scan.skip('[') || !parse_pair(scan, counts.allocated_objects, counts.allocated_bytes) || !scan.skip(']'))
        return std::nullopt;
    scan.skip_blanks();
    return counts;
}

bool parse_addresses(Scan& scan, Dump& dump, DumpStack& stack) {
    stack.first = static_cast<std::uint32_t>(dump.addresses.size());
    for (scan.skip_blanks(); !scan.done(); scan.skip_blanks()) {
        scan.skip("0x");
        const auto address = scan.number(16);
        if (!address || stack.depth == max_stack_depth || dump.addresses.size() == max_addresses) return false;
        dump.addresses.push_back(*address);
        ++stack.depth;
    }
    return true;
}

std::string excerpt(std::string_view text, std::size_t limit) {
    std::string shown{text.substr(0, limit)};
    for (char& c : shown)
        if (c < ' ' || c > '~') c = '?';
    if (text.size() > limit) shown += "...";
    return shown;
}

tl::unexpected<Error> fail_at(Errc code, std::size_t line_number, std::string_view line, std::string_view expected) {
    return fail(code, "line " + std::to_string(line_number) + " is \"" + excerpt(line) + "\", expected " +
                          std::string{expected});
}

Cost Dump::live() const {
    Cost total;
    for (const DumpStack& stack : stacks) total += stack.live;
    return total;
}

}  // namespace heaptrend
