#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory_resource>
#include <optional>

#include "audio/ring.hpp"

namespace asr_stream::audio {

/// Which call position each sample of a session was sent for, and when: a service counts the samples it got, the call's
/// clock also counts what was lost. Bounded: beyond `max_runs` the oldest are forgotten. Loop thread only.
class SendMap {
  public:
    explicit SendMap(std::pmr::memory_resource* memory, std::size_t max_runs = 512);
    void clear();  ///< a new session begins
    /// `frames` from `position` were handed to the socket at `when_ns`.
    void sent(Position position, std::size_t frames, std::int64_t when_ns);
    /// The call position of the session's sample `offset`; beyond what was sent, that of the end.
    [[nodiscard]] Position to_call(std::uint64_t offset) const noexcept;
    /// When the sample at `offset` was sent; nothing where that is forgotten or still to come.
    [[nodiscard]] std::optional<std::int64_t> sent_at(std::uint64_t offset) const noexcept;
    [[nodiscard]] std::uint64_t frames_sent() const noexcept;  ///< of this session
};

}  // namespace asr_stream::audio
