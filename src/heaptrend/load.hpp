#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "heaptrend/dump.hpp"
#include "heaptrend/error.hpp"
#include "heaptrend/series.hpp"

namespace heaptrend {

enum class Format : std::uint8_t { unknown, heap_v2, gperftools, heaptrack, massif };

/// By the first bytes; compressed input counts as heaptrack, whose files are the only ones that come so.
[[nodiscard]] Format format_of(std::string_view bytes) noexcept;
[[nodiscard]] std::string_view name_of(Format format) noexcept;

inline constexpr std::uint64_t max_file_bytes = std::uint64_t{8} << 30U;
inline constexpr std::size_t max_series_files = 100'000;

/// What the name of a dump tells: jemalloc's PREFIX.PID.SEQ.KIND.heap, gperftools' PREFIX.SEQ.heap.
struct DumpName {
    std::uint64_t process = 0;  ///< 0 when the name does not tell
    std::uint64_t sequence = 0;
    bool final = false;  ///< jemalloc's own dump at the end of the program
};
[[nodiscard]] DumpName parse_dump_name(std::string_view file_name) noexcept;

/// Reads one series: heap dumps of one process, in any order, or one heaptrack or massif file. `arguments` are files,
/// directories or patterns. Dumps that are damaged are left out with a note as long as two are whole. Files of
/// several processes, formats or sampling periods are refused, because what they show together would mean nothing.
[[nodiscard]] Result<Series> load_series(const std::vector<std::string>& arguments);

}  // namespace heaptrend
