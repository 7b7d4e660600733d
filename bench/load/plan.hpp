#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// The side-by-side load run. This header and contestant.hpp are C++17, because the incident's WebSocket library is.
namespace asr_stream::bench {

constexpr unsigned sample_rate = 8000;
constexpr unsigned push_ms = 20;  ///< what a media thread pushes at once
constexpr std::size_t samples_per_push = sample_rate / 1000 * push_ms;

/// One round of one contestant, as its process is told it.
struct Plan {
    std::string contestant;  ///< "engine", "engine_batched", "floor" or "incident"
    std::uint16_t port = 0;  ///< of the sink, on 127.0.0.1
    std::string ca_file;     ///< wss when not empty
    unsigned streams = 100;
    unsigned frame_ms = push_ms;  ///< audio in one message
    unsigned batch_ms = 0;        ///< how long the design may gather messages for one send
    unsigned slot_ms = 10;        ///< streams are spread over slots of the push period; one wake-up a slot
    unsigned warmup_ms = 2000;
    unsigned measure_ms = 8000;
    bool silence = false;  ///< zeros instead of a voice, so that the engine keeps little unconfirmed audio
};

[[nodiscard]] std::string to_json(const Plan& plan);
[[nodiscard]] Plan plan_from_json(const std::string& text);

}  // namespace asr_stream::bench
