#include "heaptrend/maps.hpp"

#include <algorithm>

#include "heaptrend/scan.hpp"

namespace heaptrend {

bool parse_mapping(std::string_view line, Mapping& out) {
    Scan scan{line};
    const auto start = scan.number(16);
    if (!start || !scan.skip('-')) return false;
    const auto end = scan.number(16);
    if (!end || *end <= *start || !scan.skip(' ')) return false;
    const std::string_view rights = scan.word();
    scan.skip_blanks();
    const auto offset = scan.number(16);
    if (rights.size() < 4 || !offset) return false;
    scan.skip_blanks();
    const bool has_device = !scan.word().empty();
    scan.skip_blanks();
    const auto inode = scan.number();
    if (!has_device || !inode) return false;
    scan.skip_blanks();
    std::string_view path = scan.rest();
    constexpr std::string_view deleted_mark = " (deleted)";
    const bool deleted = path.ends_with(deleted_mark);
    if (deleted) path.remove_suffix(deleted_mark.size());
    if (!path.starts_with('/') && path != "[vdso]") return false;
    out = {.start = *start,
           .end = *end,
           .offset = *offset,
           .inode = *inode,
           .executable = rights[2] == 'x',
           .deleted = deleted,
           .path = std::string{path},
           .build_id = {}};
    return true;
}

std::vector<Mapping> parse_maps(std::string_view text) {
    std::vector<Mapping> mappings;
    while (!text.empty() && mappings.size() < max_mappings) {
        Mapping mapping;
        if (parse_mapping(next_line(text), mapping)) mappings.push_back(std::move(mapping));
    }
    std::sort(mappings.begin(), mappings.end(), [](const Mapping& a, const Mapping& b) { return a.start < b.start; });
    return mappings;
}

const Mapping* find_mapping(const std::vector<Mapping>& sorted, std::uint64_t address) noexcept {
    auto next = std::upper_bound(sorted.begin(), sorted.end(), address,
                                 [](std::uint64_t value, const Mapping& mapping) { return value < mapping.start; });
    if (next == sorted.begin()) return nullptr;
    const Mapping& mapping = *std::prev(next);
    return mapping.contains(address) ? &mapping : nullptr;
}

}  // namespace heaptrend
