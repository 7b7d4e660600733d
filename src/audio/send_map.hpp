#pragma once

#include <boost/circular_buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>

#include "audio/ring.hpp"
#include "base/fetch.hpp"

namespace asr_stream::audio {

/// Which call position each sample of a session was sent for, and when: a service counts the samples it got, the call's
/// clock also counts what was lost. Loop thread only.
///
/// Positions are exact over the latest `max_runs` runs of audio without a gap. Times are exact for the latest
/// exact_sends sends. Before those they are interpolated between sends at least stamp_spacing_ns apart, max_stamps of
/// them: a minute of audio in steady flow, where the error is that of one send; always less than the time between the
/// two sends. What is older is forgotten. Memory: about 4 KiB when a minute was sent without gaps, 16 bytes for each
/// run. Only the constructor throws: later an exhausted `memory` makes it forget earlier.
class SendMap {
  public:
    static constexpr std::size_t exact_sends = 64;
    static constexpr std::size_t max_stamps = 160;
    static constexpr std::int64_t stamp_spacing_ns = 400'000'000;

    explicit SendMap(std::pmr::memory_resource* memory, std::size_t max_runs = 512);
    void clear() noexcept;  ///< a new session begins
    /// `frames` from `position` were handed to the socket at `when_ns` (steady clock).
    void sent(Position position, std::size_t frames, std::int64_t when_ns) noexcept;
    /// A sent() will follow soon: fetches what it will touch.
    void fetch_end() const noexcept {
        if (!exact_.empty()) fetch_lines(exact_.full() ? &exact_.front() : &exact_.back(), sizeof(Stamp));
    }
    /// The call position of the session's sample `offset`; beyond what was sent, that of the end. Where the runs are
    /// forgotten, the earliest it can have been.
    [[nodiscard]] Position to_call(std::uint64_t offset) const noexcept;
    /// The call position at which audio ends whose last sample is the one before `offset`. It differs from to_call() at
    /// a gap, where it is the position before the gap.
    [[nodiscard]] Position end_to_call(std::uint64_t offset) const noexcept;
    /// When the sample at `offset` was sent; nothing where that is forgotten or still to come.
    [[nodiscard]] std::optional<std::int64_t> sent_at(std::uint64_t offset) const noexcept;
    [[nodiscard]] std::uint64_t frames_sent() const noexcept { return frames_sent_; }  ///< of this session
    [[nodiscard]] std::size_t allocated_bytes() const noexcept;

  private:
    struct Run {
        std::uint64_t offset;
        Position position;
    };
    struct Stamp {
        std::uint64_t offset;  ///< of the first sample of the send
        std::int64_t when_ns;
    };
    template <class T>
    using Buffer = boost::circular_buffer<T, std::pmr::polymorphic_allocator<T>>;

    template <class T>
    static void push(Buffer<T>& buffer, const T& value, std::size_t limit) noexcept;
    void keep_stamp(const Stamp& stamp) noexcept;

    std::size_t max_runs_;
    std::uint64_t frames_sent_ = 0;
    Position first_ = 0;  ///< position of the session's first sample
    Position end_ = 0;    ///< position after the last sample sent
    Buffer<Run> runs_;
    Buffer<Stamp> exact_;
    Buffer<Stamp> stamps_;
    std::int64_t last_stamp_ns_ = 0;  ///< of stamps_, while it has any
};

}  // namespace asr_stream::audio
