#pragma once

#include <string>

#include "heaptrend/verdict.hpp"

/// The forms in which a verdict is told. All are complete texts; writing them to files is the caller's.
namespace heaptrend {

enum class Measure : std::uint8_t { live, growth };  ///< what the width of a flame graph or a folded stack shows

struct ReportOptions {
    std::size_t max_owners = 15;  ///< in tables
};

/// For a terminal of any width.
[[nodiscard]] std::string text_report(const Series& series, const Verdict& verdict, const ReportOptions& options = {});

/// Schema "heaptrend-report-1": see docs/heaptrend.md.
[[nodiscard]] std::string json_report(const Series& series, const Verdict& verdict);

/// "root;...;leaf BYTES" a line, as flamegraph.pl and speedscope read. Growth leaves out what shrank.
[[nodiscard]] std::string folded_stacks(const Series& series, const Verdict& verdict, Measure measure);

/// The last snapshot as a gzipped profile.proto (github.com/google/pprof), un-biased, with growth as its last value.
/// Stacks begin at their owner.
[[nodiscard]] std::string pprof_profile(const Series& series, const Verdict& verdict);

/// A flame graph as one SVG file with search and zoom, root at the bottom.
[[nodiscard]] std::string flame_graph(const Series& series, const Verdict& verdict, Measure measure);

/// The verdict, the trend of the first owners, and the call graph of the suspects, for printing.
[[nodiscard]] Result<std::string> pdf_report(const Series& series, const Verdict& verdict);

/// One file with everything; needs no network.
[[nodiscard]] std::string html_report(const Series& series, const Verdict& verdict, const ReportOptions& options = {});

}  // namespace heaptrend
