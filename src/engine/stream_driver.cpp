#include "engine/stream_driver.hpp"

#include <cassert>
#include <new>
#include <utility>

#include "engine/guarded.hpp"
#include "engine/loop.hpp"
#include "websocket/connection.hpp"

namespace asr_stream::engine {

StreamDriver::StreamDriver(StreamConfig config, const Plan& plan, audio::Resampler resampler, SharedStream shared,
                           std::shared_ptr<EventSink> sink, Loop& loop)
    : loop_{loop},
      shared_{std::move(shared)},
      id_{shared_->id},
      plan_{plan},
      audio_{plan_, std::move(resampler), shared_->ring, shared_->counters, loop.delays(), &shared_->memory},
      fsm_{{.attempts = config.profile.reconnect_attempts,
            .first_delay = config.profile.reconnect_backoff,
            .longest_delay = config.profile.reconnect_backoff_max}},
      sink_{std::move(sink)},
      config_{std::move(config)},
      results_{config_.profile, audio_, shared_->counters},
      endpoints_{config_.profile.endpoints} {}

StreamDriver::~StreamDriver() = default;

void StreamDriver::start() {
    guarded([this] { perform(fsm_.start()); });
}

void StreamDriver::perform(Action action) {
    if (const auto* connecting = std::get_if<Connect>(&action))
        connect(connecting->attempt);
    else if (std::holds_alternative<WaitForReady>(action))
        wait_for_ready();
    else if (std::holds_alternative<StartStreaming>(action))
        start_streaming();
    else if (std::holds_alternative<Drain>(action))
        drain();
    else if (const auto* wait = std::get_if<BackOff>(&action))
        back_off(wait->delay);
    else if (std::holds_alternative<CloseHandshake>(action))
        close_handshake();
    else if (auto* how = std::get_if<Finish>(&action))
        finish(std::move(*how));
}

void StreamDriver::connect(std::uint32_t attempt) {
    ++session_number_;
    attempt_ = attempt;
    if (attempt > 1) shared_->counters.loop.reconnects.add();
    if (loop_.connects().try_begin({id(), session_number_}, Loop::Clock::now()))
        dial();
    else
        shared_->counters.loop.connects_delayed.add();
}

bool StreamDriver::take_turn(std::uint32_t session) {
    if (!is_current(session) || fsm_.state() != ConnectionFsm::State::connecting || dialer_) return false;
    guarded([this] { dial(); });
    return true;
}

void StreamDriver::wait_for_ready() {
    deadlines_.set(Deadlines::Kind::ready, Loop::Clock::now() + config_.profile.connect_timeout);
}

void StreamDriver::start_streaming() {
    const TimePoint now = Loop::Clock::now();
    deadlines_.clear(Deadlines::Kind::ready);
    streaming_since_ = now;
    announced_ = true;
    audio_.start_sending(*connection_, *session_);
    start_session_timers(now);
    waits_to_send_ = !texts_.empty();
    Event event;
    event.kind = EventKind::connected;
    emit(event);
}

void StreamDriver::drain() {
    if (!announced_) start_streaming();
    audio_.flush();
    waits_to_send_ = true;
}

void StreamDriver::back_off(milliseconds delay) {
    deadlines_.set(Deadlines::Kind::back_off, Loop::Clock::now() + delay);
}

void StreamDriver::pause() noexcept {
    guarded([this] { audio_.flush(); });
}

void StreamDriver::stop() noexcept {
    guarded([this] {
        if (finished_ || fsm_.is_stopping()) return;
        shared_->counters.push.accepts.store(false, std::memory_order_relaxed);
        deadlines_.set(Deadlines::Kind::drain, Loop::Clock::now() + config_.profile.drain_timeout);
        perform(fsm_.on_stop(audio_.is_unheard()));
    });
}

void StreamDriver::abort() noexcept {
    guarded([this] { perform(fsm_.on_abort()); });
}

void StreamDriver::shut_down() noexcept {
    guarded([this] { perform(fsm_.on_fatal(Error{Errc::shutting_down, {}})); });
}

void StreamDriver::fail_for_good(Error error) {
    if (finished_) return;
    emit_error(EventKind::error, error);
    perform(fsm_.on_fatal(std::move(error)));
}

Error StreamDriver::describe(const std::exception_ptr& exception) const {
    try {
        std::rethrow_exception(exception);
    } catch (const MemoryLimit&) {
        return {Errc::memory_limit, "call-memory-bytes=" + std::to_string(config_.profile.call_memory_bytes)};
    } catch (const std::bad_alloc&) {
        return {Errc::memory_limit, "the process is out of memory"};
    } catch (const std::exception& error) {
        return {Errc::internal, error.what()};
    }
}

void StreamDriver::on_exception(const std::exception_ptr& exception) noexcept {
    if (finished_) return;
    try {
        fail_for_good(describe(exception));
    } catch (...) {  // no memory even for words
        finish({Error{Errc::memory_limit, {}}, false});
    }
}

/// The end: everything of this stream lets go, and `closed` is the last that the sink hears.
void StreamDriver::finish(Finish how) noexcept {
    if (std::exchange(finished_, true)) return;
    shared_->counters.push.accepts.store(false, std::memory_order_relaxed);
    end_session();
    texts_.clear();
    Event event;
    event.kind = EventKind::closed;
    event.error = std::move(how.error);
    event.drained = how.drained;
    shared_->closed.store(true, std::memory_order_release);
    emit(event);
    loop_.remove(*this, event.error.has_value());
    sink_.reset();
    if (event.error) guarded([&] { log_end(*event.error); });
}

void StreamDriver::log_end(const Error& error) {
    loop_.log_limited(Loop::LogTopic::ended, LogLevel::warning, Loop::Clock::now(),
                      [&] { return label() + "closed: " + error.message(); });
}

std::string StreamDriver::label() const {
    std::string text = "stream " + std::to_string(id());
    if (!config_.call_id.empty()) text += " call " + config_.call_id;
    return text + " (" + config_.profile.name + "): ";
}

}  // namespace asr_stream::engine
