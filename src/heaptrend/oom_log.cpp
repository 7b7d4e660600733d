#include "heaptrend/oom_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "heaptrend/scan.hpp"

namespace heaptrend {
namespace {

constexpr std::size_t max_kills = 1'000;

std::uint64_t kilobytes_after(std::string_view text, std::string_view key) {
    const auto at = text.find(key);
    if (at == std::string_view::npos) return 0;
    constexpr std::uint64_t kibi = 1024;
    const auto value = Scan{text.substr(at + key.size())}.number();
    return value && *value < (std::uint64_t{1} << 50U) ? *value * kibi : 0;
}

}  // namespace

std::optional<OomKill> parse_oom_line(std::string_view text) {
    constexpr std::string_view mark = "Killed process ";
    const auto at = text.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    Scan scan{text.substr(at + mark.size())};
    const auto process = scan.number();
    scan.skip(',');  // 4.x kernels for a while: "Killed process 12, UID 0, (name)"
    if (!process) return std::nullopt;
    const std::string_view rest = scan.rest();
    const auto open = rest.find('(');
    const auto numbers = rest.find(" total-vm:");
    if (open == std::string_view::npos || numbers == std::string_view::npos || numbers < open) return std::nullopt;
    const auto close = rest.rfind(')', numbers);  // the name itself may hold brackets
    if (close == std::string_view::npos || close <= open) return std::nullopt;
    return OomKill{.uptime = 0,
                   .process = *process,
                   .name = std::string{rest.substr(open + 1, close - open - 1)},
                   .anonymous_bytes = kilobytes_after(rest, "anon-rss:"),
                   .cgroup = text.substr(0, at).find("emory cgroup") != std::string_view::npos};
}

Result<std::vector<OomKill>> read_oom_kills() {
    const int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (log < 0)
        return fail(
            Errc::file_unreadable,
            "kernel log: " + std::string{std::strerror(errno)} +
                (errno == EPERM || errno == EACCES ? " (kernel.dmesg_restrict: run as root or with CAP_SYSLOG)" : ""));
    std::vector<OomKill> kills;
    std::array<char, 8192> record{};  // the kernel's own limit of a record
    for (;;) {
        const ssize_t size = read(log, record.data(), record.size());
        if (size < 0 && errno == EPIPE) continue;  // older records were overwritten meanwhile
        if (size <= 0 || kills.size() == max_kills) break;
        // "level,sequence,microseconds,flags;text"
        const std::string_view text{record.data(), static_cast<std::size_t>(size)};
        auto kill = parse_oom_line(text.substr(0, text.find('\n')));
        if (!kill) continue;
        Scan scan{text};
        scan.number();
        scan.skip(',');
        scan.number();
        scan.skip(',');
        kill->uptime = static_cast<double>(scan.number().value_or(0)) / 1e6;
        kills.push_back(std::move(*kill));
    }
    close(log);
    return kills;
}

}  // namespace heaptrend
