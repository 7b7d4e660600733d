#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "audio/voice_activity.hpp"

namespace asr_stream::recognizer {

using std::chrono::milliseconds;

struct EndpointSettings {
    milliseconds silence{600};           ///< so long a pause ends an utterance
    milliseconds max_utterance{30'000};  ///< a longer one is cut, because the decoder's memory grows with it
};

/// Cuts audio into utterances at pauses. Mono. One thread.
class Endpointer {
  public:
    /// Speech is noticed some steps after it began; so much audio before that belongs to the utterance.
    static constexpr milliseconds lead_in{300};

    Endpointer(std::uint32_t sample_rate, EndpointSettings settings) noexcept;

    [[nodiscard]] std::size_t step_samples() const noexcept { return step_samples_; }  ///< 10 ms

    enum class Change {
        none,
        begin,  ///< an utterance begins; it includes this step
        end,    ///< the utterance ended with this step, by a pause
        cut,    ///< it ended with this step because it was too long
    };
    /// The next step_samples() of audio.
    [[nodiscard]] Change step(std::span<const std::int16_t> samples) noexcept;
    /// The audio is over; a running utterance is, too.
    void finish() noexcept { in_utterance_ = false; }

    [[nodiscard]] bool in_utterance() const noexcept { return in_utterance_; }
    [[nodiscard]] std::uint64_t position() const noexcept { return position_; }  ///< samples so far

  private:
    audio::VoiceActivity voice_;
    std::size_t step_samples_;
    std::uint64_t silence_samples_;
    std::uint64_t max_samples_;
    std::uint64_t position_ = 0;
    std::uint64_t utterance_begin_ = 0;
    bool in_utterance_ = false;
};

}  // namespace asr_stream::recognizer
