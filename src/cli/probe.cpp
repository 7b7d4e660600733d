#include "cli/probe.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <memory_resource>
#include <utility>

#include "dialect/dialect.hpp"
#include "websocket/connection.hpp"

namespace asr_stream::cli {
namespace {

namespace asio = boost::asio;
using websocket::Clock;

constexpr milliseconds close_timeout{1000};

/// One probe on a loop of its own. The reading coroutine decides when it is over; the feeding one sends audio in real
/// time until then, and a timer ends both.
class Probe : public std::enable_shared_from_this<Probe> {
  public:
    Probe(asio::io_context& loop, const ProbeRequest& request)
        : request_{request}, audio_timer_{loop}, deadline_{loop}, context_{websocket::make_context(loop)} {
        result_.url = request.url;
    }

    static asio::awaitable<void> run(std::shared_ptr<Probe> self) {
        if (!self->open_session()) co_return;
        const auto& request = self->request_;
        const auto options =
            std::make_shared<const websocket::ConnectOptions>(websocket::connect_options(request.profile, request.url));
        const auto dialer = websocket::make_dialer(self->context_, options, std::pmr::get_default_resource());
        auto dialed = co_await dialer->dial();
        self->note_timings(dialer->timings());
        if (!dialed) {
            self->fail_with(dialed.error());
            co_return;
        }
        self->connection_ = *std::move(dialed);
        self->begin_session();
        while (!self->is_over_) {
            const auto incoming = co_await self->connection_->read();
            incoming ? self->on_message(*incoming) : self->on_read_failed(incoming.error());
        }
        self->audio_timer_.cancel();
        self->deadline_.cancel();
        co_await self->connection_->close(close_timeout);
    }

    [[nodiscard]] ProbeResult take() { return std::move(result_); }
    void fail_with(const Error& error) {
        if (result_.error) return;
        result_.error = error;
        result_.failed_step = step_of(error, result_, request_.profile);
        if (result_.handshake && is_ready_) result_.failed_step = ProbeStep::result;
    }

  private:
    [[nodiscard]] bool open_session();
    void note_timings(const websocket::ConnectTimings& timings);
    void begin_session();
    static asio::awaitable<void> feed(std::shared_ptr<Probe> self);
    static asio::awaitable<void> expire(std::shared_ptr<Probe> self);
    void send(const dialect::Message& message);
    void send_audio(std::size_t begin, std::size_t count);
    void on_message(const websocket::Incoming& incoming);
    void on_event(const dialect::RecognitionEvent& event);
    void on_read_failed(const Error& error);
    void on_deadline();
    void set_ready();
    [[nodiscard]] ProbeResult::Duration since(Clock::time_point time) const {
        return std::chrono::duration_cast<ProbeResult::Duration>(Clock::now() - time);
    }

    const ProbeRequest& request_;
    asio::steady_timer audio_timer_;
    asio::steady_timer deadline_;
    std::shared_ptr<websocket::Context> context_;
    std::shared_ptr<websocket::Connection> connection_;
    std::unique_ptr<dialect::Session> session_;
    dialect::Traits traits_;
    ProbeResult result_;
    Clock::time_point opened_at_;
    Clock::time_point first_audio_at_;
    std::uint64_t messages_sent_ = 0;
    bool is_ready_ = false;
    bool is_over_ = false;
};

bool Probe::open_session() {
    const auto descriptor = dialect::find(request_.profile.dialect);
    if (!descriptor) {
        fail_with(descriptor.error());
        return false;
    }
    dialect::SessionConfig config = dialect::session_config(request_.profile, request_.sample_rate);
    config.stream_id = "probe";
    config.call_id = "probe";
    session_ = (*descriptor)->open(std::move(config));
    traits_ = session_->traits();
    return true;
}

/// From moments to durations of the steps.
void Probe::note_timings(const websocket::ConnectTimings& timings) {
    ProbeResult::Duration before{};
    const auto step = [&](std::optional<ProbeResult::Duration>& duration, ProbeResult::Duration done) {
        if (done.count() == 0) return;
        duration = done - before;
        before = done;
    };
    step(result_.resolve, timings.resolve);
    step(result_.connect, timings.connect);
    step(result_.proxy, timings.proxy);
    step(result_.tls, timings.tls);
    step(result_.handshake, timings.handshake);
    result_.address = timings.address;
    result_.tls_version = timings.tls_version;
}

void Probe::begin_session() {
    opened_at_ = Clock::now();
    result_.subprotocol = connection_->subprotocol();
    for (const dialect::Message& message : session_->opening_messages()) send(message);
    const auto rethrow = [](const std::exception_ptr& exception) {
        if (exception) std::rethrow_exception(exception);
    };
    asio::co_spawn(audio_timer_.get_executor(), expire(shared_from_this()), rethrow);
    asio::co_spawn(audio_timer_.get_executor(), feed(shared_from_this()), rethrow);
    if (!traits_.waits_for_ready) set_ready();
}

void Probe::set_ready() {
    if (std::exchange(is_ready_, true)) return;
    if (traits_.waits_for_ready) result_.ready = since(opened_at_);
    audio_timer_.cancel();
}

asio::awaitable<void> Probe::feed(std::shared_ptr<Probe> self) {
    while (!self->is_ready_ && !self->is_over_) {
        self->audio_timer_.expires_at(Clock::time_point::max());
        static_cast<void>(co_await self->audio_timer_.async_wait(asio::as_tuple(asio::use_awaitable)));
    }
    const milliseconds wished = std::max(self->request_.profile.frame_ms, self->traits_.min_frame);
    const milliseconds frame = self->traits_.max_frame.count() > 0 ? std::min(wished, self->traits_.max_frame) : wished;
    const std::size_t samples = static_cast<std::size_t>(frame.count()) * self->request_.sample_rate / 1000;
    const Clock::time_point begin = self->first_audio_at_ = Clock::now();
    for (std::size_t sent = 0; sent < self->request_.audio.size() && !self->is_over_; sent += samples) {
        self->audio_timer_.expires_at(begin + frame * static_cast<std::int64_t>(sent / samples));
        static_cast<void>(co_await self->audio_timer_.async_wait(asio::as_tuple(asio::use_awaitable)));
        if (!self->is_over_) self->send_audio(sent, samples);
    }
    if (self->is_over_) co_return;
    for (const dialect::Message& message : self->session_->final_messages()) self->send(message);
}

asio::awaitable<void> Probe::expire(std::shared_ptr<Probe> self) {
    self->deadline_.expires_after(self->request_.wait);
    const auto [error] = co_await self->deadline_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!error) self->on_deadline();
}

void Probe::on_deadline() {
    if (std::exchange(is_over_, true)) return;
    const std::string waited = "within " + std::to_string(request_.wait.count()) + " ms";
    if (!is_ready_) {
        fail_with(Error{Errc::ready_timeout, waited});
    } else if (request_.needs_result) {
        fail_with(Error{Errc::idle_timeout, "no transcript " + waited});
    }
    connection_->abort();  // ends the read
}

void Probe::send(const dialect::Message& message) {
    const bool is_text = message.framing == dialect::Framing::text;
    connection_->send(is_text ? websocket::Opcode::text : websocket::Opcode::binary, message.payload);
}

void Probe::send_audio(std::size_t begin, std::size_t count) {
    const std::span<const std::int16_t> all{request_.audio};
    const auto samples = all.subspan(begin, std::min(count, all.size() - begin));
    const CallTime start{static_cast<std::int64_t>(begin * 1000 / request_.sample_rate)};
    const dialect::AudioChunk chunk{.samples = samples, .sequence = ++messages_sent_, .start = start};
    const auto space = connection_->prepare(session_->max_encoded_bytes(samples.size()));
    const std::size_t bytes = session_->encode(chunk, space);
    const bool is_text = traits_.audio_framing == dialect::Framing::text;
    connection_->send_prepared(is_text ? websocket::Opcode::text : websocket::Opcode::binary, bytes);
}

void Probe::on_message(const websocket::Incoming& incoming) {
    const bool is_text = incoming.opcode == websocket::Opcode::text;
    std::vector<dialect::RecognitionEvent> events;
    const auto framing = is_text ? dialect::Framing::text : dialect::Framing::binary;
    if (const auto decoded = session_->decode(framing, incoming.payload, events); !decoded) {
        fail_with(decoded.error());
        is_over_ = true;
        return;
    }
    for (const dialect::RecognitionEvent& event : events) on_event(event);
    if (is_ready_ && messages_sent_ > 0 && !result_.first_message) result_.first_message = since(first_audio_at_);
}

void Probe::on_event(const dialect::RecognitionEvent& event) {
    using dialect::RecognitionKind;
    switch (event.kind) {
        case RecognitionKind::ready: set_ready(); break;
        case RecognitionKind::partial:
        case RecognitionKind::final:
            if (event.transcript.text.empty() || result_.first_result) break;
            result_.first_result = since(first_audio_at_);
            result_.result_kind = event.kind == RecognitionKind::final ? "final" : "partial";
            result_.result_text = event.transcript.text;
            is_over_ = true;
            break;
        case RecognitionKind::error:
            fail_with(event.error.value_or(Error{Errc::service_error, {}}));
            is_over_ = true;
            break;
        case RecognitionKind::end:
            if (request_.needs_result && !result_.first_result) {
                fail_with(Error{Errc::idle_timeout, "the service ended without a transcript"});
            }
            is_over_ = true;
            break;
        case RecognitionKind::begin_speaking:
        case RecognitionKind::end_speaking:
        case RecognitionKind::audio:
        case RecognitionKind::mark:
        case RecognitionKind::clear: break;
    }
}

void Probe::on_read_failed(const Error& error) {
    if (std::exchange(is_over_, true)) return;
    const bool ended_as_asked = error.code == Errc::closed_by_service && messages_sent_ > 0 && !traits_.says_end;
    if (ended_as_asked && !request_.needs_result) return;
    fail_with(error);
}

}  // namespace

ProbeResult probe(const ProbeRequest& request) {
    asio::io_context loop{1};
    const auto probe = std::make_shared<Probe>(loop, request);
    asio::co_spawn(loop, Probe::run(probe), [probe](const std::exception_ptr& exception) {
        if (exception) probe->fail_with(Error{Errc::internal, "probe"});
    });
    loop.run();
    return probe->take();
}

}  // namespace asr_stream::cli
