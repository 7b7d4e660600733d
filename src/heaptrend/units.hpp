#pragma once

#include <string>
#include <string_view>

#include "heaptrend/error.hpp"
#include "heaptrend/statistics.hpp"

/// Numbers as people read and write them. Sizes are decimal: 1 MB is 1,000,000 bytes.
namespace heaptrend {

/// "512 B", "36.2 MB"; three digits, with a sign when negative.
[[nodiscard]] std::string format_bytes(double bytes);

/// "36.2 MB/min [33.1, 39.0]" for a growth of `bytes` in `seconds`, in the unit of time that suits it: /s, /min, /h,
/// /day.
[[nodiscard]] std::string format_rate(double bytes, const Interval& interval, double seconds);

/// "4.2 s", "12 min", "3.1 h".
[[nodiscard]] std::string format_duration(double seconds);

/// Bytes per second from "1MB/h", "500 kB/min", "2MiB/s", "10GB/day"; "0" alone is none.
[[nodiscard]] Result<double> parse_rate(std::string_view text);

/// Text for XML, HTML and SVG: & < > " and ' replaced, control characters dropped.
[[nodiscard]] std::string escape_markup(std::string_view text);

}  // namespace heaptrend
