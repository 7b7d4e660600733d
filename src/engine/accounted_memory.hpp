#pragma once

#include <atomic>
#include <cstddef>
#include <memory_resource>
#include <new>

namespace asr_stream::engine {

/// Thrown when a stream asks for more than call-memory-bytes.
class MemoryLimit : public std::bad_alloc {
  public:
    [[nodiscard]] const char* what() const noexcept override { return "call-memory-bytes reached"; }
};

/// What one stream has allocated, counted and capped. Any thread: the ring is made by whoever adds the stream and freed
/// by whoever lets go of it last, everything else belongs to the loop thread.
class AccountedMemory final : public std::pmr::memory_resource {
  public:
    explicit AccountedMemory(std::size_t cap,
                             std::pmr::memory_resource* upstream = std::pmr::new_delete_resource()) noexcept
        : upstream_{upstream}, cap_{cap} {}

    [[nodiscard]] std::size_t live() const noexcept { return live_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::size_t peak() const noexcept { return peak_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::size_t refusals() const noexcept { return refusals_.load(std::memory_order_relaxed); }

  private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override;
    void do_deallocate(void* pointer, std::size_t bytes, std::size_t alignment) override;
    [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override;
    void give_back(std::size_t bytes) noexcept { live_.fetch_sub(bytes, std::memory_order_relaxed); }

    std::pmr::memory_resource* upstream_;
    const std::size_t cap_;
    std::atomic<std::size_t> live_{0};
    std::atomic<std::size_t> peak_{0};
    std::atomic<std::size_t> refusals_{0};
};

}  // namespace asr_stream::engine
