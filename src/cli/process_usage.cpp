#include "cli/process_usage.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <fstream>

namespace asr_stream::cli {
namespace {

std::chrono::nanoseconds read_clock(clockid_t clock) {
    timespec time{};
    if (::clock_gettime(clock, &time) != 0) return {};
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

std::chrono::nanoseconds process_cpu() { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

std::chrono::nanoseconds thread_cpu(std::thread& thread) {
    clockid_t clock{};
    if (::pthread_getcpuclockid(thread.native_handle(), &clock) != 0) return {};
    return read_clock(clock);
}

std::size_t resident_bytes() {
    std::ifstream file{"/proc/self/statm"};
    std::size_t total_pages = 0;
    std::size_t resident_pages = 0;
    file >> total_pages >> resident_pages;
    return file ? resident_pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

std::uint64_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

std::uint64_t ephemeral_ports() {
    std::ifstream file{"/proc/sys/net/ipv4/ip_local_port_range"};
    std::uint64_t first = 32768;
    std::uint64_t last = 60999;
    file >> first >> last;
    return last >= first ? last - first + 1 : 0;
}

}  // namespace asr_stream::cli
