#include "heaptrend/diff.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <map>

#include "heaptrend/units.hpp"

namespace heaptrend {
namespace {

constexpr double false_discovery_rate = 0.05;
constexpr double normal_quantile = 1.96;

struct Pair {
    std::string title;
    Cost before;
    Cost after;
};

/// The same in every run: the module's file name, or its build-id where only the offset tells the function.
std::string key_of(const Series& series, const Owner& owner) {
    const Module& module = series.module(owner.module);
    const std::string& place = owner.named || module.build_id.empty() ? module_name(module) : module.build_id;
    return place + '\n' + owner.function + '\n' + owner.caller;
}

void add(const Series& series, const FoldRules& rules, Cost Pair::*side, std::map<std::string, Pair>& pairs) {
    if (series.snapshots.empty()) return;
    const Folded folded = fold(series, rules);
    for (const Entry& entry : series.snapshots.back().entries) {
        const Owner& owner = folded.owners[folded.owner_of[entry.stack.value].value];
        Pair& pair = pairs[key_of(series, owner)];
        if (pair.title.empty()) pair.title = owner.title(series);
        pair.*side += entry.live;
    }
}

/// Two-sided, for a difference of independent estimates.
double p_value(double difference, double variance) {
    if (variance <= 0) return difference == 0 ? 1 : 0;
    return std::erfc(std::abs(difference) / std::sqrt(2 * variance));
}

}  // namespace

std::vector<OwnerDifference> diff(const Series& before, const Series& after, const FoldRules& rules) {
    std::map<std::string, Pair> pairs;
    add(before, rules, &Pair::before, pairs);
    add(after, rules, &Pair::after, pairs);
    std::vector<OwnerDifference> differences;
    std::vector<double> p_values;
    for (const auto& [key, pair] : pairs) {
        const Cost change = pair.after - pair.before;
        const double width = normal_quantile * std::sqrt(change.variance);
        differences.push_back({.title = pair.title,
                               .before = pair.before.bytes,
                               .after = pair.after.bytes,
                               .interval = {.low = change.bytes - width, .high = change.bytes + width},
                               .significant = false});
        // One sample alone has a variance estimated from itself: such a difference is never called real.
        const bool enough = change.variance <= 0 || pair.before.samples + pair.after.samples >= 5;
        p_values.push_back(enough ? p_value(change.bytes, change.variance) : 1);
    }
    const auto rejected = reject(p_values, false_discovery_rate);
    for (std::size_t i = 0; i < differences.size(); ++i) differences[i].significant = rejected[i];
    std::stable_sort(differences.begin(), differences.end(), [](const OwnerDifference& a, const OwnerDifference& b) {
        return std::abs(a.bytes()) > std::abs(b.bytes());
    });
    return differences;
}

std::string text_diff(const std::vector<OwnerDifference>& differences, std::size_t max_rows) {
    double before = 0;
    double after = 0;
    for (const OwnerDifference& difference : differences) {
        before += difference.before;
        after += difference.after;
    }
    std::string text = "live bytes " + format_bytes(before) + " before, " + format_bytes(after) +
                       " after, difference " + format_bytes(after - before) + "\n\n";
    for (std::size_t i = 0; i < std::min(max_rows, differences.size()); ++i) {
        const OwnerDifference& d = differences[i];
        std::string change = (d.bytes() > 0 ? "+" : "") + format_bytes(d.bytes());
        change.insert(0, change.size() < 12 ? 12 - change.size() : 0, ' ');
        text += change + " [" + format_bytes(d.interval.low) + ", " + format_bytes(d.interval.high) + "]" +
                (d.significant ? "  " : "  (may be chance)  ") + d.title + "\n";
    }
    return text;
}

std::string json_diff(const std::vector<OwnerDifference>& differences) {
    boost::json::array owners;
    for (const OwnerDifference& d : differences)
        owners.push_back(boost::json::object{{"title", d.title},
                                             {"before", d.before},
                                             {"after", d.after},
                                             {"bytes", d.bytes()},
                                             {"low", d.interval.low},
                                             {"high", d.interval.high},
                                             {"significant", d.significant}});
    return boost::json::serialize(boost::json::object{{"schema", "heaptrend-diff-1"}, {"owners", std::move(owners)}}) +
           "\n";
}

}  // namespace heaptrend
