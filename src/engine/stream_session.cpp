#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "engine/guarded.hpp"
#include "engine/loop.hpp"
#include "engine/stream_driver.hpp"
#include "websocket/connection.hpp"

namespace asr_stream::engine {

namespace asio = boost::asio;

void StreamDriver::dial() {
    const Profile& profile = config_.profile;
    const std::string& url = profile.endpoints[endpoints_.choose(loop_.random())].url;
    auto options = std::make_shared<const websocket::ConnectOptions>(websocket::connect_options(profile, url));
    dialer_ = websocket::make_dialer(loop_.websockets(), std::move(options), &shared_->memory);
    auto ended = [self = shared_from_this()](const std::exception_ptr& exception) {
        if (exception) self->on_exception(exception);
    };
    asio::co_spawn(loop_.context(), run_session(shared_from_this(), dialer_, session_number_), std::move(ended));
}

asio::awaitable<void> StreamDriver::run_session(std::shared_ptr<StreamDriver> self,
                                                std::shared_ptr<websocket::Dialer> dialer, std::uint32_t session) {
    auto dialed = co_await dialer->dial();
    dialer.reset();
    if (!self->is_current(session)) {
        if (dialed) (*dialed)->abort();
        co_return;
    }
    self->dialer_.reset();
    if (!dialed) {
        self->on_dial_failed(std::move(dialed).error());
        co_return;
    }
    const std::shared_ptr<websocket::Connection> connection = *std::move(dialed);
    self->on_connected(connection);
    for (std::size_t messages = 1; self->is_current(session); ++messages) {
        auto incoming = co_await connection->read();
        if (!self->is_current(session)) co_return;
        if (!incoming) {
            self->on_read_failed(std::move(incoming).error());
            co_return;
        }
        self->on_message(*incoming);
        if (self->held_) co_await wait_while_held(self, session);
        if (messages % messages_in_a_row == 0) co_await asio::post(asio::use_awaitable);  // others get their turn
    }
}

asio::awaitable<void> StreamDriver::wait_while_held(std::shared_ptr<StreamDriver> self, std::uint32_t session) {
    while (self->held_ && self->is_current(session)) {
        if (!self->release_) self->release_.emplace(self->loop_.context());
        self->release_->expires_at(TimePoint::max());
        static_cast<void>(co_await self->release_->async_wait(asio::as_tuple(asio::use_awaitable)));
    }
}

void StreamDriver::hold_results(bool hold) noexcept {
    held_ = hold;
    if (hold || finished_) return;
    guarded([this] {
        if (release_) release_->cancel();
        if (connection_ && announced_) start_session_timers(Loop::Clock::now());  // they stood still meanwhile
    });
}

void StreamDriver::on_connected(std::shared_ptr<websocket::Connection> connection) {
    shared_->counters.loop.connects.add();
    connection_ = std::move(connection);
    final_sent_ = false;
    session_ = plan_.descriptor->open(session_config(audio_.begin_session()));
    for (const auto& message : session_->opening_messages()) send(message);
    loop_.log(LogLevel::debug, label() + "connected to " + connection_->timings().address);
    perform(fsm_.on_connected(plan_.traits.waits_for_ready));
}

dialect::SessionConfig StreamDriver::session_config(CallTime resume) const {
    dialect::SessionConfig session = dialect::session_config(config_.profile, plan_.wire_rate);
    session.stream_id = std::to_string(id());
    session.call_id = config_.call_id;
    session.attempt = attempt_;
    session.channels = plan_.channels;
    session.resume = resume;
    return session;
}

void StreamDriver::send(const dialect::Message& message) {
    connection_->send(message.framing == dialect::Framing::text ? websocket::Opcode::text : websocket::Opcode::binary,
                      message.payload);
    count_bytes();
}

void StreamDriver::count_bytes() noexcept {
    shared_->counters.loop.sent_bytes.set(sent_before_ + connection_->sent_bytes());
    shared_->counters.loop.received_bytes.set(received_before_ + connection_->received_bytes());
}

void StreamDriver::on_dial_failed(Error error) {
    shared_->counters.loop.connect_failures.add();
    fail_session(std::move(error));
}

void StreamDriver::on_read_failed(Error error) {
    if (fsm_.state() == ConnectionFsm::State::closing) return;  // the close handshake ends by itself
    if (error.code == Errc::message_too_big) shared_->counters.loop.too_big_messages.add();
    const bool closed_as_asked = fsm_.state() == ConnectionFsm::State::draining && final_sent_ &&
                                 !plan_.traits.says_end && is_normal_close(error);
    if (!closed_as_asked) return fail_session(std::move(error));
    results_.end_session();
    perform(fsm_.on_drained_by_close());
}

/// The session is over and nobody asked for it. The state machine says whether another one follows.
void StreamDriver::fail_session(Error error) {
    const bool was_connected = announced_;
    endpoints_.failed();
    end_session();
    loop_.log_limited(Loop::LogTopic::failure, LogLevel::warning, Loop::Clock::now(),
                      [&] { return label() + error.message(); });
    emit_error(was_connected ? EventKind::disconnected : EventKind::error, error);
    perform(fsm_.on_failed(std::move(error), loop_.random()));
}

void StreamDriver::end_session() noexcept {
    ++session_number_;
    audio_.end_session();
    results_.end_session();
    stop_session_timers();
    if (release_) release_->cancel();
    if (dialer_) dialer_->abort();
    if (connection_) {
        count_bytes();
        sent_before_ += connection_->sent_bytes();
        received_before_ += connection_->received_bytes();
        connection_->abort();
    }
    dialer_.reset();
    connection_.reset();
    session_.reset();
    announced_ = false;
}

void StreamDriver::close_handshake() {
    audio_.end_session();
    stop_session_timers();
    auto ended = [self = shared_from_this()](const std::exception_ptr& exception) {
        if (exception) self->on_exception(exception);
    };
    asio::co_spawn(loop_.context(), run_close(shared_from_this(), connection_, session_number_), std::move(ended));
}

asio::awaitable<void> StreamDriver::run_close(std::shared_ptr<StreamDriver> self,
                                              std::shared_ptr<websocket::Connection> connection,
                                              std::uint32_t session) {
    co_await connection->close(close_handshake_time);
    if (self->is_current(session)) self->perform(self->fsm_.on_closed());
}

}  // namespace asr_stream::engine
