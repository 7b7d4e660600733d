#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>

namespace asr_stream::audio {

/// A place on the call's clock, in sample frames (all channels together count once) since the first one pushed.
using Position = std::uint64_t;

/// Single-producer, single-consumer ring of L16 audio. Producer: media thread. Consumer: loop thread.
/// A full ring refuses the whole frame and the caller counts it. Every frame carries its position, and the position
/// goes on over what was refused or skipped, so that the consumer sees each gap where it is.
/// No lock, no system call, and no allocation after construction.
class Ring {
  public:
    /// Room for `capacity` sample frames of `channels` in pieces of at least 2 ms at 8 kHz.
    Ring(std::size_t capacity, std::uint16_t channels, std::pmr::memory_resource* memory);
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    /// Producer. `samples` is interleaved; its size is a multiple of the channels, and a remainder is ignored.
    [[nodiscard]] bool try_push(std::span<const std::int16_t> samples) noexcept;
    /// Producer. The clock goes on without audio.
    void skip(std::size_t frames) noexcept;

    struct Piece {
        Position position{};
        std::span<const std::int16_t> samples;  ///< valid until pop()
        std::int64_t pushed_ns{};               ///< steady clock at the push
    };
    /// Consumer. The oldest piece, left in place.
    [[nodiscard]] std::optional<Piece> front() noexcept;
    /// Consumer. Gives up what front() returned.
    void pop() noexcept;
    /// Consumer. True without touching the producer's cache line when nothing was pushed since the last look.
    [[nodiscard]] bool empty() noexcept;

    /// Any thread: the position after the last sample pushed, refused or skipped.
    [[nodiscard]] Position end() const noexcept;
};

}  // namespace asr_stream::audio
