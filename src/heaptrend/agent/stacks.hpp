#pragma once

#include <cstdint>

namespace heaptrend::agent {

/// Resident bytes of the stacks of all threads, also of those that have ended and are kept for the next; 0 when /proc
/// cannot be read. Allocates nothing, touches no stack.
std::uint64_t resident_stacks() noexcept;

}  // namespace heaptrend::agent
