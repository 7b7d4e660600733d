#pragma once

#include <asr_stream/config.hpp>
#include <asr_stream/error.hpp>
#include <cstddef>
#include <cstdint>

#include "dialect/dialect.hpp"

namespace asr_stream::engine {

/// What follows from a stream's configuration, worked out once: rates, sizes in sample frames, and the dialect.
struct Plan {
    const dialect::Descriptor* descriptor = nullptr;
    dialect::Traits traits;
    std::uint32_t call_rate = 8000;  ///< Hz of what is pushed
    std::uint32_t wire_rate = 8000;  ///< Hz of what is sent
    std::uint16_t channels = 1;
    bool detects_speech = false;   ///< our own detection tells when the caller speaks
    bool is_short = false;         ///< several messages fit into Turns::batch_time, and the ring holds them meanwhile
    std::size_t ring_frames = 0;   ///< at call rate; all below are at wire rate
    std::size_t frame_frames = 0;  ///< one message
    std::size_t min_frames = 0;    ///< the dialect's smallest message
    std::size_t queue_frames = 0;
    std::size_t replay_frames = 0;
    std::size_t guard_frames = 0;

    [[nodiscard]] std::size_t wire_frames(milliseconds time) const noexcept {
        return static_cast<std::size_t>(time.count()) * wire_rate / 1000;
    }
    [[nodiscard]] milliseconds wire_time(std::uint64_t frames) const noexcept {
        return milliseconds{static_cast<std::int64_t>(frames * 1000 / wire_rate)};
    }
};

/// Checks the configuration as validate() does.
[[nodiscard]] Result<Plan> make_plan(const StreamConfig& config);

}  // namespace asr_stream::engine
