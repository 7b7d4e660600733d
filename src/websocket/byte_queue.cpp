#include "websocket/byte_queue.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace asr_stream::websocket {

struct ByteQueue::Chunk {
    Chunk* next = nullptr;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::array<char, 4096 - 3 * sizeof(void*)> bytes;  // one page with the members above
};

void ByteQueue::add_chunk() {
    auto* chunk = new (memory_->allocate(sizeof(Chunk), alignof(Chunk))) Chunk;
    (tail_ != nullptr ? tail_->next : head_) = chunk;
    tail_ = chunk;
}

void ByteQueue::drop_chunk() noexcept {
    Chunk* chunk = head_;
    head_ = chunk->next;
    if (head_ == nullptr) tail_ = nullptr;
    memory_->deallocate(chunk, sizeof(Chunk), alignof(Chunk));
}

void ByteQueue::push(std::span<const char> bytes) {
    while (!bytes.empty()) {
        if (tail_ == nullptr || tail_->end == tail_->bytes.size()) add_chunk();
        const std::size_t part = std::min(bytes.size(), tail_->bytes.size() - tail_->end);
        std::memcpy(tail_->bytes.data() + tail_->end, bytes.data(), part);
        tail_->end += part;
        size_ += part;
        bytes = bytes.subspan(part);
    }
}

std::span<const char> ByteQueue::front() const noexcept {
    if (head_ == nullptr) return {};
    return {head_->bytes.data() + head_->begin, head_->end - head_->begin};
}

void ByteQueue::pop(std::size_t bytes) noexcept {
    size_ -= bytes;
    head_->begin += bytes;
    if (head_->begin == head_->end) drop_chunk();
}

void ByteQueue::clear() noexcept {
    while (head_ != nullptr) drop_chunk();
    size_ = 0;
}

}  // namespace asr_stream::websocket
