#include "audio/ring.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace asr_stream::audio {
namespace {

std::int64_t now_ns() noexcept {
    return std::chrono::nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count();
}

}  // namespace

// Besides the samples the storage holds a header for each piece, for the piece that a wrap splits and for a last short
// one, and what stays unusable at the wrap: less than a header and a sample frame.
Ring::Ring(std::size_t capacity, std::uint16_t channels, std::pmr::memory_resource* memory) : memory_{memory} {
    producer_.capacity = std::max<std::size_t>(capacity, 1);
    Storage& storage = consumer_.storage;
    storage.channels = std::max<std::size_t>(channels, 1);
    storage.cells =
        (producer_.capacity + 1) * storage.channels + (producer_.capacity / min_piece_frames + 3) * header_cells;
    storage.data = static_cast<std::int16_t*>(memory_->allocate(allocated_bytes(), cache_line));
    producer_.storage = storage;
}

Ring::~Ring() { memory_->deallocate(consumer_.storage.data, allocated_bytes(), cache_line); }

bool Ring::try_push(std::span<const std::int16_t> samples) noexcept {
    const std::size_t channels = producer_.storage.channels;
    const std::size_t frames = samples.size() / channels;
    if (frames == 0) return true;
    const Position position = producer_.end.load(std::memory_order_relaxed);
    bool pushed = false;
    if (frames <= producer_.capacity) {
        const Place at = place(frames * channels);
        if (has_room(at.cells)) {
            const std::int64_t pushed_ns = now_ns();
            write(at.offset, {position, pushed_ns, at.first}, samples.data());
            producer_.offset = at.offset + header_cells + at.first;
            if (at.second > 0) {
                write(0, {position + at.first / channels, pushed_ns, at.second}, samples.data() + at.first);
                producer_.offset = header_cells + at.second;
            }
            const auto head = producer_.head.load(std::memory_order_relaxed);
            producer_.head.store(head + at.cells, std::memory_order_release);
            pushed = true;
        }
    }
    // After the head, so that a consumer that reads this end also finds the audio before it.
    producer_.end.store(position + frames, std::memory_order_release);
    return pushed;
}

void Ring::skip(std::size_t frames) noexcept {
    producer_.end.store(producer_.end.load(std::memory_order_relaxed) + frames, std::memory_order_release);
}

std::optional<Ring::Piece> Ring::front() noexcept {
    if (empty()) return std::nullopt;
    const Storage& storage = consumer_.storage;
    const std::size_t at = storage.piece_start(consumer_.offset);
    Header header;
    std::memcpy(&header, storage.data + at, sizeof header);
    consumer_.front_cells = storage.skipped(consumer_.offset) + header_cells + header.samples;
    consumer_.front_end = at + header_cells + header.samples;
    return Piece{header.position, {storage.data + at + header_cells, header.samples}, header.pushed_ns};
}

void Ring::pop() noexcept {
    if (consumer_.front_cells == 0) return;
    const auto tail = consumer_.tail.load(std::memory_order_relaxed);
    consumer_.offset = consumer_.front_end;
    consumer_.tail.store(tail + consumer_.front_cells, std::memory_order_release);
    consumer_.front_cells = 0;
}

bool Ring::empty() noexcept {
    const auto tail = consumer_.tail.load(std::memory_order_relaxed);
    if (consumer_.seen_head != tail) return false;
    consumer_.seen_head = producer_.head.load(std::memory_order_acquire);
    return consumer_.seen_head == tail;
}

Position Ring::end() const noexcept { return producer_.end.load(std::memory_order_acquire); }

// Both sides find by the same rule where the next piece starts, so a wrap needs no mark in the storage.
std::size_t Ring::Storage::piece_start(std::size_t offset) const noexcept {
    return cells - offset < header_cells + channels ? 0 : offset;
}

std::size_t Ring::Storage::skipped(std::size_t offset) const noexcept {
    return piece_start(offset) < offset ? cells - offset : 0;
}

Ring::Place Ring::place(std::size_t samples) const noexcept {
    const Storage& storage = producer_.storage;
    const std::size_t offset = storage.piece_start(producer_.offset);
    const std::size_t rest = storage.cells - offset - header_cells;
    const std::size_t skip = storage.skipped(producer_.offset);
    if (samples <= rest) return {offset, samples, 0, skip + header_cells + samples};
    const std::size_t first = rest - rest % storage.channels;
    const std::size_t second = samples - first;
    return {offset, first, second, skip + header_cells + rest + header_cells + second};
}

bool Ring::has_room(std::size_t cells) noexcept {
    const auto head = producer_.head.load(std::memory_order_relaxed);
    if (head + cells - producer_.seen_tail <= producer_.storage.cells) return true;
    producer_.seen_tail = consumer_.tail.load(std::memory_order_acquire);
    return head + cells - producer_.seen_tail <= producer_.storage.cells;
}

void Ring::write(std::size_t offset, const Header& header, const std::int16_t* samples) noexcept {
    std::int16_t* const at = producer_.storage.data + offset;
    std::memcpy(at, &header, sizeof header);
    std::memcpy(at + header_cells, samples, header.samples * sizeof(std::int16_t));
}

}  // namespace asr_stream::audio
