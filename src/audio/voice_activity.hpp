#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "audio/ring.hpp"

namespace asr_stream::audio {

/// Tells speech from silence by energy over an adaptive noise floor, in steps of 10 ms. Deterministic; no allocation.
/// The floor is the smallest smoothed energy of the last two seconds (minimum statistics). It serves to choose where to
/// cut audio, not to decide what a service hears. One thread.
class VoiceActivity {
  public:
    static constexpr std::uint32_t step_ms = 10;
    static constexpr std::uint32_t onset_steps = 3;      ///< shorter noises, such as clicks, are not speech
    static constexpr std::uint32_t hangover_steps = 20;  ///< is_speech() stays true so long after the last loud step
    static constexpr std::uint32_t silence_steps = 30;   ///< what last_silence_since() takes for a pause

    /// `sample_rate` in Hz, at least 100.
    VoiceActivity(std::uint32_t sample_rate, std::uint16_t channels) noexcept;
    /// Interleaved audio that begins at `position` (wire rate). A position other than where the last audio ended is a
    /// gap.
    void feed(Position position, std::span<const std::int16_t> samples) noexcept;
    /// A gap or a new beginning: the noise floor stays, the run of silence ends.
    void reset(Position position) noexcept;

    [[nodiscard]] bool is_speech() const noexcept { return in_speech_; }
    /// Whether a step of speech ends after `position`.
    [[nodiscard]] bool heard_speech_since(Position position) const noexcept { return speech_end_ > position; }
    /// Where the latest run of at least 300 ms of silence that touches [from, end] begins, which can be before `from`;
    /// nothing when there is none. Silence begins where the last loud step ended, without the hangover.
    [[nodiscard]] std::optional<Position> last_silence_since(Position from) const noexcept;

  private:
    struct Silence {
        Position begin = 0;
        Position end = 0;
    };
    /// The floor's two seconds, in parts of a quarter of a second.
    static constexpr std::size_t floor_parts = 8;
    static constexpr std::uint32_t steps_in_part = 25;

    void finish_step() noexcept;
    void decide(bool loud) noexcept;
    [[nodiscard]] Position quiet_end() const noexcept;
    void end_silence(Position position) noexcept;
    [[nodiscard]] float follow_floor(float power) noexcept;

    std::size_t channels_;
    std::size_t step_frames_;
    std::size_t pause_frames_;

    Position position_ = 0;        ///< where the audio fed so far ends
    std::size_t step_filled_ = 0;  ///< frames of the step under way
    std::int64_t step_energy_ = 0;

    std::array<float, floor_parts> part_minima_{};
    std::size_t part_ = 0;
    std::uint32_t part_steps_ = 0;
    float smoothed_ = 0;

    bool in_speech_ = false;
    std::uint32_t loud_run_ = 0;   ///< loud steps in a row, counted up to onset_steps
    std::uint32_t quiet_run_ = 0;  ///< quiet steps since speech, counted up to hangover_steps
    Position loud_begin_ = 0;      ///< of the loud steps in a row; while they last
    Position speech_end_ = 0;
    Position silence_begin_ = 0;   ///< where the last speech ended or the audio began
    std::optional<Silence> last_;  ///< the latest long silence that ended
};

}  // namespace asr_stream::audio
