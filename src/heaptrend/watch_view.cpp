#include "heaptrend/watch_view.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "heaptrend/units.hpp"

namespace heaptrend {
namespace {

constexpr std::size_t line_sparkline = 40;
constexpr std::size_t screen_sparkline = 72;

std::string size(std::uint64_t bytes) { return format_bytes(static_cast<double>(bytes)); }

std::string sizes(const MemorySample& sample) {
    std::string text = "RSS " + size(sample.rss);
    if (sample.pss > 0) text += ", PSS " + size(sample.pss);
    text += ", anonymous " + size(sample.anonymous) + ", stacks " + size(sample.stack);
    if (sample.swap > 0) text += ", swap " + size(sample.swap);
    return text;
}

std::string limits(const MemorySample& sample) {
    std::string text;
    if (sample.limit) {
        text = "cgroup limit " + size(*sample.limit);
        if (sample.in_group) text += ", used " + size(*sample.in_group);
    } else if (sample.available > 0) {
        text = "no cgroup limit, " + size(sample.available) + " available on this machine";
    }
    if (sample.pressure)
        text += (text.empty() ? "" : ", ") + std::string{"memory pressure "} +
                std::to_string(std::lround(*sample.pressure)) + " %";
    return text;
}

std::string growth(const Trend& trend) {
    if (trend.bytes_per_second <= 0) return {};
    constexpr double hour = 3600;
    std::string text = "grows " + format_bytes(trend.bytes_per_second * hour) + "/h";
    if (trend.seconds_to_limit)
        text += (trend.limit_is_machine ? ", the machine is out of memory in " : ", limit reached in ") +
                format_duration(*trend.seconds_to_limit);
    return text;
}

std::string padded(std::string text, std::size_t width) {
    text.insert(0, text.size() < width ? width - text.size() : 0, ' ');
    return text;
}

}  // namespace

std::string watch_line(const WatchState& state) {
    const MemorySample& sample = state.samples.back();
    std::string text = sparkline(state.samples, line_sparkline) + "  " + sizes(sample);
    if (sample.limit) text += ", limit " + size(*sample.limit);
    if (sample.pressure && *sample.pressure > 0)
        text += ", pressure " + std::to_string(std::lround(*sample.pressure)) + " %";
    const std::string grows = growth(state.trend);
    return text + (grows.empty() ? "" : "; ") + grows + "\n";
}

std::string watch_screen(const WatchState& state) {
    const MemorySample& sample = state.samples.back();
    std::string text = state.name + ", watched for " + format_duration(sample.time - state.samples.front().time) +
                       "\n" + sparkline(state.samples, screen_sparkline) + "  anonymous\n" + sizes(sample) + "\n";
    if (const std::string line = limits(sample); !line.empty()) text += line + "\n";
    const std::string grows = growth(state.trend);
    text += (grows.empty() ? "no sustained growth so far" : grows) + "\n";
    if (!state.heap) return text;
    text += "\n        live      +-  owner\n";
    for (const LiveOwner& owner : state.heap->owners)
        text += padded(format_bytes(owner.bytes), 12) + padded(format_bytes(2 * owner.error), 8) + "  " + owner.title +
                (owner.growing ? "  GROWS" : "") + "\n";
    for (const std::string& line : state.heap->verdict) text += line + "\n";
    return text;
}

std::string watch_object(const WatchState& state) {
    const MemorySample& sample = state.samples.back();
    boost::json::object json{{"schema", "heaptrend-watch-1"},
                             {"time", sample.time},
                             {"rss", sample.rss},
                             {"pss", sample.pss},
                             {"anonymous", sample.anonymous},
                             {"stacks", sample.stack},
                             {"swap", sample.swap},
                             {"available", sample.available},
                             {"bytes_per_second", state.trend.bytes_per_second}};
    if (sample.limit) json["limit"] = *sample.limit;
    if (sample.in_group) json["in_group"] = *sample.in_group;
    if (sample.pressure) json["pressure"] = *sample.pressure;
    if (state.trend.seconds_to_limit) json["seconds_to_limit"] = *state.trend.seconds_to_limit;
    if (!state.heap) return boost::json::serialize(json);
    boost::json::array owners;
    for (const LiveOwner& owner : state.heap->owners)
        owners.push_back(boost::json::object{
            {"title", owner.title}, {"bytes", owner.bytes}, {"error", owner.error}, {"growing", owner.growing}});
    json["owners"] = std::move(owners);
    json["verdict"] = boost::json::array(state.heap->verdict.begin(), state.heap->verdict.end());
    return boost::json::serialize(json);
}

}  // namespace heaptrend
