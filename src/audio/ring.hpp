#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>

#include "base/fetch.hpp"

namespace asr_stream::audio {

/// A place on the call's clock, in sample frames (all channels together count once) since the first one pushed.
using Position = std::uint64_t;

/// Single-producer, single-consumer ring of L16 audio. Producer: media thread. Consumer: loop thread.
/// A full ring refuses the whole frame and the caller counts it. Every frame carries its position, and the position
/// goes on over what was refused or skipped, so that the consumer sees each gap where it is.
/// No lock, no system call (the steady clock is read through the vDSO), and no allocation after construction.
class Ring {
  public:
    /// The shortest piece the storage is laid out for: 10 ms at 8 kHz. Each piece costs a header of 24 bytes.
    static constexpr std::size_t min_piece_frames = 80;

    /// Room for `capacity` sample frames of `channels` when they come in pieces of at least min_piece_frames; shorter
    /// pieces fill it sooner. Throws std::bad_alloc when `memory` is exhausted.
    Ring(std::size_t capacity, std::uint16_t channels, std::pmr::memory_resource* memory);
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    /// Producer. `samples` is interleaved; its size is a multiple of the channels, and a remainder is ignored.
    /// False when there is no room, or never can be because it is longer than the capacity. The clock goes on either
    /// way.
    [[nodiscard]] bool try_push(std::span<const std::int16_t> samples) noexcept;
    /// Producer. The clock goes on without audio.
    void skip(std::size_t frames) noexcept;

    /// Contiguous audio. One push comes out as one piece, or as two where the storage wraps.
    struct Piece {
        Position position{};
        std::span<const std::int16_t> samples;  ///< valid until pop()
        std::int64_t pushed_ns{};               ///< steady clock at the push
    };
    /// Consumer. The oldest piece, left in place.
    [[nodiscard]] std::optional<Piece> front() noexcept;
    /// Consumer. Gives up what front() returned; without a front() before it, or when empty, it does nothing.
    void pop() noexcept;
    /// Consumer. One load from a cache line that stays this core's as long as nothing is pushed.
    [[nodiscard]] bool empty() noexcept;

    /// Consumer. Fetches what empty() and fetch_front() need.
    void fetch() const noexcept {
        fetch_lines(&producer_, sizeof producer_);
        fetch_lines(&consumer_, sizeof consumer_);
    }
    /// Consumer. A front() will follow soon: fetches the begin of what it will give.
    void fetch_front() const noexcept { fetch_lines(consumer_.storage.data + consumer_.offset, fetched_bytes); }

    /// Any thread: the position after the last sample pushed, refused or skipped. What was pushed before it is visible
    /// to a front() that follows.
    [[nodiscard]] Position end() const noexcept;
    [[nodiscard]] std::size_t allocated_bytes() const noexcept {
        return consumer_.storage.cells * sizeof(std::int16_t);
    }

  private:
    struct Header {
        Position position;
        std::int64_t pushed_ns;
        std::uint64_t samples;
    };
    static constexpr std::size_t header_cells = sizeof(Header) / sizeof(std::int16_t);

    /// Counted in cells of one sample. Set once; each side has a copy, so that it needs one cache line only.
    struct Storage {
        std::int16_t* data = nullptr;
        std::size_t cells = 0;
        std::size_t channels = 1;

        [[nodiscard]] std::size_t piece_start(std::size_t offset) const noexcept;
        [[nodiscard]] std::size_t skipped(std::size_t offset) const noexcept;
    };
    static constexpr std::size_t cache_line = 64;
    static constexpr std::size_t fetched_bytes = 384;  ///< a piece of 20 ms at 8 kHz; of longer ones the hardware sees
                                                       ///< by then that they go on

    /// Where one push goes: a first part at `offset`, and for the rest a second part at the start of the storage.
    struct Place {
        std::size_t offset;
        std::size_t first;
        std::size_t second;
        std::size_t cells;  ///< all that it takes, headers and unusable cells before the wrap included
    };

    [[nodiscard]] Place place(std::size_t samples) const noexcept;
    [[nodiscard]] bool has_room(std::size_t cells) noexcept;
    void write(std::size_t offset, const Header& header, const std::int16_t* samples) noexcept;

    std::pmr::memory_resource* memory_;

    /// Written by the producer only. Counts of cells never wrap; offsets do.
    struct alignas(cache_line) Producer {
        std::atomic<std::uint64_t> head{0};  ///< cells ever taken
        std::atomic<Position> end{0};
        std::uint64_t seen_tail = 0;
        std::size_t offset = 0;
        Storage storage;
        std::size_t capacity = 0;  ///< sample frames
    } producer_;

    /// Written by the consumer only.
    struct alignas(cache_line) Consumer {
        std::atomic<std::uint64_t> tail{0};  ///< cells ever given up
        std::uint64_t seen_head = 0;
        std::size_t offset = 0;
        std::size_t front_cells = 0;  ///< all that the piece front() showed takes; 0 for none
        std::size_t front_end = 0;    ///< offset after that piece
        Storage storage;
    } consumer_;
};

}  // namespace asr_stream::audio
