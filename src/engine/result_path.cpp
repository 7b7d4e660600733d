#include "engine/result_path.hpp"

#include <utility>

namespace asr_stream::engine {
namespace {

// A service reports speech later than we do: what it says so soon after our end is the same speech.
constexpr std::chrono::seconds repetition_time{2};

}  // namespace

Result<> ResultPath::take(dialect::RecognitionEvent&& event, TimePoint now, std::vector<Event>& out) {
    using dialect::RecognitionKind;
    switch (event.kind) {
        case RecognitionKind::partial: take_partial(std::move(event.transcript), now, out); return {};
        case RecognitionKind::final:
            if (!finals_.admit(now, profile_.max_finals_per_second))
                return fail(Errc::too_many_finals,
                            "max-finals-per-second=" + std::to_string(profile_.max_finals_per_second));
            take_final(std::move(event.transcript), now, out);
            return {};
        case RecognitionKind::begin_speaking:
            if (!admit_speech(EventKind::begin_speaking, false, now)) return {};
            break;
        case RecognitionKind::end_speaking:
            if (!admit_speech(EventKind::end_speaking, false, now)) return {};
            break;
        case RecognitionKind::error: break;
        case RecognitionKind::audio:
        case RecognitionKind::mark:
        case RecognitionKind::clear: take_playback(std::move(event), out); return {};
        case RecognitionKind::ready:
        case RecognitionKind::end: return {};
    }
    if (!signals_.admit(now, profile_.max_finals_per_second)) {
        counters_.loop.results_dropped.add();
        return {};
    }
    if (event.kind == RecognitionKind::error) {
        out.push_back(make_event(EventKind::error));
        out.back().error = std::move(event.error);
        return {};
    }
    take_signal(event.kind == RecognitionKind::begin_speaking ? EventKind::begin_speaking : EventKind::end_speaking,
                out);
    return {};
}

bool ResultPath::Rate::admit(TimePoint now, std::uint32_t limit) noexcept {
    if (now - began >= std::chrono::seconds{1}) {
        began = now;
        count = 0;
    }
    return ++count <= limit;
}

void ResultPath::take_partial(Transcript&& transcript, TimePoint now, std::vector<Event>& out) {
    if (!profile_.interim) return;
    if (held_ || transcript.text == last_text_) counters_.loop.partials_coalesced.add();
    if (transcript.text == last_text_) {  // nothing new, and an utterance does not begin with no words
        held_.reset();
        return;
    }
    if (now - last_partial_ < profile_.partial_interval) {
        held_ = std::move(transcript);
        return;
    }
    held_.reset();
    deliver_partial(std::move(transcript), now, out);
}

std::optional<ResultPath::TimePoint> ResultPath::held_until() const noexcept {
    if (!held_) return std::nullopt;
    return last_partial_ + profile_.partial_interval;
}

void ResultPath::release_held(TimePoint now, std::vector<Event>& out) {
    if (!held_) return;
    Transcript transcript = std::move(*held_);
    held_.reset();
    deliver_partial(std::move(transcript), now, out);
}

void ResultPath::deliver_partial(Transcript&& transcript, TimePoint now, std::vector<Event>& out) {
    last_partial_ = now;
    last_text_ = transcript.text;
    utterance_open_ = true;
    counters_.loop.partials.add();
    Event& event = out.emplace_back(make_event(EventKind::partial));
    event.transcript = std::move(transcript);
    event.replayed = is_from_replay();
    to_call_clock(event.transcript);
}

void ResultPath::take_final(Transcript&& transcript, TimePoint now, std::vector<Event>& out) {
    if (held_) counters_.loop.partials_coalesced.add();
    held_.reset();
    const bool exact = transcript.end.has_value();
    const auto end = exact ? audio_.end_position(*transcript.end) : audio_.estimated_end();
    const auto confirmed = audio_.confirmed();
    if (exact && !estimated_ && end <= confirmed && confirmed < audio_.replayed_until()) {
        counters_.loop.finals_repeated.add();
        last_text_.clear();
        return;
    }
    Event& event = out.emplace_back(make_event(EventKind::final));
    event.replayed = is_from_replay();
    if (exact) event.latency = latency(*transcript.end, now);
    event.transcript = std::move(transcript);
    to_call_clock(event.transcript);
    counters_.loop.finals.add();
    if (end > confirmed) {
        audio_.confirm(end);
        estimated_ = !exact;
    }
    ++utterance_;
    utterance_open_ = false;
    last_text_.clear();
}

void ResultPath::take_signal(EventKind kind, std::vector<Event>& out) {
    Event& event = out.emplace_back(make_event(kind));
    if (kind == EventKind::begin_speaking)
        utterance_open_ = true;
    else if (!utterance_open_ && utterance_ > 1)
        event.utterance = utterance_ - 1;  // it comes after its final
}

void ResultPath::take_local_speech(bool begins, TimePoint now, std::vector<Event>& out) {
    const EventKind kind = begins ? EventKind::begin_speaking : EventKind::end_speaking;
    if (!admit_speech(kind, true, now)) return;
    take_signal(kind, out);
    out.back().local = true;
}

/// Whether it is told that speech begins or ends. With both sources whoever is first tells it.
bool ResultPath::admit_speech(EventKind kind, bool local, TimePoint now) noexcept {
    if (profile_.speech_detection != SpeechDetection::both)
        return local == (profile_.speech_detection == SpeechDetection::local);
    const bool begins = kind == EventKind::begin_speaking;
    const bool is_repetition = begins && !local && now - last_local_end_ < repetition_time;
    if (local && !begins) last_local_end_ = now;
    if (begins == speaking_ || is_repetition) return false;
    speaking_ = begins;
    return true;
}

void ResultPath::take_playback(dialect::RecognitionEvent&& event, std::vector<Event>& out) {
    using dialect::RecognitionKind;
    if (!profile_.playback) return counters_.loop.playback_dropped.add();
    if (event.kind == RecognitionKind::audio && event.samples.empty()) return;
    Event& made = out.emplace_back(make_event(event.kind == RecognitionKind::audio  ? EventKind::audio
                                              : event.kind == RecognitionKind::mark ? EventKind::mark
                                                                                    : EventKind::clear));
    made.samples = std::move(event.samples);
    made.sample_rate = event.sample_rate;
    made.mark = std::move(event.mark);
}

Event ResultPath::make_event(EventKind kind) const {
    Event event;
    event.kind = kind;
    event.utterance = utterance_;
    return event;
}

void ResultPath::to_call_clock(Transcript& transcript) const {
    const auto start = [this](milliseconds time) { return audio_.call_time(audio_.start_position(time)); };
    const auto end = [this](milliseconds time) { return audio_.call_time(audio_.end_position(time)); };
    if (transcript.start) transcript.start = start(*transcript.start);
    if (transcript.end) transcript.end = end(*transcript.end);
    for (Word& word : transcript.words) {
        word.start = start(word.start);
        word.end = end(word.end);
    }
}

std::optional<milliseconds> ResultPath::latency(milliseconds end, TimePoint now) const {
    const auto sent = audio_.sent_at(end);
    if (!sent) return std::nullopt;
    const auto since = now.time_since_epoch() - std::chrono::nanoseconds{*sent};
    return std::max(std::chrono::duration_cast<milliseconds>(since), milliseconds{0});
}

/// What comes now may repeat a final that was delivered: the confirmed position is a guess, and lies in audio that was
/// sent before.
bool ResultPath::is_from_replay() const noexcept { return estimated_ && audio_.confirmed() < audio_.replayed_until(); }

}  // namespace asr_stream::engine
