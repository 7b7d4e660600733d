#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>

#include "audio/ring.hpp"

namespace asr_stream::audio {

/// Unsent and unconfirmed audio of one stream at wire rate: grows as it fills, up to its capacity, and then loses its
/// oldest audio. Positions are sample frames at wire rate on the call's clock; they have gaps where audio was lost.
///
///     begin() <= confirmed() <= sent() <= end()
///
/// Loop thread only. Memory comes from `memory`; an exhausted resource throws std::bad_alloc out of append() and leaves
/// the window as it was.
class Window {
  public:
    Window(std::size_t capacity_frames, std::uint16_t channels, std::pmr::memory_resource* memory);

    /// Adds audio that begins at `position`, at or after end(). Returns how many sample frames the capacity cost: `unsent`
    /// of them had never been sent.
    struct Dropped { std::size_t frames = 0; std::size_t unsent = 0; };
    Dropped append(Position position, std::span<const std::int16_t> samples);

    /// The next contiguous unsent audio of at most `max_frames`; it ends early at a gap and, where the storage wraps, is
    /// made contiguous. Empty when all is sent. Valid until the next non-const call.
    struct Chunk { Position position{}; std::span<const std::int16_t> samples; };
    [[nodiscard]] Chunk unsent(std::size_t max_frames);
    /// How many sample frames unsent() could give at once, up to `max_frames`, without touching them, and whether a gap
    /// ends them there.
    struct Ready { std::size_t frames = 0; bool ends_at_gap = false; };
    [[nodiscard]] Ready ready(std::size_t max_frames) const noexcept;
    void mark_sent(std::size_t frames);

    /// Confirms up to `position`; earlier audio is given up. Never moves back; beyond sent() counts as sent().
    void confirm(Position position);
    /// Makes all audio from the confirmed position on unsent again, for a new session. Returns its first position.
    Position rewind();
    /// Drops the oldest unsent audio until at most `frames` are unsent; returns how many were dropped. What was sent stays.
    std::size_t drop_oldest_unsent(std::size_t frames);
    /// Gives up audio before `position` although it is not confirmed (leading non-speech); beyond sent() counts as sent().
    void trim(Position position);

    [[nodiscard]] Position begin() const noexcept;
    [[nodiscard]] Position confirmed() const noexcept;
    [[nodiscard]] Position sent() const noexcept;
    [[nodiscard]] Position end() const noexcept;
    [[nodiscard]] std::size_t frames() const noexcept;
    [[nodiscard]] std::size_t unsent_frames() const noexcept;
    [[nodiscard]] std::size_t allocated_bytes() const noexcept;
};

}  // namespace asr_stream::audio
