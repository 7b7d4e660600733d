#include <utility>

#include "engine/loop.hpp"
#include "engine/stream_driver.hpp"
#include "websocket/connection.hpp"

namespace asr_stream::engine {
namespace {

/// Such events are not numbered: they are no results, and those who count results do not see them.
bool is_playback(EventKind kind) noexcept {
    return kind == EventKind::audio || kind == EventKind::mark || kind == EventKind::clear;
}

}  // namespace

void StreamDriver::on_message(const websocket::Incoming& incoming) {
    const std::uint32_t session = session_number_;
    const TimePoint now = Loop::Clock::now();
    shared_->counters.loop.received_messages.add();
    count_bytes();
    recognitions_.clear();
    const auto framing = incoming.opcode == websocket::Opcode::text ? dialect::Framing::text : dialect::Framing::binary;
    if (const auto decoded = session_->decode(framing, incoming.payload, recognitions_); !decoded) {
        shared_->counters.loop.bad_messages.add();
        loop_.log_limited(Loop::LogTopic::bad_message, LogLevel::warning, now,
                          [&] { return label() + decoded.error().message(); });
    }
    for (auto& event : recognitions_) {
        if (!is_current(session)) return;
        on_recognition(std::move(event), now);
    }
}

void StreamDriver::on_recognition(dialect::RecognitionEvent&& event, TimePoint now) {
    using dialect::RecognitionKind;
    const RecognitionKind kind = event.kind;
    if (kind == RecognitionKind::ready) return perform(fsm_.on_ready());
    if (kind == RecognitionKind::end) return on_service_end();
    if (kind == RecognitionKind::error) return on_service_error(std::move(event), now);
    events_.clear();
    if (auto taken = results_.take(std::move(event), now, events_); !taken)
        return fail_for_good(std::move(taken).error());
    if (kind == RecognitionKind::final) {
        fsm_.on_useful();
        endpoints_.worked();
    }
    if (const auto until = results_.held_until()) deadlines_.set(Deadlines::Kind::partial, *until);
    deliver(events_);
}

void StreamDriver::on_service_error(dialect::RecognitionEvent&& event, TimePoint now) {
    const bool fatal = event.fatal;
    const Error error = event.error.value_or(Error{Errc::service_error, {}});
    loop_.log_limited(Loop::LogTopic::failure, LogLevel::warning, now, [&] { return label() + error.message(); });
    if (fatal && fsm_.state() != ConnectionFsm::State::closing) return fail_session(error);
    events_.clear();
    if (results_.take(std::move(event), now, events_)) deliver(events_);
}

void StreamDriver::on_service_end() {
    switch (fsm_.state()) {
        case ConnectionFsm::State::draining: return perform(fsm_.on_end(final_sent_));
        case ConnectionFsm::State::closing: return;
        default: return fail_session({Errc::closed_by_service, "it said that this was the end, unasked"});
    }
}

void StreamDriver::deliver(std::vector<Event>& events) {
    for (Event& event : events) emit(event);
    events.clear();
}

void StreamDriver::emit(Event& event) noexcept {
    if (!is_playback(event.kind)) {
        event.sequence = ++sequence_;
        event.gap = audio_.take_gap();
    }
    if (sink_) sink_->on_event(event);
}

void StreamDriver::emit_error(EventKind kind, Error error) {
    Event event;
    event.kind = kind;
    event.error = std::move(error);
    emit(event);
}

}  // namespace asr_stream::engine
