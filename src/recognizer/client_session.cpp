#include "recognizer/client_session.hpp"

#include <utility>

#include "dialect/json_write.hpp"

namespace asr_stream::recognizer {
namespace {

constexpr std::size_t max_log_bytes = 300;
constexpr std::size_t max_reason_bytes = 120;  // RFC 6455 section 5.5: 125 with the code

std::string in_seconds(std::chrono::milliseconds time) { return std::to_string(time.count() / 1000) + " s"; }

CloseCode close_code_for(std::string_view error) {
    if (error == "overloaded") return CloseCode::try_again_later;
    return error == "internal" ? CloseCode::internal_error : CloseCode::policy_violation;
}

}  // namespace

ClientSession::ClientSession(const Surroundings& surroundings, Transport& transport, std::string path,
                             std::string address)
    : service_{surroundings.service},
      post_{surroundings.post},
      log_{surroundings.log},
      complaints_{surroundings.complaints},
      transport_{&transport},
      path_{std::move(path)},
      address_{std::move(address)} {}

ClientSession::~ClientSession() { on_disconnect(); }

void ClientSession::on_disconnect() {
    transport_ = nullptr;
    state_ = State::closed;
    if (lane_) lane_->close();
}

void ClientSession::on_message(Framing framing, std::string_view payload) {
    if (state_ == State::closed || transport_ == nullptr) return;
    ++service_.stats().messages;
    last_message_ = Clock::now();
    if (!protocol_) protocol_ = choose_protocol(path_, framing, payload);
    auto message = protocol_->read(framing, payload);
    if (!message) return on_bad_message(message.error());
    handle(*std::move(message));
}

void ClientSession::handle(ClientMessage message) {
    if (message.kind == ClientMessage::Kind::ignored || state_ == State::finishing) {
        ++service_.stats().ignored_messages;
        return;
    }
    if (state_ == State::waiting) {
        const bool is_start = message.kind == ClientMessage::Kind::start;
        if (!is_start && protocol_->name() == "json")
            return refuse("invalid_start", "the first message must be of the type start", CloseCode::policy_violation);
        start(std::move(message.start));
        if (is_start || state_ == State::closed) return;
    }
    switch (message.kind) {
        case ClientMessage::Kind::audio: return push(Piece::Kind::audio, std::move(message.samples));
        case ClientMessage::Kind::flush: return push(Piece::Kind::flush, {});
        case ClientMessage::Kind::stop: state_ = State::finishing; return push(Piece::Kind::stop, {});
        case ClientMessage::Kind::start:
        case ClientMessage::Kind::ignored: ++service_.stats().ignored_messages; return;
    }
}

void ClientSession::start(ClientStart start) {
    if (service_.decoders().is_overloaded()) {
        ++service_.stats().overloaded_clients;
        return refuse("overloaded",
                      "more than " + in_seconds(service_.options().max_backlog) + " of audio wait to be recognized",
                      CloseCode::try_again_later);
    }
    samples_per_second_ = start.sample_rate * start.channels;
    // Threads meet through a weak pointer: a client that has gone is an ordinary case.
    auto report = [weak = weak_from_this(), post = post_](WorkerReport said) {
        post([weak, said = std::make_shared<WorkerReport>(std::move(said))] {
            if (const auto self = weak.lock()) self->on_report(*said);
        });
    };
    auto on_room = [weak = weak_from_this(), post = post_] {
        post([weak] {
            if (const auto self = weak.lock(); self && self->transport_ != nullptr) self->transport_->resume_reading();
        });
    };
    auto worker = std::make_shared<SpeechWorker>(service_, std::move(start), protocol_->answers_every_message(),
                                                 std::move(report));
    lane_ = service_.decoders().open(std::move(worker), std::move(on_room));
    state_ = State::running;
    push(Piece::Kind::start, {});
}

void ClientSession::push(Piece::Kind kind, std::vector<std::int16_t> samples) {
    const std::chrono::microseconds duration{samples.size() * 1'000'000 / samples_per_second_};
    lane_->push({.kind = kind, .samples = std::move(samples), .duration = duration, .arrived = last_message_});
}

bool ClientSession::wants_to_read() {
    if (!lane_ || lane_->has_room()) return true;
    ++service_.stats().reading_paused;
    return false;
}

void ClientSession::on_report(const WorkerReport& report) {
    if (state_ == State::closed || transport_ == nullptr) return;
    if (report.error) {
        if (report.error->code == "overloaded") ++service_.stats().overloaded_clients;
        if (report.error->fatal)
            return refuse(report.error->code, report.error->message, close_code_for(report.error->code));
        complain(std::string{report.error->code} + ": " + report.error->message);
        std::vector<std::string> messages;
        protocol_->write_error(*report.error, messages);
        return send(messages);
    }
    std::vector<std::string> messages;
    protocol_->write(report.outcome, messages);
    send(messages);
    if (report.outcome.cause == ClientMessage::Kind::stop) close(last_word_, "");
}

void ClientSession::on_tick(Clock::time_point now) {
    if (state_ == State::closed || transport_ == nullptr) return;
    const auto& options = service_.options();
    auto& stats = service_.stats();
    if (lane_ && lane_->lag(now) > options.max_lag) {
        ++stats.lagging_clients;
        refuse("overloaded", "recognition is more than " + in_seconds(options.max_lag) + " behind",
               CloseCode::try_again_later);
    } else if (now - begun_ > options.max_session) {
        ++stats.long_sessions;
        refuse("session_limit", "a session lasts at most " + in_seconds(options.max_session), CloseCode::going_away);
    } else if (state_ != State::finishing && now - last_message_ > options.idle_timeout) {
        ++stats.idle_clients;
        refuse("idle_timeout", "no message for " + in_seconds(options.idle_timeout), CloseCode::going_away);
    }
}

void ClientSession::shut_down() {
    if (state_ == State::closed || transport_ == nullptr) return;
    last_word_ = CloseCode::going_away;
    if (state_ == State::waiting) return close(CloseCode::going_away, "the server stops");
    if (std::exchange(state_, State::finishing) != State::finishing) push(Piece::Kind::stop, {});
}

/// Of a client that speaks json the call goes on; the real vosk server gives up on an exception.
void ClientSession::on_bad_message(const Error& error) {
    ++service_.stats().bad_messages;
    const bool is_fatal = protocol_->bad_message_is_fatal() || state_ == State::waiting;
    if (is_fatal)
        return refuse("bad_message", error.context,
                      protocol_->bad_message_is_fatal() ? CloseCode::internal_error : CloseCode::policy_violation);
    complain("bad_message: " + error.context);
    if (!bad_message_answers_.admit(Clock::now())) return;
    std::vector<std::string> messages;
    protocol_->write_error({"bad_message", error.context, false}, messages);
    send(messages);
}

void ClientSession::refuse(std::string_view code, std::string message, CloseCode close_code) {
    std::vector<std::string> messages;
    const auto reason = std::string{code} + ": " + message;
    complain(reason);
    if (protocol_) protocol_->write_error({code, std::move(message), true}, messages);
    send(messages);
    close(close_code, reason);
}

void ClientSession::complain(const std::string& text) {
    const auto held_back = complaints_.admit(Clock::now());
    if (!held_back) return;
    log_(LogLevel::warning, "client " + address_ + ": " + dialect::one_line(text, max_log_bytes) +
                                (*held_back == 0 ? "" : " (" + std::to_string(*held_back) + " such lines held back)"));
}

void ClientSession::send(std::vector<std::string>& messages) {
    service_.stats().sent_messages += messages.size();
    for (auto& message : messages) {
        if (transport_ != nullptr) transport_->send(std::move(message));
    }
}

void ClientSession::close(CloseCode code, std::string_view reason) {
    state_ = State::closed;
    if (lane_) lane_->close();
    if (transport_ != nullptr) transport_->close(code, dialect::one_line(reason, max_reason_bytes));
}

}  // namespace asr_stream::recognizer
