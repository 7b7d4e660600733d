#include "freeswitch/recognition.hpp"

#include <algorithm>
#include <utility>

namespace asr_stream::freeswitch {
namespace {

using Kind = RecognitionResult::Kind;
using std::chrono::milliseconds;

RecognitionResult result_of(const Event& event, Kind kind) {
    return {.kind = kind,
            .completion = {},
            .transcript = event.transcript,
            .utterance = event.utterance,
            .sequence = event.sequence,
            .latency = event.latency,
            .gap = event.gap,
            .replayed = event.replayed};
}

/// What was said without what was understood: a rejected text must not look like an answer.
Transcript without_text(const Transcript& transcript) {
    Transcript rest;
    rest.confidence = transcript.confidence;
    rest.start = transcript.start;
    rest.end = transcript.end;
    return rest;
}

std::optional<CallTime> speech_start(const Transcript& transcript) {
    if (!transcript.words.empty()) return transcript.words.front().start;
    return transcript.start;
}

/// A duration of 0 means that there is no such timer.
std::optional<CallTime> timer(CallTime now, milliseconds duration) {
    if (duration <= milliseconds::zero()) return std::nullopt;
    return now + duration;
}

}  // namespace

RecognitionSettings recognition_settings(const CallSettings& call, bool interim, milliseconds stall_timeout,
                                         bool keys_are_input) {
    return {.continuous = call.continuous,
            .interim = interim,
            .no_input_timeout = call.no_input_timeout,
            .recognition_timeout = call.recognition_timeout,
            .speech_complete_timeout = call.speech_complete_timeout,
            .stall_timeout = stall_timeout,
            .start_input_timers = call.start_input_timers,
            .confidence_threshold = call.confidence_threshold,
            .max_results = call.max_results,
            .keys_are_input = keys_are_input};
}

void Recognition::start(const RecognitionSettings& settings, CallTime now, bool fresh_session) {
    settings_ = settings;
    waiting_.clear();
    waiting_finals_ = 0;
    full_since_.reset();
    started_ = now;
    fresh_session_ = fresh_session;
    if (fresh_session) {
        done_utterance_ = open_utterance_ = 0;
        last_error_.reset();
        spent_ = false;
        cut_off_ = false;
    }
    paused_ = false;
    past_utterance_ = std::max(done_utterance_, open_utterance_);
    begin(now);
}

void Recognition::begin(CallTime now) {
    ++counters_.recognitions;
    active_ = true;
    said_begin_ = false;
    reset_utterance();
    timers_started_ = settings_.start_input_timers;
    if (timers_started_) arm_input_timers(now);
}

void Recognition::start_failed(Completion completion) {
    pause();
    ++counters_.recognitions;
    finish(std::move(completion), {});
}

void Recognition::pause() {
    paused_ = true;
    cut_off_ = open_utterance_ != 0;
    active_ = false;
    reset_utterance();
    waiting_.clear();
    waiting_finals_ = 0;
    full_since_.reset();
}

void Recognition::start_input_timers(CallTime now) {
    timers_started_ = true;
    if (active_ && !speaking_) arm_input_timers(now);
}

void Recognition::arm_input_timers(CallTime now) {
    if (settings_.continuous) return;
    no_input_at_ = timer(now, settings_.no_input_timeout);
    if (!no_input_at_) too_long_at_ = timer(now, settings_.recognition_timeout);
}

void Recognition::reset_utterance() {
    speaking_ = false;
    latest_ = {};
    partial_.reset();
    no_input_at_.reset();
    too_long_at_.reset();
    complete_at_.reset();
}

void Recognition::on_event(const Event& event, CallTime now) {
    switch (event.kind) {
        case EventKind::connected: last_error_.reset(); break;
        case EventKind::begin_speaking: on_begin_speaking(event, now); break;
        case EventKind::partial: on_partial(event, now); break;
        case EventKind::final: on_final(event, now); break;
        case EventKind::end_speaking: on_end_speaking(event, now); break;
        case EventKind::error:
        case EventKind::disconnected: on_error(event, now); break;
        case EventKind::closed: on_closed(event, now); break;
        case EventKind::audio:
        case EventKind::mark:
        case EventKind::clear: break;
    }
}

bool Recognition::is_of_the_past(const Event& event, CallTime now) {
    if (event.utterance != 0 && event.utterance <= past_utterance_) return true;
    const auto start = speech_start(event.transcript);
    const auto end = event.transcript.end;
    if (start && *start + early_speech < started_) return true;
    if (end && *end > CallTime::zero() && *end <= started_) return true;
    if (start || end || fresh_session_ || event.kind == EventKind::begin_speaking || now >= started_ + soonest_result)
        return false;
    past_utterance_ = std::max(past_utterance_, event.utterance);
    return true;
}

void Recognition::on_begin_speaking(const Event& event, CallTime now) {
    if (!event.local && event.utterance > done_utterance_ && open_utterance_ == 0) {
        open_utterance_ = event.utterance;
        open_has_text_ = false;
    }
    if (!active_ || is_of_the_past(event, now)) return;
    heard_speech(event, now);
    complete_at_.reset();  // the caller goes on
}

void Recognition::on_partial(const Event& event, CallTime now) {
    if (event.transcript.text.empty()) return;
    if (event.utterance > done_utterance_) {
        open_utterance_ = event.utterance;
        open_has_text_ = true;
    }
    if (!active_ || is_of_the_past(event, now)) {
        ++counters_.results_discarded;
        return;
    }
    heard_speech(event, now);
    const bool changed = event.transcript.text != latest_.transcript.text;
    latest_ = result_of(event, Kind::partial);
    if (changed && !settings_.continuous) complete_at_ = timer(now, settings_.speech_complete_timeout);
    if (!settings_.interim) return;
    if (partial_) ++counters_.partials_coalesced;
    partial_ = latest_;
}

void Recognition::heard_speech(const Event& event, CallTime now) {
    if (!speaking_) {
        speaking_ = true;
        no_input_at_.reset();
        if (!too_long_at_ && !settings_.continuous) too_long_at_ = timer(now, settings_.recognition_timeout);
    }
    if (said_begin_) return;
    said_begin_ = true;
    if (!waiting_.empty() && waiting_.back().kind == Kind::begin_speaking) return;
    RecognitionResult begin = result_of(event, Kind::begin_speaking);
    begin.transcript = {};
    waiting_.push_back(std::move(begin));
}

void Recognition::on_final(const Event& event, CallTime now) {
    done_utterance_ = std::max(done_utterance_, event.utterance);
    if (open_utterance_ <= done_utterance_) open_utterance_ = 0;
    if (!active_) {
        ++counters_.results_discarded;
        return;
    }
    if (is_of_the_past(event, now)) {
        ++counters_.results_discarded;
        if (speaking_) heard_nothing(now);
        return;
    }
    if (event.transcript.text.empty()) {
        // Without speech before it, it only tells how far the service has come.
        if (!speaking_) return;
        if (settings_.continuous) return heard_nothing(now);
        return finish({Cause::no_match, {}}, now, result_of(event, Kind::terminal));
    }
    RecognitionResult result = result_of(event, settings_.continuous ? Kind::final : Kind::terminal);
    Completion completion;
    if (is_rejected(event.transcript)) {
        completion = {Cause::no_match, "below confidence-threshold"};
        result.transcript = without_text(event.transcript);
    }
    if (!settings_.continuous) return finish(std::move(completion), now, std::move(result));
    result.completion = std::move(completion);
    heard_nothing(now);
    add_final(std::move(result), now);
}

bool Recognition::is_rejected(const Transcript& transcript) const {
    return transcript.confidence && *transcript.confidence < settings_.confidence_threshold;
}

void Recognition::on_end_speaking(const Event& event, CallTime now) {
    if (event.utterance != 0 && event.utterance <= done_utterance_) return;  // its final was quicker
    if (!open_has_text_) open_utterance_ = 0;
    if (!active_ || !speaking_) return;
    if (latest_.transcript.text.empty()) return heard_nothing(now);
    if (!settings_.continuous) complete_at_ = timer(now, settings_.speech_complete_timeout);
}

/// What was taken for speech was none, or is over: the caller is awaited again.
void Recognition::heard_nothing(CallTime now) {
    reset_utterance();
    if (settings_.continuous) said_begin_ = false;
    if (timers_started_) arm_input_timers(now);
}

void Recognition::on_error(const Event& event, CallTime now) {
    if (!event.error) return;
    last_error_ = event.error;
    const Cause cause = cause_of(*event.error);
    // The service would refuse the same again; whatever else happens, the stream tries to mend itself.
    if (cause != Cause::grammar_load_failure && cause != Cause::language_unsupported) return;
    spent_ = true;
    if (active_) finish({cause, event.error->message()}, now);
}

void Recognition::on_closed(const Event& event, CallTime now) {
    spent_ = true;
    if (!active_) return;
    if (!event.error) return finish({Cause::cancelled, "the stream was stopped"}, now);
    const bool gave_up = event.error->code == Errc::reconnects_exhausted && last_error_;
    finish({cause_of(gave_up ? *last_error_ : *event.error), event.error->message()}, now);
}

void Recognition::on_key(CallTime now) {
    if (settings_.keys_are_input && no_input_at_) no_input_at_ = timer(now, settings_.no_input_timeout);
}

void Recognition::on_time(CallTime now) {
    const auto due = [now](const std::optional<CallTime>& at) { return at && *at <= now; };
    if (full_since_ && now - *full_since_ >= settings_.stall_timeout) {
        ++counters_.results_overflows;
        return finish({Cause::recognizer_error, "results_overflow: max-results waited longer than stall-timeout"}, now);
    }
    if (due(complete_at_)) return finish_with_latest(Cause::success, Cause::no_match, now);
    if (due(too_long_at_)) return finish_with_latest(Cause::success_maxtime, Cause::no_match_maxtime, now);
    if (due(no_input_at_)) finish({Cause::no_input_timeout, {}}, now);
}

std::optional<CallTime> Recognition::deadline() const {
    std::optional<CallTime> first;
    const auto consider = [&first](const std::optional<CallTime>& at) {
        if (at && (!first || *at < *first)) first = at;
    };
    if (full_since_) first = *full_since_ + settings_.stall_timeout;
    consider(complete_at_);
    consider(too_long_at_);
    consider(no_input_at_);
    return first;
}

void Recognition::finish_with_latest(Cause with_text, Cause without, CallTime now) {
    RecognitionResult result = std::exchange(latest_, {});
    const bool rejected = is_rejected(result.transcript);
    const bool has_text = !result.transcript.text.empty() && !rejected;
    if (rejected) result.transcript = without_text(result.transcript);
    finish({has_text ? with_text : without, {}}, now, std::move(result));
}

void Recognition::finish(Completion completion, CallTime now, RecognitionResult result) {
    active_ = false;
    reset_utterance();
    const bool goes_on = auto_resume_ && !is_failure(completion.cause);
    result.kind = Kind::terminal;
    result.completion = std::move(completion);
    if (goes_on) begin(now);
    add_final(std::move(result), now);
    if (!active_) full_since_.reset();
}

void Recognition::add_final(RecognitionResult result, CallTime now) {
    const bool is_last = !active_;
    if (!is_last && waiting_finals_ >= settings_.max_results + arriving_slack) {
        ++counters_.results_overflows;
        return finish({Cause::recognizer_error, "results_overflow: max-results exceeded"}, now);
    }
    waiting_.push_back(std::move(result));
    ++waiting_finals_;
    if (active_ && !full_since_ && waiting_finals_ >= settings_.max_results) full_since_ = now;
}

std::optional<RecognitionResult> Recognition::take() {
    if (waiting_.empty()) return std::exchange(partial_, std::nullopt);
    RecognitionResult result = std::move(waiting_.front());
    waiting_.pop_front();
    if (result.kind != Kind::begin_speaking) --waiting_finals_;
    if (waiting_finals_ <= settings_.max_results / 2) full_since_.reset();
    return result;
}

}  // namespace asr_stream::freeswitch
