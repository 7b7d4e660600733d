#include "recognizer/endpointer.hpp"

namespace asr_stream::recognizer {
namespace {

std::uint64_t to_samples(milliseconds time, std::uint32_t sample_rate) {
    return static_cast<std::uint64_t>(time.count()) * sample_rate / 1000;
}

}  // namespace

Endpointer::Endpointer(std::uint32_t sample_rate, EndpointSettings settings) noexcept
    : voice_{sample_rate, 1},
      step_samples_{sample_rate / (1000 / audio::VoiceActivity::step_ms)},
      silence_samples_{to_samples(settings.silence, sample_rate)},
      max_samples_{to_samples(settings.max_utterance, sample_rate)} {}

Endpointer::Change Endpointer::step(std::span<const std::int16_t> samples) noexcept {
    voice_.feed(position_, samples);
    position_ += samples.size();
    if (!in_utterance_) {
        if (!voice_.is_speech()) return Change::none;
        in_utterance_ = true;
        utterance_begin_ = position_;
        return Change::begin;
    }
    const bool paused = position_ >= silence_samples_ && !voice_.heard_speech_since(position_ - silence_samples_);
    if (!paused && position_ - utterance_begin_ < max_samples_) return Change::none;
    in_utterance_ = false;
    return paused ? Change::end : Change::cut;
}

}  // namespace asr_stream::recognizer
