#include "heaptrend/process_memory.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "heaptrend/scan.hpp"
#include "heaptrend/stack_finder.hpp"

namespace heaptrend {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t min_samples = 6;

/// Files of /proc and /sys have no size to ask for; at most 32 MiB are read.
std::optional<std::string> read_virtual_file(const fs::path& path) {
    constexpr std::size_t most = std::size_t{32} << 20U;
    std::ifstream in{path, std::ios::binary};
    if (!in) return std::nullopt;
    std::string text;
    std::array<char, 16'384> piece{};
    while (text.size() < most && (in.read(piece.data(), piece.size()), in.gcount() > 0))
        text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    return text;
}

/// "Key:   123 kB" at the beginning of a line.
std::uint64_t field(std::string_view text, std::string_view key) {
    while (!text.empty()) {
        Scan scan{next_line(text)};
        if (!scan.skip(key) || !scan.skip(':')) continue;
        scan.skip_blanks();
        constexpr std::uint64_t kibi = 1024;
        const auto value = scan.number();
        return value && *value < (std::uint64_t{1} << 50U) ? *value * kibi : 0;
    }
    return 0;
}

std::optional<std::uint64_t> number_in(const fs::path& path) {
    const auto text = read_virtual_file(path);
    return text ? Scan{*text}.number() : std::nullopt;
}

/// Walks up from the process's own cgroup (version 2) to the first with a limit. "max" is no number, so no limit.
void read_group(const fs::path& process, MemorySample& sample) {
    const auto groups = read_virtual_file(process / "cgroup");
    const auto at = groups ? groups->find("0::") : std::string::npos;
    if (at == std::string::npos) return;
    std::string_view rest = std::string_view{*groups}.substr(at + 3);
    const fs::path root = "/sys/fs/cgroup";
    fs::path group = root / fs::path{next_line(rest)}.relative_path();
    if (const auto text = read_virtual_file(group / "memory.pressure")) sample.pressure = parse_pressure(*text);
    for (; group != root && group.has_relative_path(); group = group.parent_path()) {
        sample.limit = number_in(group / "memory.max");
        if (!sample.limit) continue;
        sample.in_group = number_in(group / "memory.current");
        return;
    }
}

double growing(const MemorySample& sample) { return static_cast<double>(sample.anonymous + sample.swap); }

double rate(const MemorySample& from, const MemorySample& to) {
    return to.time > from.time ? (growing(to) - growing(from)) / (to.time - from.time) : 0;
}

}  // namespace

void parse_status(std::string_view text, MemorySample& sample) {
    sample.rss = field(text, "VmRSS");
    sample.anonymous = field(text, "RssAnon");
    sample.stack = field(text, "VmStk");
    sample.swap = field(text, "VmSwap");
}

void parse_stacks(std::string_view smaps, MemorySample& sample) {
    StackFinder finder;
    bool in_stack = false;
    std::uint64_t bytes = 0;
    while (!smaps.empty()) {
        const std::string_view line = next_line(smaps);
        if (in_stack && line.starts_with("Rss:")) bytes += field(line, "Rss");
        const auto dash = line.find('-');  // only the first line of an entry has one in its first word
        if (dash < line.find_first_of(": ")) in_stack = finder.take(line);
    }
    if (bytes > 0) sample.stack = bytes;
}

void parse_meminfo(std::string_view text, MemorySample& sample) {
    sample.available = field(text, "MemAvailable") + field(text, "SwapFree");
}

void parse_rollup(std::string_view text, MemorySample& sample) {
    sample.pss = field(text, "Pss");
    if (sample.anonymous == 0) sample.anonymous = field(text, "Anonymous");  // kernels before 4.5 have no RssAnon
}

std::optional<double> parse_pressure(std::string_view text) {
    constexpr std::string_view mark = "some avg10=";
    const auto at = text.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    Scan scan{text.substr(at + mark.size())};
    const auto whole = scan.number();
    if (!whole) return std::nullopt;
    double value = static_cast<double>(*whole);
    if (scan.skip('.'))
        if (const auto hundredths = scan.number()) value += static_cast<double>(*hundredths) / 100;
    return value;
}

Result<MemorySample> look_at(pid_t process) {
    const fs::path folder = fs::path{"/proc"} / std::to_string(process);
    const auto status = read_virtual_file(folder / "status");
    if (!status || status->empty())
        return fail(Errc::file_not_found, "process " + std::to_string(process) + " has ended");
    MemorySample sample;
    sample.time = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    parse_status(*status, sample);
    if (const auto rollup = read_virtual_file(folder / "smaps_rollup")) parse_rollup(*rollup, sample);
    if (const auto entries = read_virtual_file(folder / "smaps")) parse_stacks(*entries, sample);
    if (const auto machine = read_virtual_file("/proc/meminfo")) parse_meminfo(*machine, sample);
    read_group(folder, sample);
    return sample;
}

std::string process_name(pid_t process) {
    auto name = read_virtual_file(fs::path{"/proc"} / std::to_string(process) / "comm").value_or("");
    if (name.ends_with('\n')) name.pop_back();
    return name;
}

Result<pid_t> find_process(const std::string& wanted) {
    Scan scan{wanted};
    if (const auto number = scan.number(); number && scan.done() && *number < (1U << 30U))
        return static_cast<pid_t>(*number);
    std::vector<pid_t> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{"/proc", error}) {
        const std::string folder = entry.path().filename().string();
        Scan digits{folder};
        const auto number = digits.number();
        if (!number || !digits.done()) continue;
        const auto process = static_cast<pid_t>(*number);
        if (process_name(process) == std::string_view{wanted}.substr(0, 15)) found.push_back(process);
    }
    if (found.size() == 1) return found[0];
    if (found.empty()) return fail(Errc::file_not_found, "process " + wanted);
    std::string list;
    for (const pid_t process : found)
        if (list.size() < 100) list += (list.empty() ? "" : ", ") + std::to_string(process);
    return fail(Errc::bad_argument,
                std::to_string(found.size()) + " processes are named " + wanted + ": " + list + "; give a number");
}

Trend trend_of(const std::vector<MemorySample>& samples) {
    Trend trend;
    if (samples.size() < min_samples) return trend;
    const MemorySample& middle = samples[samples.size() / 2];
    const double whole = rate(samples.front(), samples.back());
    if (whole <= 0 || rate(middle, samples.back()) <= 0 || rate(samples.front(), middle) <= 0) return trend;
    trend.bytes_per_second = whole;
    const MemorySample& last = samples.back();
    if (last.limit && last.in_group && *last.limit > *last.in_group)
        trend.seconds_to_limit = static_cast<double>(*last.limit - *last.in_group) / whole;
    const double machine = static_cast<double>(last.available) / whole;
    if (last.available > 0 && (!trend.seconds_to_limit || machine < *trend.seconds_to_limit)) {
        trend.seconds_to_limit = machine;
        trend.limit_is_machine = true;
    }
    return trend;
}

std::string sparkline(const std::vector<MemorySample>& samples, std::size_t width) {
    constexpr std::array blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    if (samples.empty()) return {};
    const std::size_t first = samples.size() > width ? samples.size() - width : 0;
    double lowest = growing(samples[first]);
    double highest = lowest;
    for (std::size_t i = first; i < samples.size(); ++i) {
        lowest = std::min(lowest, growing(samples[i]));
        highest = std::max(highest, growing(samples[i]));
    }
    std::string line;
    for (std::size_t i = first; i < samples.size(); ++i) {
        const double share = highest > lowest ? (growing(samples[i]) - lowest) / (highest - lowest) : 0;
        line += blocks.at(std::min(static_cast<std::size_t>(share * blocks.size()), blocks.size() - 1));
    }
    return line;
}

}  // namespace heaptrend
