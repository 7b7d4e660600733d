#pragma once

#include <cstdint>
#include <span>

#include "audio/ring.hpp"

namespace asr_stream::audio {

/// Tells speech from silence by energy over an adaptive noise floor, in steps of 10 ms. Deterministic; no allocation.
class VoiceActivity {
  public:
    VoiceActivity(std::uint32_t sample_rate, std::uint16_t channels) noexcept;
    /// Audio that begins at `position` (wire rate).
    void feed(Position position, std::span<const std::int16_t> samples) noexcept;
    /// A gap or a new beginning: the noise floor stays, the run of silence ends.
    void reset(Position position) noexcept;

    [[nodiscard]] bool is_speech() const noexcept;
    [[nodiscard]] bool heard_speech_since(Position position) const noexcept;
    /// Where the latest run of at least 300 ms of silence that touches [from, end] begins; `from` - 1 rounded to Position
    /// max when there is none.
    [[nodiscard]] Position last_silence_since(Position from) const noexcept;
};

}  // namespace asr_stream::audio
