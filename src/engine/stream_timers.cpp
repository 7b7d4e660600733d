#include <algorithm>
#include <utility>

#include "engine/guarded.hpp"
#include "engine/loop.hpp"
#include "engine/stream_driver.hpp"
#include "websocket/connection.hpp"

namespace asr_stream::engine {
namespace {

// So many pings fit into the time after which their absence means something.
constexpr int pings_per_timeout = 3;

}  // namespace

void StreamDriver::tick(TimePoint now) noexcept {
    guarded([this, now] {
        if (deadlines_.any_due(now))
            deadlines_.take_due(now, [this, now](Deadlines::Kind kind) {
                if (!finished_) on_deadline(kind, now);
            });
        if (finished_) return;
        pump(now);
        if (waits_to_send_) send_waiting();
    });
}

void StreamDriver::pump(TimePoint now) {
    const auto pumped = audio_.pump(now, loop_.messages_allowed(), loop_.turns().longest_wait(plan_.is_short));
    loop_.messages_sent(pumped.messages);
    if (pumped.has_speech_changes) report_speech(now);
    if (pumped.dropped > 0)
        loop_.log_limited(Loop::LogTopic::dropped, LogLevel::warning, now, [&] {
            return label() + std::to_string(plan_.wire_time(pumped.dropped).count()) +
                   " ms of audio dropped: the service or the network does not keep up";
        });
    if (pumped.messages == 0) return;
    shared_->counters.loop.sent_bytes.set(sent_before_ + connection_->sent_bytes());
    last_audio_ = now;
    if (flowing_) return;
    flowing_ = true;
    const TimePoint ping = now + config_.profile.stall_timeout / pings_per_timeout;
    deadlines_.set(Deadlines::Kind::ping, std::min(ping, deadlines_.at(Deadlines::Kind::ping)));
}

/// What our own detection heard. While the stream is paused nobody wants to know.
void StreamDriver::report_speech(TimePoint now) {
    if (shared_->counters.push.paused.load(std::memory_order_relaxed)) return audio_.speech().forget();
    events_.clear();
    while (const auto begins = audio_.speech().take()) results_.take_local_speech(*begins, now, events_);
    deliver(events_);
}

/// Texts go out as soon as the socket is free, the final messages once all audio is out.
void StreamDriver::send_waiting() {
    if (!fsm_.takes_audio() || connection_->queued_bytes() > 0) return;
    send_texts();
    waits_to_send_ = !texts_.empty();
    if (fsm_.state() != ConnectionFsm::State::draining || final_sent_) return;
    waits_to_send_ = true;
    if (!texts_.empty()) return;
    if (!audio_.is_all_sent()) return audio_.flush();  // a push may have overlapped with the stop
    for (const auto& message : session_->final_messages()) send(message);
    final_sent_ = true;
    waits_to_send_ = false;
}

void StreamDriver::send_texts() {
    while (!texts_.empty() && connection_->queued_bytes() == 0) {
        const Text text = std::move(texts_.front());
        texts_.pop_front();
        text_bytes_ -= text.text.size();
        auto message = message_of(text);
        if (message) {
            send(*message);
            continue;
        }
        loop_.log_limited(Loop::LogTopic::text, LogLevel::warning, Loop::Clock::now(),
                          [&] { return label() + message.error().message(); });
        emit_error(EventKind::error, std::move(message).error());
    }
}

Result<dialect::Message> StreamDriver::message_of(const Text& text) {
    switch (text.kind) {
        case Text::Kind::dtmf: return session_->dtmf_message(text.text.front());
        case Text::Kind::mark: return session_->mark_message(text.text, text.mark);
        case Text::Kind::text: break;
    }
    return session_->text_message(text.text);
}

void StreamDriver::send_text(std::string text) noexcept {
    guarded([&] { queue_text({.text = std::move(text)}); });
}

void StreamDriver::send_dtmf(char digit) noexcept {
    guarded([&] { queue_text({.text = std::string(1, digit), .kind = Text::Kind::dtmf}); });
}

void StreamDriver::send_mark(std::string name, MarkState state) noexcept {
    guarded([&] { queue_text({.text = std::move(name), .kind = Text::Kind::mark, .mark = state}); });
}

void StreamDriver::queue_text(Text text) {
    if (finished_ || fsm_.is_stopping()) return;
    if (texts_.size() >= max_texts || text_bytes_ + text.text.size() > max_text_bytes) {
        shared_->counters.loop.texts_dropped.add();
        loop_.log_limited(Loop::LogTopic::text, LogLevel::warning, Loop::Clock::now(),
                          [&] { return label() + "text dropped: too much of it waits for the connection"; });
        return;
    }
    text_bytes_ += text.text.size();
    texts_.push_back(std::move(text));
    waits_to_send_ = true;
    if (fsm_.takes_audio()) send_waiting();
}

void StreamDriver::on_deadline(Deadlines::Kind kind, TimePoint now) {
    switch (kind) {
        case Deadlines::Kind::ready: return fail_session({Errc::ready_timeout, {}});
        case Deadlines::Kind::ping: return on_ping_due(now);
        case Deadlines::Kind::idle: return on_idle_due(now);
        case Deadlines::Kind::keep_alive: return on_keep_alive_due(now);
        case Deadlines::Kind::drain:
            shared_->counters.loop.drain_timeouts.add();
            return perform(fsm_.on_drain_timeout());
        case Deadlines::Kind::back_off: return perform(fsm_.on_backoff_elapsed());
        case Deadlines::Kind::partial:
            events_.clear();
            results_.release_held(now, events_);
            return deliver(events_);
    }
}

void StreamDriver::start_session_timers(TimePoint now) {
    const Profile& profile = config_.profile;
    flowing_ = false;
    pings_since_ = {};
    last_audio_ = now;
    deadlines_.set(Deadlines::Kind::ping, now + profile.idle_timeout / pings_per_timeout);
    deadlines_.set(Deadlines::Kind::idle, now + profile.idle_timeout);
    if (plan_.traits.keep_alive.count() > 0) deadlines_.set(Deadlines::Kind::keep_alive, now + plan_.traits.keep_alive);
}

void StreamDriver::stop_session_timers() noexcept {
    for (const auto kind : {Deadlines::Kind::ready, Deadlines::Kind::ping, Deadlines::Kind::idle,
                            Deadlines::Kind::keep_alive, Deadlines::Kind::partial})
        deadlines_.clear(kind);
}

/// A ping is queued behind the audio, so its pong proves that what lay before it was read. While audio flows, the lack
/// of pongs for stall-timeout is a stall; at other times pings only keep idle-timeout away.
void StreamDriver::on_ping_due(TimePoint now) {
    if (held_ || !fsm_.takes_audio()) return;
    const Profile& profile = config_.profile;
    if (now - streaming_since_ >= profile.reconnect_backoff_max) fsm_.on_useful();
    const bool flows = std::exchange(flowing_, false);
    connection_->ping();
    count_bytes();
    if (!flows) {
        pings_since_ = {};
        deadlines_.set(Deadlines::Kind::ping, now + profile.idle_timeout / pings_per_timeout);
        return;
    }
    if (pings_since_ == TimePoint{}) pings_since_ = now;
    if (now - std::max(connection_->last_pong(), pings_since_) >= profile.stall_timeout) {
        shared_->counters.loop.stalls.add();
        return fail_session({Errc::stalled, {}});
    }
    deadlines_.set(Deadlines::Kind::ping, now + profile.stall_timeout / pings_per_timeout);
}

void StreamDriver::on_idle_due(TimePoint now) {
    if (held_ || !fsm_.takes_audio()) return;
    const TimePoint due = connection_->last_received() + config_.profile.idle_timeout;
    if (due > now) return deadlines_.set(Deadlines::Kind::idle, due);
    shared_->counters.loop.idle_timeouts.add();
    fail_session({Errc::idle_timeout, {}});
}

void StreamDriver::on_keep_alive_due(TimePoint now) {
    if (!fsm_.takes_audio()) return;
    const TimePoint due = last_audio_ + plan_.traits.keep_alive;
    if (due > now) return deadlines_.set(Deadlines::Kind::keep_alive, due);
    if (const auto message = session_->keep_alive()) send(*message);
    deadlines_.set(Deadlines::Kind::keep_alive, now + plan_.traits.keep_alive);
}

}  // namespace asr_stream::engine
