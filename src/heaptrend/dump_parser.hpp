#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "heaptrend/dump.hpp"
#include "heaptrend/scan.hpp"

namespace heaptrend {

/// "objects: bytes [objects: bytes]", the pair of counts that jemalloc and gperftools share.
struct CountLine {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    std::uint64_t allocated_objects = 0;
    std::uint64_t allocated_bytes = 0;
};

/// Reads the counts from where `scan` stands. Nothing when they are malformed, above max_value, or when bytes stand
/// without objects.
[[nodiscard]] std::optional<CountLine> parse_counts(Scan& scan) noexcept;

/// Appends the "0x.. 0x.." addresses up to the end of the line. False when one is malformed or a limit is passed.
[[nodiscard]] bool parse_addresses(Scan& scan, Dump& dump, DumpStack& stack);

/// An error that names the line and shows its beginning, with what is not printable replaced.
[[nodiscard]] tl::unexpected<Error> fail_at(Errc code, std::size_t line_number, std::string_view line,
                                            std::string_view expected);

/// The beginning of `text` in printable characters, for messages.
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t limit = 60);

}  // namespace heaptrend
