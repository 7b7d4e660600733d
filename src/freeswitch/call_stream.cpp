#include "freeswitch/call_stream.hpp"

#include <utility>

#include "freeswitch/barge_in.hpp"
#include "freeswitch/counters.hpp"
#include "freeswitch/event_headers.hpp"
#include "freeswitch/playback_queue.hpp"
#include "freeswitch/publisher.hpp"

namespace asr_stream::freeswitch {

CallStream::CallStream(OpenRequest request, Outlets outlets)
    : uuid_{std::move(request.uuid)},
      name_{std::move(request.name)},
      profile_{std::move(request.profile)},
      origin_{request.origin},
      has_call_{request.has_call},
      sample_rate_{request.sample_rate},
      channels_{request.channels},
      outlets_{std::move(outlets)},
      listener_{std::move(request.listener)},
      hold_{std::move(request.hold)},
      rate_adapter_{request.sample_rate, request.channels} {
    if (!profile_.playback) return;
    // Shares ownership of all counters.
    const std::shared_ptr<PlaybackTotals> totals{outlets_.counters, &outlets_.counters->playback};
    playback_ = std::make_shared<PlaybackQueue>(profile_.call.playback_ms, totals);
}

CallStream::~CallStream() = default;

void CallStream::begin(Stream stream) noexcept {
    stream_ = std::move(stream);
    begun_.store(true, std::memory_order_release);
    begun_.notify_all();
}

void CallStream::pause() {
    paused_.store(true, std::memory_order_relaxed);
    handle().pause();
}

void CallStream::resume() {
    paused_.store(false, std::memory_order_relaxed);
    handle().resume();
}

void CallStream::stop() noexcept {
    ending_.store(true, std::memory_order_release);
    try {
        handle().stop();
    } catch (...) {  // no memory to tell the loop
        untold_.store(true, std::memory_order_relaxed);
    }
}

void CallStream::abort() noexcept {
    ending_.store(true, std::memory_order_release);
    try {
        handle().abort();
    } catch (...) {
        untold_.store(true, std::memory_order_relaxed);
    }
}

void CallStream::retry_end() noexcept {
    if (untold_.exchange(false, std::memory_order_relaxed)) abort();
}

void CallStream::hang_up() noexcept {
    if (is_ending()) return;
    if (profile_.call.on_hangup == HangupPolicy::discard)
        abort();
    else
        stop();
}

void CallStream::on_event(const Event& event) noexcept {
    try {
        dispatch(event);
    } catch (...) {
        Counters::add(outlets_.counters->events_failed);
        if (event.kind == EventKind::closed) outlets_.publisher->let_go(*this);
    }
    if (event.kind == EventKind::closed) finish();
}

void CallStream::dispatch(const Event& event) {
    if (listener_) listener_->on_event(event);
    switch (event.kind) {
        case EventKind::audio:
        case EventKind::mark:
        case EventKind::clear: play(event); break;
        case EventKind::begin_speaking: heard_speech(event); break;
        case EventKind::partial:  // a service that does not say when speech begins says it with its first words
            if (event.utterance != heard_utterance_ && !event.transcript.text.empty()) heard_speech(event);
            break;
        default: break;
    }
    if (event.kind == EventKind::closed) ending_.store(true, std::memory_order_release);
    if (is_published(event.kind)) outlets_.publisher->publish(shared_from_this(), event);
}

void CallStream::heard_speech(const Event& event) {
    heard_utterance_ = event.utterance;
    if (!profile_.call.barge_in) return;
    clear_playback();
    outlets_.barge_in->request(uuid_);
}

void CallStream::play(const Event& event) {
    if (!playback_) return;
    switch (event.kind) {
        case EventKind::audio: playback_->push(event.samples, event.sample_rate); break;  // counts what it refuses
        case EventKind::mark:
            if (const auto state = playback_->add_mark(event.mark)) send_mark(event.mark, *state);
            break;
        default: clear_playback(); break;
    }
}

void CallStream::clear_playback() {
    if (!playback_) return;
    for (std::string& mark : playback_->clear()) send_mark(std::move(mark), MarkState::cleared);
}

void CallStream::finish() noexcept {
    ending_.store(true, std::memory_order_release);
    closed_.store(true, std::memory_order_release);
    if (playback_) playback_->close();
    listener_.reset();
}

}  // namespace asr_stream::freeswitch
