#pragma once

#include <cstddef>
#include <memory_resource>
#include <span>

namespace asr_stream::websocket {

/// Bytes in order, kept in chunks of one size, so that a long queue is never copied and an empty one owns no memory.
class ByteQueue {
  public:
    explicit ByteQueue(std::pmr::memory_resource* memory) noexcept : memory_{memory} {}
    ~ByteQueue() { clear(); }
    ByteQueue(const ByteQueue&) = delete;
    ByteQueue& operator=(const ByteQueue&) = delete;

    /// Appends all of it. When the memory resource throws, a part of it is in.
    void push(std::span<const char> bytes);
    /// The oldest bytes, as many as lie in one piece; empty when the queue is.
    [[nodiscard]] std::span<const char> front() const noexcept;
    /// Removes so many bytes of front().
    void pop(std::size_t bytes) noexcept;
    void clear() noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  private:
    struct Chunk;
    void add_chunk();
    void drop_chunk() noexcept;

    std::pmr::memory_resource* memory_;
    Chunk* head_ = nullptr;
    Chunk* tail_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace asr_stream::websocket
