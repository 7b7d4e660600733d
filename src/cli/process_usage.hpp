#pragma once

#include <asr_stream/error.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

/// What this process costs and may use, from Linux.
namespace asr_stream::cli {

/// CPU time, user and system together.
[[nodiscard]] std::chrono::nanoseconds process_cpu();
[[nodiscard]] std::chrono::nanoseconds thread_cpu(std::thread& thread);
/// Resident memory of the process (/proc/self/statm), in bytes; zero where it cannot be read.
[[nodiscard]] std::size_t resident_bytes();

/// Raises the soft limit of open descriptors to the hard one and returns it.
[[nodiscard]] std::uint64_t raise_descriptor_limit();
/// How many connections one pair of addresses and one port of the service allow (net.ipv4.ip_local_port_range).
[[nodiscard]] std::uint64_t ephemeral_ports();

}  // namespace asr_stream::cli
