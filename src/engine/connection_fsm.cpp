#include "engine/connection_fsm.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace asr_stream::engine {
namespace {

constexpr double jitter_share = 0.5;  // a delay varies from 0.75 to 1.25 of its value

/// The status in "...: HTTP 503 Service Unavailable", or 0.
int http_status(std::string_view text) noexcept {
    constexpr std::string_view mark = "HTTP ";
    const auto at = text.rfind(mark);
    int status = 0;
    if (at != std::string_view::npos)
        std::from_chars(text.data() + at + mark.size(), text.data() + text.size(), status);
    return status;
}

/// RFC 9110 section 15: 3xx and 4xx are ours to mend, except time-out (408), too early (425) and too many requests
/// (429).
bool is_final_refusal(int status) noexcept {
    return status >= 300 && status < 500 && status != 408 && status != 425 && status != 429;
}

}  // namespace

Action ConnectionFsm::start() {
    state_ = State::connecting;
    return Connect{++attempt_};
}

Action ConnectionFsm::on_connected(bool waits_for_ready) {
    if (state_ != State::connecting) return {};
    state_ = State::waiting_for_ready;
    if (waits_for_ready) return WaitForReady{};
    return on_ready();
}

Action ConnectionFsm::on_ready() {
    if (state_ != State::waiting_for_ready) return {};
    state_ = stopping_ ? State::draining : State::streaming;
    if (stopping_) return Drain{};
    return StartStreaming{};
}

Action ConnectionFsm::on_failed(Error reason, double jitter) {
    switch (state_) {
        case State::closing: return finish(std::move(closing_error_), drained_);
        case State::connecting:
        case State::waiting_for_ready:
        case State::streaming:
        case State::draining: break;
        case State::idle:
        case State::backing_off:
        case State::closed: return {};
    }
    if (stopping_ || !is_worth_retrying(reason) || limits_.attempts == 0) return finish(std::move(reason), false);
    if (failures_ == limits_.attempts) {
        const std::string tried = std::to_string(failures_) + " reconnects; the last: ";
        return finish(Error{Errc::reconnects_exhausted, tried + reason.message()}, false);
    }
    ++failures_;
    last_failure_ = std::move(reason);
    state_ = State::backing_off;
    return BackOff{delay(jitter)};
}

milliseconds ConnectionFsm::delay(double jitter) const noexcept {
    const auto doublings = std::min<std::uint32_t>(failures_ - 1, 20);  // beyond that any first delay is the longest
    const auto base = std::min(limits_.first_delay * (std::int64_t{1} << doublings), limits_.longest_delay);
    const double factor = 1.0 - jitter_share / 2 + jitter_share * jitter;
    return milliseconds{std::llround(static_cast<double>(base.count()) * factor)};
}

Action ConnectionFsm::on_backoff_elapsed() {
    if (state_ != State::backing_off) return {};
    state_ = State::connecting;
    return Connect{++attempt_};
}

Action ConnectionFsm::on_stop(bool has_audio) {
    if (stopping_) return {};
    stopping_ = true;
    switch (state_) {
        case State::streaming: state_ = State::draining; return Drain{};
        case State::connecting:
        case State::waiting_for_ready:
            if (!has_audio) return finish(std::nullopt, true);
            return {};  // what was said meanwhile is still to be heard
        case State::idle: return finish(std::nullopt, !has_audio);
        case State::backing_off:  // no reconnect after stop
            return has_audio ? finish(std::move(last_failure_), false) : finish(std::nullopt, true);
        case State::draining:
        case State::closing:
        case State::closed: return {};
    }
    return {};
}

Action ConnectionFsm::on_end(bool heard_all) {
    if (state_ != State::draining) return {};
    state_ = State::closing;
    drained_ = heard_all;
    return CloseHandshake{};
}

Action ConnectionFsm::on_drained_by_close() {
    if (state_ == State::closing) return finish(std::move(closing_error_), drained_);
    if (state_ != State::draining) return {};
    return finish(std::nullopt, true);
}

Action ConnectionFsm::on_drain_timeout() {
    if (!stopping_) return {};
    Error late{Errc::drain_timeout, {}};
    switch (state_) {
        case State::draining:
            state_ = State::closing;
            drained_ = false;
            closing_error_ = std::move(late);
            return CloseHandshake{};
        case State::connecting:
        case State::waiting_for_ready: return finish(std::move(late), false);
        case State::idle:
        case State::streaming:
        case State::backing_off:
        case State::closing:
        case State::closed: return {};
    }
    return {};
}

Action ConnectionFsm::on_closed() {
    if (state_ != State::closing) return {};
    return finish(std::move(closing_error_), drained_);
}

Action ConnectionFsm::on_abort() {
    if (state_ == State::closed) return {};
    return finish(std::nullopt, state_ == State::closing && drained_);
}

Action ConnectionFsm::on_fatal(Error reason) {
    if (state_ == State::closed) return {};
    return finish(std::move(reason), false);
}

Action ConnectionFsm::finish(std::optional<Error> error, bool drained) {
    state_ = State::closed;
    return Finish{std::move(error), drained};
}

std::string_view name_of(ConnectionFsm::State state) noexcept {
    switch (state) {
        case ConnectionFsm::State::idle: return "idle";
        case ConnectionFsm::State::connecting: return "connecting";
        case ConnectionFsm::State::waiting_for_ready: return "waiting_for_ready";
        case ConnectionFsm::State::streaming: return "streaming";
        case ConnectionFsm::State::draining: return "draining";
        case ConnectionFsm::State::backing_off: return "backing_off";
        case ConnectionFsm::State::closing: return "closing";
        case ConnectionFsm::State::closed: return "closed";
    }
    return "unknown";
}

bool is_worth_retrying(const Error& error) noexcept {
    if (error.code == Errc::handshake_refused || error.code == Errc::proxy_refused)
        return !is_final_refusal(http_status(error.context));
    for (const Errc hopeless : {Errc::invalid_url, Errc::tls_config, Errc::tls_untrusted, Errc::tls_hostname_mismatch,
                                Errc::memory_limit, Errc::internal})
        if (error.code == hopeless) return false;
    return true;
}

bool is_normal_close(const Error& error) noexcept {
    if (error.code != Errc::closed_by_service) return false;
    // RFC 6455 section 7.4.1: 1000 is normal, 1001 is going away, and none at all says nothing against it.
    for (const std::string_view code : {"code=1000", "code=1001", "code=none"})
        if (error.context.find(code) != std::string::npos) return true;
    return false;
}

}  // namespace asr_stream::engine
