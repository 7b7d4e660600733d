#include "heaptrend/watch_command.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <optional>
#include <ostream>
#include <thread>

#include "heaptrend/commands.hpp"
#include "heaptrend/oom_log.hpp"
#include "heaptrend/process_memory.hpp"
#include "heaptrend/units.hpp"

namespace heaptrend {
namespace {

constexpr std::size_t max_samples = 4'096;  // beyond, every second one goes
constexpr std::size_t sparkline_width = 40;

int refuse(const Error& error, std::ostream& problems) {
    problems << "heaptrend: " << error.message() << '\n';
    return exit_error;
}

std::string words(const MemorySample& sample, const Trend& trend, const std::vector<MemorySample>& samples) {
    std::string text = sparkline(samples, sparkline_width) + "  RSS " + format_bytes(static_cast<double>(sample.rss));
    if (sample.pss > 0) text += ", PSS " + format_bytes(static_cast<double>(sample.pss));
    text += ", anonymous " + format_bytes(static_cast<double>(sample.anonymous));
    if (sample.swap > 0) text += ", swap " + format_bytes(static_cast<double>(sample.swap));
    if (sample.limit) text += ", limit " + format_bytes(static_cast<double>(*sample.limit));
    if (sample.pressure && *sample.pressure > 0)
        text += ", pressure " + std::to_string(std::lround(*sample.pressure)) + " %";
    if (trend.bytes_per_second > 0) {
        constexpr double hour = 3600;
        text += "; grows " + format_bytes(trend.bytes_per_second * hour) + "/h";
    }
    if (trend.seconds_to_limit) text += ", limit reached in " + format_duration(*trend.seconds_to_limit);
    return text;
}

std::string object(const MemorySample& sample, const Trend& trend) {
    boost::json::object json{{"time", sample.time},
                             {"rss", sample.rss},
                             {"pss", sample.pss},
                             {"anonymous", sample.anonymous},
                             {"stack", sample.stack},
                             {"swap", sample.swap},
                             {"bytes_per_second", trend.bytes_per_second}};
    if (sample.limit) json["limit"] = *sample.limit;
    if (sample.in_group) json["in_group"] = *sample.in_group;
    if (sample.pressure) json["pressure"] = *sample.pressure;
    if (trend.seconds_to_limit) json["seconds_to_limit"] = *trend.seconds_to_limit;
    return boost::json::serialize(json);
}

void tell_past_kills(const std::string& name, std::ostream& problems) {
    const auto kills = read_oom_kills();
    if (!kills) {
        problems << "heaptrend: past kills unknown: " << kills.error().message() << '\n';
        return;
    }
    for (const OomKill& kill : *kills)
        if (kill.name == name)
            problems << "heaptrend: the kernel killed " << name << " (process " << kill.process << ") "
                     << format_duration(kill.uptime) << " after the machine started, with "
                     << format_bytes(static_cast<double>(kill.anonymous_bytes)) << " anonymous"
                     << (kill.cgroup ? ", for its cgroup's limit" : "") << '\n';
}

void thin(std::vector<MemorySample>& samples) {
    if (samples.size() < max_samples) return;
    std::vector<MemorySample> kept;
    for (std::size_t i = 0; i < samples.size(); i += 2) kept.push_back(samples[i]);
    samples = std::move(kept);
}

}  // namespace

int run(const WatchCommand& command, std::ostream& out, std::ostream& problems) {
    const auto process = find_process(command.process);
    std::optional<double> allowed;
    if (!command.max_growth.empty()) {
        const auto rate = parse_rate(command.max_growth);
        if (!rate) return refuse(rate.error(), problems);
        allowed = *rate;
    }
    if (!process) return refuse(process.error(), problems);
    auto sample = look_at(*process);
    if (!sample) return refuse(sample.error(), problems);
    tell_past_kills(process_name(*process), problems);
    std::vector<MemorySample> samples;
    const double start = sample->time;
    while (sample) {  // until it has ended
        samples.push_back(*sample);
        thin(samples);
        const Trend trend = trend_of(samples);
        if (command.json)
            out << object(*sample, trend) << std::endl;
        else
            out << (command.terminal ? "\r\033[K" : "") << words(*sample, trend, samples)
                << (command.terminal ? "" : "\n") << std::flush;
        if (allowed && trend.bytes_per_second > *allowed) {
            problems << "\nheaptrend: " << command.process << " grows faster than " << command.max_growth << '\n';
            return exit_growth;
        }
        if (command.seconds > 0 && sample->time - start + command.interval > command.seconds) break;
        std::this_thread::sleep_for(std::chrono::duration<double>(command.interval));
        sample = look_at(*process);
    }
    if (command.terminal) out << '\n';
    return exit_ok;
}

}  // namespace heaptrend
