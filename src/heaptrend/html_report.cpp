#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "heaptrend/report.hpp"
#include "heaptrend/units.hpp"

namespace heaptrend {
namespace {

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>heaptrend report</title><style>
body{font:14px sans-serif;margin:24px;max-width:1240px;color:#222}h1{font-size:22px}h2{font-size:17px;margin-top:28px}
.verdict{background:#fff4e0;border-left:4px solid #d08000;padding:8px 12px}.clear{background:#eaf6ea;border-color:#3a8a3a}
table{border-collapse:collapse}td,th{padding:3px 10px;border-bottom:1px solid #ddd;text-align:right}
td{white-space:nowrap}td:last-child{white-space:normal}td:last-child,th:last-child{text-align:left;font-family:monospace}pre{background:#f6f6f6;padding:10px;overflow:auto}
figure{display:inline-block;margin:6px}figcaption{font:12px monospace;max-width:380px;overflow-wrap:anywhere}
</style></head><body><h1>heaptrend</h1>
)";

bool is_empty(const OwnerGrowth& owner) { return owner.judgement.last_bytes <= 0 && owner.judgement.growth.bytes == 0; }

/// Levels over time with twice their sampling error as a band.
std::string trend_chart(const Timeline& timeline, const Track& track) {
    constexpr double w = 380;
    constexpr double h = 130;
    constexpr double left = 62;
    double highest = 1;
    for (const Cost& live : track.live) highest = std::max(highest, live.bytes + 2 * std::sqrt(live.variance));
    const double start = timeline.times.front();
    const double length = std::max(timeline.length(), 1e-9);
    std::string line;
    std::string upper;
    std::string lower;
    for (std::size_t i = 0; i < track.live.size(); ++i) {
        const double x = left + (w - left - 6) * (timeline.times[i] - start) / length;
        const double error = 2 * std::sqrt(track.live[i].variance);
        std::array<char, 64> point{};
        const auto at = [&](double bytes) {
            std::snprintf(point.data(), point.size(), "%.1f,%.1f ", x,
                          h - 20 - (h - 30) * std::max(bytes, 0.0) / highest);
            return std::string{point.data()};
        };
        line += at(track.live[i].bytes);
        upper += at(track.live[i].bytes + error);
        lower.insert(0, at(track.live[i].bytes - error));
    }
    return "<svg width=\"380\" height=\"130\" xmlns=\"http://www.w3.org/2000/svg\"><rect width=\"380\" height=\"130\" "
           "fill=\"#fbfbfb\"/><polygon points=\"" +
           upper + lower + "\" fill=\"#f3c9a0\" opacity=\"0.6\"/><polyline points=\"" + line +
           "\" fill=\"none\" stroke=\"#b03000\" stroke-width=\"1.6\"/><text x=\"4\" y=\"16\" font-size=\"11\">" +
           format_bytes(highest) +
           "</text><text x=\"4\" y=\"112\" font-size=\"11\">0</text><text x=\"62\" y=\"126\" "
           "font-size=\"11\">0</text><text x=\"374\" y=\"126\" font-size=\"11\" text-anchor=\"end\">" +
           format_duration(timeline.length()) + "</text></svg>";
}

std::string table(const Series& series, const Verdict& verdict, const ReportOptions& options) {
    std::string text =
        "<table><tr><th>live</th><th>growth</th><th>95 % "
        "interval</th><th>share</th><th>shape</th><th>owner</th></tr>\n";
    std::size_t rows = std::max(options.max_owners, verdict.convicted);
    for (const OwnerGrowth& owner : verdict.owners) {
        if (is_empty(owner)) continue;
        if (rows-- == 0) break;
        const Growth& growth = owner.judgement.growth;
        text += "<tr><td>" + format_bytes(owner.judgement.last_bytes) + "</td><td>" + format_bytes(growth.bytes) +
                "</td><td>" + format_bytes(growth.interval.low) + " to " + format_bytes(growth.interval.high) +
                "</td><td>" + std::to_string(std::lround(100 * owner.share)) + " %</td><td>" +
                std::string{name_of(owner.judgement.shape)} + "</td><td>" +
                escape_markup(verdict.folded.owners[owner.owner.value].title(series)) + "</td></tr>\n";
    }
    return text + "</table>\n";
}

}  // namespace

std::string html_report(const Series& series, const Verdict& verdict, const ReportOptions& options) {
    std::string html{head};
    for (const std::string& line : summary(verdict, series))
        html += "<p class=\"verdict" + std::string{verdict.convicted == 0 ? " clear" : ""} + "\">" +
                escape_markup(line) + "</p>\n";
    html += "<h2>Trend</h2>\n";
    std::size_t charts = std::max<std::size_t>(verdict.convicted, 6);
    for (const OwnerGrowth& owner : verdict.owners) {
        if (is_empty(owner)) continue;
        if (charts-- == 0) break;
        html += "<figure>" + trend_chart(verdict.timeline, owner.track) + "<figcaption>" +
                escape_markup(verdict.folded.owners[owner.owner.value].title(series)) + "</figcaption></figure>\n";
    }
    html += "<h2>Owners</h2>\n" + table(series, verdict, options);
    html += "<h2>Where it grew</h2>\n" + flame_graph(series, verdict, Measure::growth);
    html += "<h2>What is live</h2>\n" + flame_graph(series, verdict, Measure::live);
    html += "<h2>Stacks and totals</h2>\n<pre>";
    const std::string text = text_report(series, verdict, options);
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        html += escape_markup(rest.substr(0, end)) + "\n";
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return html + "</pre>\n</body></html>\n";
}

}  // namespace heaptrend
