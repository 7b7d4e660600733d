#include "audio/voice_activity.hpp"

#include <algorithm>

namespace asr_stream::audio {
namespace {

constexpr float power_of(float rms) noexcept { return rms * rms; }

/// What the floor is until the first two seconds were heard: a usual line's noise.
constexpr float initial_floor = power_of(100);
/// Nothing below it is speech, -55 dB of full scale; comfort noise and codec noise lie below.
constexpr float least_speech = power_of(60);
/// 9 dB above the floor.
constexpr float speech_over_floor = 8;
/// The smoothing spreads over about 30 ms.
constexpr float smoothing = 0.3F;

}  // namespace

VoiceActivity::VoiceActivity(std::uint32_t sample_rate, std::uint16_t channels) noexcept
    : channels_{std::max<std::size_t>(channels, 1)},
      step_frames_{std::max<std::size_t>(std::size_t{sample_rate} * step_ms / 1000, 1)},
      pause_frames_{step_frames_ * silence_steps},
      smoothed_{initial_floor} {
    part_minima_.fill(initial_floor);
}

void VoiceActivity::feed(Position position, std::span<const std::int16_t> samples) noexcept {
    if (position != position_) reset(position);
    std::size_t frames = samples.size() / channels_;
    const std::int16_t* sample = samples.data();
    while (frames > 0) {
        const std::size_t taken = std::min(frames, step_frames_ - step_filled_);
        std::int64_t energy = 0;
        for (const std::int16_t* const end = sample + taken * channels_; sample != end; ++sample)
            energy += std::int32_t{*sample} * *sample;
        step_energy_ += energy;
        step_filled_ += taken;
        position_ += taken;
        frames -= taken;
        if (step_filled_ == step_frames_) finish_step();
    }
}

void VoiceActivity::reset(Position position) noexcept {
    end_silence(quiet_end());
    if (position < position_) {  // a new beginning
        speech_end_ = std::min(speech_end_, position);
        if (last_ && last_->end > position) last_.reset();
    }
    position_ = position;
    silence_begin_ = position;
    step_filled_ = 0;
    step_energy_ = 0;
    in_speech_ = false;
    loud_run_ = 0;
    quiet_run_ = 0;
}

std::optional<Position> VoiceActivity::last_silence_since(Position from) const noexcept {
    if (quiet_end() - silence_begin_ >= pause_frames_) return silence_begin_;
    if (last_ && last_->end >= from) return last_->begin;
    return std::nullopt;
}

void VoiceActivity::finish_step() noexcept {
    const auto power = static_cast<float>(step_energy_) / static_cast<float>(step_frames_ * channels_);
    const float floor = follow_floor(power);
    step_filled_ = 0;
    step_energy_ = 0;
    decide(power > std::max(floor * speech_over_floor, least_speech));
}

void VoiceActivity::decide(bool loud) noexcept {
    if (!loud) {
        loud_run_ = 0;
        quiet_run_ = std::min(quiet_run_ + 1, hangover_steps);
        if (quiet_run_ == hangover_steps) in_speech_ = false;
        return;
    }
    if (loud_run_ == 0) loud_begin_ = position_ - step_frames_;
    loud_run_ = std::min(loud_run_ + 1, onset_steps);
    if (!in_speech_ && loud_run_ < onset_steps) return;
    end_silence(loud_begin_);
    in_speech_ = true;
    quiet_run_ = 0;
    speech_end_ = position_;
    silence_begin_ = position_;
}

// Up to where it is quiet: loud steps that are too few for speech so far are left out.
Position VoiceActivity::quiet_end() const noexcept {
    const bool undecided = loud_run_ > 0 && loud_begin_ >= silence_begin_;
    return undecided ? loud_begin_ : position_ - step_filled_;
}

void VoiceActivity::end_silence(Position position) noexcept {
    if (position >= silence_begin_ + pause_frames_) last_ = Silence{silence_begin_, position};
}

float VoiceActivity::follow_floor(float power) noexcept {
    smoothed_ += smoothing * (power - smoothed_);
    part_minima_[part_] = std::min(part_minima_[part_], smoothed_);
    const float floor = *std::min_element(part_minima_.begin(), part_minima_.end());
    if (++part_steps_ == steps_in_part) {
        part_steps_ = 0;
        part_ = (part_ + 1) % floor_parts;
        part_minima_[part_] = smoothed_;
    }
    return floor;
}

}  // namespace asr_stream::audio
