#pragma once

#include <cstddef>

/// For tests: linked in, it counts what the whole binary allocates with operator new; nothing else about it changes.
namespace asr_stream::dialect {

[[nodiscard]] std::size_t allocations_so_far() noexcept;

}  // namespace asr_stream::dialect
