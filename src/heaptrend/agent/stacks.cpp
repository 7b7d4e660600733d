#include "heaptrend/agent/stacks.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "heaptrend/stack_finder.hpp"

namespace heaptrend::agent {
namespace {

/// Counts pages by mincore(2): the kernel then need not walk the whole process, as it would for smaps.
std::uint64_t resident(std::uint64_t start, std::uint64_t end) noexcept {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    std::array<unsigned char, 4096> present{};
    std::uint64_t pages = 0;
    for (std::uint64_t at = start; at < end;) {
        const std::uint64_t size = std::min<std::uint64_t>(end - at, present.size() * page);
        // NOLINTNEXTLINE(performance-no-int-to-ptr): /proc/self/maps tells addresses as numbers
        if (mincore(reinterpret_cast<void*>(at), size, present.data()) != 0) break;  // its thread has ended meanwhile
        for (std::uint64_t i = 0; i < size / page; ++i) pages += present[i] & 1U;
        at += size;
    }
    return pages * page;
}

}  // namespace

std::uint64_t resident_stacks() noexcept {
    const int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    StackFinder finder;
    std::array<char, 8192> text{};  // holds the longest line: a path has 4,095 bytes at most
    std::size_t used = 0;
    std::uint64_t bytes = 0;
    for (ssize_t size = 0; (size = read(file, text.data() + used, text.size() - used)) > 0;) {
        used += static_cast<std::size_t>(size);
        std::string_view rest{text.data(), used};
        for (auto newline = rest.find('\n'); newline != std::string_view::npos; newline = rest.find('\n')) {
            if (finder.take(rest.substr(0, newline))) bytes += resident(finder.start(), finder.end());
            rest.remove_prefix(newline + 1);
        }
        std::memmove(text.data(), rest.data(), rest.size());
        used = rest.size() < text.size() ? rest.size() : 0;
    }
    close(file);
    return bytes;
}

}  // namespace heaptrend::agent
