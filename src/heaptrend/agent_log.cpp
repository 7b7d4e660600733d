#include "heaptrend/agent_log.hpp"

#include <array>
#include <cmath>
#include <cstdlib>

#include "heaptrend/dump.hpp"
#include "heaptrend/file.hpp"
#include "heaptrend/scan.hpp"
#include "heaptrend/units.hpp"

namespace heaptrend {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t max_log = std::uint64_t{64} << 20U;

struct Field {
    std::string_view name;
    std::uint64_t MemoryStats::*member;
};
constexpr std::array fields{Field{"allocated", &MemoryStats::allocated},
                            Field{"cached", &MemoryStats::cached},
                            Field{"active", &MemoryStats::active},
                            Field{"metadata", &MemoryStats::metadata},
                            Field{"resident", &MemoryStats::resident},
                            Field{"mapped", &MemoryStats::mapped},
                            Field{"retained", &MemoryStats::retained},
                            Field{"rss", &MemoryStats::rss},
                            Field{"pss", &MemoryStats::pss},
                            Field{"anonymous", &MemoryStats::anonymous},
                            Field{"stacks", &MemoryStats::stacks},
                            Field{"files", &MemoryStats::files}};

double to_double(std::string_view text) { return std::strtod(std::string{text}.c_str(), nullptr); }

std::string_view next_word(Scan& scan) {
    scan.skip_blanks();
    return scan.word();
}

/// "dump NAME time SECONDS allocated BYTES ..."
void read_dump(Scan scan, AgentLog& log) {
    const std::string name{next_word(scan)};
    AgentLog::Line line;
    for (std::string_view key = next_word(scan); !key.empty(); key = next_word(scan)) {
        const std::string_view value = next_word(scan);
        if (key == "time") line.time = to_double(value);
        if (key == "final") line.at_exit = value == "1";
        if (key == "jemalloc") line.small_samples_counted_large = value.starts_with("5.3.0");
        for (const Field& field : fields)
            if (field.name == key) line.memory.*field.member = Scan{value}.number().value_or(0);
    }
    if (std::isfinite(line.time) && line.time > 0) log.dumps[name] = line;
}

/// "reset lg_sample N": what came before is gone, and what is smaller now stays unseen.
void read_reset(Scan scan, AgentLog& log) {
    next_word(scan);
    const auto lg_sample = Scan{next_word(scan)}.number();
    if (!lg_sample || *lg_sample > 40) return;
    constexpr double seen_almost_surely = 6.9;  // expected samples for one in 99.9 % of cases
    const double period = std::ldexp(1.0, static_cast<int>(*lg_sample));
    log.was_reset = true;
    log.notes.push_back(
        "the sampling interval was raised to " + format_bytes(period) +
        " to keep within the CPU budget: blocks from before are not in the profile, and growth of less than " +
        format_bytes(seen_almost_surely * period) + " may stay unseen");
}

void read_build_ids(std::string_view text, AgentLog& log) {
    while (!text.empty()) {
        const std::string_view line = next_line(text);
        const auto blank = line.find(' ');
        if (blank == std::string_view::npos || blank == 0 || blank + 1 == line.size()) continue;
        log.build_ids[std::string{line.substr(blank + 1)}] = std::string{line.substr(0, blank)};
    }
}

std::optional<AgentLog::Birth> parse_birth(std::string_view line, std::uint64_t now) {
    Scan scan{line};
    const auto born = scan.number();
    scan.skip_blanks();
    const auto size = scan.number();
    if (!born || !size || *born > now) return std::nullopt;
    AgentLog::Birth birth{.age = static_cast<double>(now - *born) * 1e-9, .addresses = {}};
    for (scan.skip_blanks(); !scan.done(); scan.skip_blanks()) {
        scan.skip("0x");
        const auto address = scan.number(16);
        if (!address || birth.addresses.size() == max_stack_depth) return std::nullopt;
        birth.addresses.push_back(*address);
    }
    return birth;
}

}  // namespace

std::vector<AgentLog::Birth> parse_births(std::string_view text) {
    constexpr std::size_t max_births = 1'000'000;
    std::vector<AgentLog::Birth> births;
    Scan head{next_line(text)};
    const auto now = head.skip("births ") ? head.number() : std::nullopt;
    while (now && !text.empty() && births.size() < max_births) {
        bool complete = false;
        const std::string_view line = next_line(text, &complete);
        if (auto birth = complete ? parse_birth(line, *now) : std::nullopt) births.push_back(std::move(*birth));
    }
    return births;
}

AgentLog parse_agent_log(std::string_view text, std::string_view build_ids) {
    AgentLog log;
    while (!text.empty()) {
        bool complete = false;
        Scan scan{next_line(text, &complete)};
        if (!complete) break;
        const std::string_view kind = scan.word();
        if (kind == "dump") read_dump(scan, log);
        if (kind == "reset") read_reset(scan, log);
    }
    read_build_ids(build_ids, log);
    return log;
}

std::optional<AgentLog> read_agent_log(const fs::path& folder) {
    std::error_code error;
    if (!fs::exists(folder / "series.log", error)) return std::nullopt;
    const auto text = read_file(folder / "series.log", max_log);
    if (!text) return std::nullopt;
    AgentLog log = parse_agent_log(*text, read_file(folder / "build-ids", max_log).value_or(""));
    for (const char* name : {"births", "births.exit"})
        if (const auto births = read_file(folder / name, max_log); births && log.births.empty())
            log.births = parse_births(*births);
    for (const auto& entry : fs::directory_iterator{folder, error}) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("maps.")) continue;
        if (const auto number = Scan{std::string_view{name}.substr(5)}.number()) log.maps[*number] = entry.path();
    }
    return log;
}

std::uint64_t correct_allocated(std::uint64_t allocated, const std::vector<Entry>& entries) noexcept {
    constexpr double backing = 16'384;
    constexpr double largest_small = 14'336;
    double excess = 0;
    for (const Entry& entry : entries) {
        const double size = entry.live.objects > 0 ? entry.live.bytes / entry.live.objects : 0;
        if (size > 0 && size <= largest_small) excess += entry.live.samples * (backing - size);
    }
    const auto whole = static_cast<std::uint64_t>(excess);
    return allocated > whole ? allocated - whole : 0;
}

}  // namespace heaptrend
