#include "heaptrend/check.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "heaptrend/scan.hpp"
#include "heaptrend/units.hpp"

namespace heaptrend {
namespace {

constexpr std::size_t max_suppressions = 10'000;

bool is_suppressed(std::vector<Suppression>& suppressions, const std::string& title) {
    for (Suppression& suppression : suppressions) {
        if (!matches(suppression.pattern, title)) continue;
        ++suppression.matches;
        return true;
    }
    return false;
}

}  // namespace

Result<std::vector<Suppression>> parse_suppressions(std::string_view text) {
    std::vector<Suppression> suppressions;
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view line = next_line(text);
        while (line.ends_with(' ')) line.remove_suffix(1);
        while (line.starts_with(' ')) line.remove_prefix(1);
        if (line.empty() || line.starts_with('#')) continue;
        if (suppressions.size() == max_suppressions)
            return fail(Errc::limit_exceeded, "more than " + std::to_string(max_suppressions) + " suppressions");
        suppressions.push_back({std::string{line}, number, 0});
    }
    return suppressions;
}

Result<Baseline> parse_baseline(std::string_view text) {
    boost::json::error_code error;
    const boost::json::value value = boost::json::parse({text.data(), text.size()}, error);
    const auto* report = error ? nullptr : value.if_object();
    const auto* schema = report != nullptr ? report->if_contains("schema") : nullptr;
    const auto* owners = report != nullptr ? report->if_contains("owners") : nullptr;
    if (schema == nullptr || *schema != "heaptrend-report-1" || owners == nullptr || !owners->is_array())
        return fail(Errc::bad_argument, "baseline: not the JSON of \"heaptrend report --json\"");
    Baseline baseline;
    for (const auto& owner : owners->get_array()) {
        boost::json::error_code missing;
        const auto* title = owner.find_pointer("/title", missing);
        const auto* high = owner.find_pointer("/growth/bytes_per_second_high", missing);
        if (title == nullptr || !title->is_string() || high == nullptr || !high->is_double())
            return fail(Errc::bad_argument, "baseline: an owner without title or growth");
        baseline[std::string{title->get_string()}] = std::max(high->get_double(), 0.0);
    }
    return baseline;
}

CheckResult check(const Verdict& verdict, const Series& series, double max_bytes_per_second, const Baseline& baseline,
                  std::vector<Suppression>& suppressions) {
    CheckResult result;
    result.can_tell = verdict.can_tell;
    for (const OwnerGrowth& owner : verdict.owners) {
        const std::string title = verdict.folded.owners[owner.owner.value].title(series);
        const auto known = baseline.find(title);
        const double allowed = max_bytes_per_second + (known != baseline.end() ? known->second : 0);
        const Growth& growth = owner.judgement.growth;
        const double slowest = growth.seconds > 0 ? growth.interval.low / growth.seconds : 0;
        if (!owner.judgement.growing || slowest <= allowed) {
            result.passed.push_back(title);
        } else if (is_suppressed(suppressions, title)) {
            result.notes.push_back("suppressed: " + title);
            result.passed.push_back(title);
        } else {
            result.offences.push_back({title, sentence(verdict, owner, series)});
        }
    }
    for (const Suppression& suppression : suppressions)
        if (suppression.matches == 0)
            result.notes.push_back("suppression in line " + std::to_string(suppression.line) +
                                   " matched nothing: " + suppression.pattern);
    return result;
}

std::string junit_xml(const CheckResult& result) {
    const std::size_t tests = result.offences.size() + result.passed.size() + (result.can_tell ? 0 : 1);
    std::string xml =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"heaptrend\" tests=\"" +
        std::to_string(tests) + "\" failures=\"" + std::to_string(result.offences.size()) + "\" errors=\"" +
        (result.can_tell ? "0" : "1") + "\">\n";
    const auto open = [](const std::string& title) {
        return "<testcase classname=\"heaptrend\" name=\"" + escape_markup(title) + "\"";
    };
    if (!result.can_tell)
        xml += open("series") + "><error message=\"too few snapshots to judge growth\"/></testcase>\n";
    for (const Offence& offence : result.offences)
        xml += open(offence.title) + "><failure message=\"" + escape_markup(offence.message) + "\"/></testcase>\n";
    for (const std::string& title : result.passed) xml += open(title) + "/>\n";
    return xml + "</testsuite>\n</testsuites>\n";
}

}  // namespace heaptrend
