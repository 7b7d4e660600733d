#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "heaptrend/verdict.hpp"

namespace heaptrend {

/// Growth that is known and accepted: a pattern for an owner's title, and how often it was used.
struct Suppression {
    std::string pattern;
    std::size_t line = 0;
    std::size_t matches = 0;
};
/// One pattern a line, * and ? as in matches(); blank lines and # comments are skipped. At most 10,000.
[[nodiscard]] Result<std::vector<Suppression>> parse_suppressions(std::string_view text);

/// The upper ends of the rates, in bytes a second, of a report that was accepted, by owner's title.
using Baseline = std::map<std::string, double, std::less<>>;
/// Reads what json_report() wrote.
[[nodiscard]] Result<Baseline> parse_baseline(std::string_view json);

struct Offence {
    std::string title;
    std::string message;
};

struct CheckResult {
    std::vector<Offence> offences;
    std::vector<std::string> passed;  ///< titles of the owners looked at that do not offend
    std::vector<std::string> notes;   ///< suppressed offenders, suppressions without use
    bool can_tell = true;
};

/// An owner offends when it was convicted and even the lower end of its rate passes the limit, or the limit beyond what
/// the baseline allows. `suppressions` count their matches.
[[nodiscard]] CheckResult check(const Verdict& verdict, const Series& series, double max_bytes_per_second,
                                const Baseline& baseline, std::vector<Suppression>& suppressions);

/// As CI servers read it: one test case an owner.
[[nodiscard]] std::string junit_xml(const CheckResult& result);

}  // namespace heaptrend
