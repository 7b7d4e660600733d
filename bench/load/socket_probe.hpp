#pragma once

#include <cstdint>

#include "load/schedule.hpp"

/// One look at the sockets, the same for every design: connect(), send() and sendmsg() of this program are replaced by
/// ones that follow the WebSocket frames written to the sink and compare the clock with the schedule.
///
/// A frame is *handed to the socket* when the kernel has taken its last byte. It is *late* when that is more than one
/// frame period, and the time that the design may gather frames, after the last of its audio was due to be pushed.
namespace asr_stream::bench::probe {

struct Totals {
    std::uint64_t audio_frames = 0;  ///< whole messages that the kernel took, the opening message not among them
    std::uint64_t audio_bytes = 0;   ///< their payload
    std::uint64_t send_calls = 0;
    std::uint64_t late_frames = 0;  ///< since start()
    std::int64_t longest_delay_ns = 0;
};

/// Follows what is connected to this port from now on.
void watch(std::uint16_t port) noexcept;
/// Lateness counts from message number `first_message` of each stream on. `schedule` outlives the sending.
void start(const Schedule& schedule, const Plan& plan, std::uint64_t first_message) noexcept;
/// Any thread; cheap.
[[nodiscard]] Totals totals() noexcept;

}  // namespace asr_stream::bench::probe
