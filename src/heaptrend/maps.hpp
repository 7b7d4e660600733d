#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heaptrend {

/// One line of /proc/PID/maps (proc(5)) that is backed by a file or by the kernel's vdso.
struct Mapping {
    std::uint64_t start = 0;
    std::uint64_t end = 0;     ///< exclusive
    std::uint64_t offset = 0;  ///< into the file
    std::uint64_t inode = 0;
    bool executable = false;
    bool deleted = false;  ///< the file was removed or replaced while mapped
    std::string path;      ///< may contain blanks; without the " (deleted)" that the kernel appends
    std::string build_id;  ///< lower-case hex, when the writer knew it

    [[nodiscard]] bool contains(std::uint64_t address) const noexcept { return address >= start && address < end; }
};

inline constexpr std::size_t max_mappings = 262'144;

/// Reads one line without its newline. Nothing for a line that is not one of maps, or maps no file.
/// Anonymous mappings, stacks and heaps hold no code and are left out.
[[nodiscard]] bool parse_mapping(std::string_view line, Mapping& out);

/// All file mappings of a maps text, sorted by address; lines that are not maps are skipped. At most max_mappings.
[[nodiscard]] std::vector<Mapping> parse_maps(std::string_view text);

/// The mapping that covers `address`, or null. `sorted` as parse_maps returns it.
[[nodiscard]] const Mapping* find_mapping(const std::vector<Mapping>& sorted, std::uint64_t address) noexcept;

}  // namespace heaptrend
