#include "engine/accounted_memory.hpp"

namespace asr_stream::engine {

void* AccountedMemory::do_allocate(std::size_t bytes, std::size_t alignment) {
    const std::size_t before = live_.fetch_add(bytes, std::memory_order_relaxed);
    if (bytes > cap_ || before > cap_ - bytes) {
        give_back(bytes);
        refusals_.fetch_add(1, std::memory_order_relaxed);
        throw MemoryLimit{};
    }
    void* pointer = nullptr;
    try {
        pointer = upstream_->allocate(bytes, alignment);
    } catch (...) {
        give_back(bytes);
        throw;
    }
    const std::size_t now = before + bytes;
    std::size_t peak = peak_.load(std::memory_order_relaxed);
    while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
    }
    return pointer;
}

void AccountedMemory::do_deallocate(void* pointer, std::size_t bytes, std::size_t alignment) {
    upstream_->deallocate(pointer, bytes, alignment);
    give_back(bytes);
}

bool AccountedMemory::do_is_equal(const std::pmr::memory_resource& other) const noexcept { return this == &other; }

}  // namespace asr_stream::engine
