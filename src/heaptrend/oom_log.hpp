#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "heaptrend/error.hpp"

namespace heaptrend {

/// A process that the kernel killed for lack of memory.
struct OomKill {
    double uptime = 0;  ///< seconds since the machine started
    std::uint64_t process = 0;
    std::string name;  ///< 15 characters at most
    std::uint64_t anonymous_bytes = 0;
    bool cgroup = false;  ///< the limit was the cgroup's, as far as the line tells
};

/// "Killed process N (NAME) total-vm:..kB, anon-rss:..kB" as kernels 3.10, 4, 5 and 6 write it, with or without what
/// stands before it. Nothing for other lines.
[[nodiscard]] std::optional<OomKill> parse_oom_line(std::string_view text);

/// The kills still in the kernel's log. An error tells that the log may not be read (kernel.dmesg_restrict).
[[nodiscard]] Result<std::vector<OomKill>> read_oom_kills();

}  // namespace heaptrend
