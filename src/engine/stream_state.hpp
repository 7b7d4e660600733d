#pragma once

#include <asr_stream/engine.hpp>
#include <atomic>
#include <cstdint>
#include <memory>

#include "audio/ring.hpp"
#include "engine/accounted_memory.hpp"
#include "engine/counters.hpp"
#include "engine/plan.hpp"

namespace asr_stream::engine {
class Loop;
}

namespace asr_stream {

/// What the handles of a stream share with the loop: the ring, the counters, and the stream's memory. It lives until
/// the last handle is gone and the loop has seen all memory come back.
struct Stream::Shared {
    Shared(std::uint64_t stream_id, const engine::Plan& plan, std::size_t memory_cap, std::weak_ptr<engine::Loop> owner)
        : id{stream_id},
          loop{std::move(owner)},
          memory{memory_cap},
          ring{plan.ring_frames, plan.channels, &memory},
          ring_bytes{memory.live()} {
        counters.push.channels = plan.channels;
    }

    [[nodiscard]] StreamStats stats() const noexcept;
    /// Bytes that only the loop side can still hold.
    [[nodiscard]] std::size_t outstanding_bytes() const noexcept { return memory.live() - ring_bytes; }

    const std::uint64_t id;
    const std::weak_ptr<engine::Loop> loop;
    engine::AccountedMemory memory;  ///< before all that allocates from it
    audio::Ring ring;
    const std::size_t ring_bytes;
    engine::Counters counters;
    std::atomic<bool> closed{false};
};

}  // namespace asr_stream
