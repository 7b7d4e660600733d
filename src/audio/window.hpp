#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "audio/ring.hpp"
#include "audio/sample_store.hpp"
#include "base/fetch.hpp"

namespace asr_stream::audio {

/// Unsent and unconfirmed audio of one stream at wire rate: grows as it fills, up to its capacity, and then loses its
/// oldest audio. Positions are sample frames at wire rate on the call's clock; they have gaps where audio was lost.
///
///     confirmed() <= begin() <= sent() <= end()
///
/// confirmed() and begin() differ where audio was given up without being confirmed, by the capacity or by trim().
/// Storage grows by half in steps of 4 KiB and shrinks again once as much audio as it holds has passed through it and
/// less than half of it was in use meanwhile; so a stream gives back what an outage made it take.
///
/// Loop thread only. Memory comes from `memory`; an exhausted resource throws std::bad_alloc out of append() and leaves
/// the window as it was. Nothing else throws.
class Window {
  public:
    /// Runs of audio between gaps, at most. Beyond it the oldest run is dropped, as if the capacity were reached.
    static constexpr std::size_t max_runs = 1024;
    static constexpr std::size_t growth_step_bytes = 4096;
    static constexpr std::size_t max_capacity_frames = std::size_t{1} << 30;

    /// A capacity outside of 1 to max_capacity_frames counts as the nearer of the two.
    Window(std::size_t capacity_frames, std::uint16_t channels, std::pmr::memory_resource* memory);

    /// Adds audio that begins at `position`; a position before end() counts as end(). Whole frames only: a remainder is
    /// ignored. Returns how many sample frames the capacity cost: `unsent` of them had never been sent.
    struct Dropped {
        std::size_t frames = 0;
        std::size_t unsent = 0;
    };
    Dropped append(Position position, std::span<const std::int16_t> samples);
    /// An append() will follow soon: fetches what it will touch.
    void fetch_end() const noexcept {
        store_.fetch_end();
        if (!runs_.empty()) fetch_lines(&runs_.back(), sizeof(Run));
    }

    /// The next contiguous unsent audio of at most `max_frames`; it ends early at a gap and, where the storage wraps,
    /// is made contiguous (or ends there, when memory for that is exhausted). Empty when all is sent. Valid until the
    /// next non-const call.
    struct Chunk {
        Position position{};
        std::span<const std::int16_t> samples;
    };
    [[nodiscard]] Chunk unsent(std::size_t max_frames) noexcept;
    /// How many sample frames unsent() could give at once, up to `max_frames`, without touching them, and whether a gap
    /// follows right after them.
    struct Ready {
        std::size_t frames = 0;
        bool ends_at_gap = false;
    };
    [[nodiscard]] Ready ready(std::size_t max_frames) const noexcept;
    /// The oldest `frames` unsent are sent now; more than there are counts as all.
    void mark_sent(std::size_t frames) noexcept;

    /// Confirms up to `position`; earlier audio is given up. Never moves back; beyond sent() counts as sent().
    void confirm(Position position) noexcept;
    /// Makes all audio kept unsent again, for a new session. Returns its first position, begin().
    Position rewind() noexcept;
    /// Drops the oldest unsent audio until at most `frames` are unsent; returns how many were dropped. What was sent
    /// stays, unless max_runs or exhausted memory leaves no place to note the gap: then the oldest run goes too, and
    /// counts.
    std::size_t drop_oldest_unsent(std::size_t frames) noexcept;
    /// Gives up audio before `position` although it is not confirmed (leading non-speech); beyond sent() counts as
    /// sent().
    void trim(Position position) noexcept;

    /// Position of the oldest audio kept; end() when there is none.
    [[nodiscard]] Position begin() const noexcept;
    [[nodiscard]] Position confirmed() const noexcept { return confirmed_; }
    /// The position after the last sample sent, which a gap may follow; begin() where that is later.
    [[nodiscard]] Position sent() const noexcept;
    [[nodiscard]] Position end() const noexcept { return end_; }
    [[nodiscard]] std::size_t frames() const noexcept { return frames_; }
    [[nodiscard]] std::size_t unsent_frames() const noexcept { return frames_ - sent_frames_; }
    [[nodiscard]] std::size_t allocated_bytes() const noexcept;

  private:
    /// Audio without a gap. `hole` frames of the storage before it hold audio that was dropped from the middle.
    struct Run {
        Position position;
        std::uint32_t frames;
        std::uint32_t hole;
    };
    /// The first unsent frame: `offset` in run `run`. It may stand at the end of a run, where the run can still grow.
    struct Cursor {
        std::size_t run = 0;
        std::size_t offset = 0;
        std::size_t stored = 0;  ///< its index in the storage
    };

    [[nodiscard]] bool continues_last_run(Position position) const noexcept;
    [[nodiscard]] Cursor next_unsent() const noexcept;
    void grow_runs();
    [[nodiscard]] bool reserve_run() noexcept;
    [[nodiscard]] std::size_t in_steps(std::size_t frames) const noexcept;
    void make_room(std::size_t frames, std::size_t excess);
    void compact() noexcept;
    void shrink_if_idle() noexcept;
    Dropped drop_front(std::size_t frames) noexcept;
    void give_up_before(Position position) noexcept;
    std::size_t cut_at(const Cursor& at, std::size_t excess) noexcept;
    void leave_hole(std::size_t index, std::size_t frames) noexcept;

    std::size_t capacity_;
    SampleStore store_;
    std::pmr::vector<Run> runs_;
    std::pmr::vector<std::int16_t> scratch_;  ///< for a chunk that lies across the wrap
    std::size_t frames_ = 0;
    std::size_t sent_frames_ = 0;
    std::size_t holes_ = 0;  ///< frames of all holes
    Cursor cursor_;
    Position confirmed_ = 0;
    Position sent_ = 0;
    Position end_ = 0;
    std::size_t peak_ = 0;    ///< most frames in use since the storage was last looked at
    std::size_t passed_ = 0;  ///< frames appended since then
};

}  // namespace asr_stream::audio
