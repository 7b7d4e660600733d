#include "recognizer/speech_session.hpp"

#include <algorithm>
#include <utility>

namespace asr_stream::recognizer {

Result<SpeechSession> SpeechSession::create(RecognizerPool& pool, TaskPtr task, SpeechSettings settings) {
    if (settings.channels < 1 || settings.channels > 2)
        return fail(Errc::invalid_setting, "channels=" + std::to_string(settings.channels) + ": allowed are 1 and 2");
    auto converter = RateConverter::create(settings.sample_rate, pool.model().sample_rate());
    if (!converter) return tl::unexpected{converter.error()};
    return SpeechSession{pool, std::move(task), settings, *std::move(converter)};
}

SpeechSession::SpeechSession(RecognizerPool& pool, TaskPtr task, SpeechSettings settings, RateConverter converter)
    : pool_{&pool},
      task_{std::move(task)},
      settings_{settings},
      model_rate_{pool.model().sample_rate()},
      converter_{std::move(converter)},
      endpointer_{model_rate_, settings.endpoint} {}

Result<> SpeechSession::feed(std::span<const std::int16_t> samples, std::vector<SpeechEvent>& out) {
    if (settings_.channels == 2) {
        mix(samples);
        samples = mono_;
    }
    return take(converter_.process(samples), out);
}

Result<> SpeechSession::finish(std::vector<SpeechEvent>& out) {
    if (auto taken = take(converter_.flush(), out); !taken) return taken;
    if (endpointer_.in_utterance()) {
        pending_.insert(pending_.end(), step_.begin(), step_.end());
        endpointer_.finish();
        if (auto ended = end(out); !ended) return ended;
    }
    step_.clear();
    pending_.clear();
    return {};
}

void SpeechSession::mix(std::span<const std::int16_t> samples) {
    mono_.clear();
    for (std::size_t i = 0; i + 1 < samples.size(); i += 2)
        mono_.push_back(static_cast<std::int16_t>((samples[i] + samples[i + 1]) / 2));
}

/// Cuts what came into steps.
Result<> SpeechSession::take(std::span<const std::int16_t> samples, std::vector<SpeechEvent>& out) {
    while (!samples.empty()) {
        const auto count = std::min(endpointer_.step_samples() - step_.size(), samples.size());
        step_.insert(step_.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count));
        samples = samples.subspan(count);
        if (step_.size() < endpointer_.step_samples()) break;
        if (auto done = step(step_, out); !done) return done;
        step_.clear();
    }
    if (!endpointer_.in_utterance()) return {};
    if (auto handed_over = hand_over(); !handed_over) return handed_over;
    update_partial(out);
    return {};
}

Result<> SpeechSession::step(std::span<const std::int16_t> samples, std::vector<SpeechEvent>& out) {
    const auto change = endpointer_.step(samples);
    pending_.insert(pending_.end(), samples.begin(), samples.end());
    switch (change) {
        case Endpointer::Change::begin: return begin(out);
        case Endpointer::Change::end:
        case Endpointer::Change::cut: return end(out);
        case Endpointer::Change::none: break;
    }
    const auto lead_in = samples_in(Endpointer::lead_in);
    if (!endpointer_.in_utterance() && pending_.size() > lead_in)
        pending_.erase(pending_.begin(), pending_.end() - static_cast<std::ptrdiff_t>(lead_in));
    return {};
}

Result<> SpeechSession::begin(std::vector<SpeechEvent>& out) {
    auto lease = pool_->acquire(task_);
    if (!lease) return tl::unexpected{lease.error()};
    recognizer_ = *std::move(lease);
    if (auto begun = recognizer_->begin(mean_, time_of(endpointer_.position() - pending_.size())); !begun) {
        recognizer_.give_back(false);
        return begun;
    }
    next_partial_ = endpointer_.position() + samples_in(settings_.partial_interval);
    out.push_back({SpeechEvent::Kind::begin_speaking});
    return {};
}

Result<> SpeechSession::hand_over() {
    auto fed = recognizer_->feed(pending_);
    if (!fed) recognizer_.give_back(false);
    pending_.clear();
    return fed;
}

Result<> SpeechSession::end(std::vector<SpeechEvent>& out) {
    if (auto handed_over = hand_over(); !handed_over) return handed_over;
    out.push_back({SpeechEvent::Kind::end_speaking});
    auto transcript = recognizer_->finish();
    partial_.clear();
    if (transcript) mean_ = recognizer_->mean();
    recognizer_.give_back(transcript.has_value());
    if (!transcript) return tl::unexpected{transcript.error()};
    out.push_back({SpeechEvent::Kind::final, *std::move(transcript)});
    return {};
}

void SpeechSession::update_partial(std::vector<SpeechEvent>& out) {
    if (endpointer_.position() < next_partial_) return;
    next_partial_ = endpointer_.position() + samples_in(settings_.partial_interval);
    auto text = recognizer_->partial();
    if (text == partial_) return;
    partial_ = std::move(text);
    SpeechEvent event{SpeechEvent::Kind::partial};
    event.transcript.text = partial_;
    out.push_back(std::move(event));
}

CallTime SpeechSession::time_of(std::uint64_t position) const {
    return CallTime{static_cast<std::int64_t>(position * 1000 / model_rate_)};
}

std::uint64_t SpeechSession::samples_in(milliseconds time) const {
    return static_cast<std::uint64_t>(time.count()) * model_rate_ / 1000;
}

}  // namespace asr_stream::recognizer
