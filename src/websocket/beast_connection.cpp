#include "websocket/beast_connection.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/zlib/error.hpp>
#include <cassert>
#include <charconv>

#include "websocket/url.hpp"

namespace asr_stream::websocket {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::array normal_closure{'\x03', '\xe8'};  // 1000, RFC 6455 section 7.4.1
constexpr std::size_t kept_buffer_bytes = 4096;       // a larger message's memory is given back
constexpr std::size_t min_compressed_bytes = 64;      // below, compression gains nothing
constexpr milliseconds end_of_stream_timeout{1000};   // for the service to end TCP after the close handshake

}  // namespace

BeastConnection::BeastConnection(UpgradeRequest request)
    : context_{std::move(request.context)},
      socket_{std::move(request.socket)},
      options_{std::move(request.options)},
      timings_{std::move(request.timings)},
      url_{std::move(request.url)},
      stream_{socket_},
      buffer_{BufferAllocator<char>{request.memory}} {
    configure();
}

BeastConnection::~BeastConnection() { socket_->close(); }

asio::awaitable<BeastConnection::error_code> BeastConnection::read_message(Buffer& buffer) {
    buffer.clear();
    if (buffer.capacity() > kept_buffer_bytes) buffer.shrink_to_fit();
    reading_ = true;
    const auto [error, bytes] = co_await stream_.async_read(buffer, token);
    reading_ = false;
    peer_closed_ = error == ws::error::closed;
    if (error) stream_over_ = true;
    if (read_done_) read_done_->cancel();
    co_return error;
}

asio::awaitable<Result<Incoming>> BeastConnection::read() {
    if (state_ == State::closing) co_return fail(Errc::stopped);
    const error_code error = co_await read_message(buffer_);
    if (error || state_ == State::closing) {
        const Error reason = explain(error);
        if (state_ == State::open) state_ = State::ended;
        co_return tl::unexpected{reason};
    }
    const auto data = buffer_.cdata();
    co_return Incoming{stream_.got_text() ? Opcode::text : Opcode::binary,
                       std::string_view{static_cast<const char*>(data.data()), data.size()}};
}

Error BeastConnection::explain(error_code error) const {
    if (const auto failure = socket_->failure()) return *failure;
    if (aborted_) return {Errc::connection_lost, "aborted"};
    if (state_ == State::closing) return {Errc::stopped, {}};
    if (error == ws::error::closed) {
        const ws::close_reason& reason = stream_.reason();
        const std::string code = reason.code == ws::close_code::none ? "none" : std::to_string(reason.code);
        return {Errc::closed_by_service,
                "code=" + code + " reason=" +
                    printable({reason.reason.data(), reason.reason.size()}, max_control_payload, Charset::utf8)};
    }
    if (error == ws::error::message_too_big)
        return {Errc::message_too_big, "max-message-bytes=" + std::to_string(options_->max_message_bytes)};
    if (error == ws::error::buffer_overflow) return {Errc::memory_limit, "no memory for a message of the service"};
    if (error.category() == make_error_code(beast::zlib::error::general).category())
        return {Errc::protocol_violation, "a compressed message is damaged: " + error.message()};
    if (error == ws::condition::protocol_violation) return {Errc::protocol_violation, error.message()};
    if (const auto failed = socket_->send_error(); failed && failed != asio::error::broken_pipe)
        return {Errc::connection_lost, failed.message()};
    if (error == asio::error::eof) return {Errc::connection_lost, "the service ended the stream without a close frame"};
    if (!socket_->tls_failure().empty()) return {Errc::connection_lost, "TLS: " + socket_->tls_failure()};
    return {Errc::connection_lost, error.message()};
}

std::span<char> BeastConnection::prepare(std::size_t bytes) {
    assert(bytes <= max_queued_bytes);
    return context_->payload().prepare(bytes);
}

bool BeastConnection::send_prepared(Opcode opcode, std::size_t bytes) {
    const auto first_byte = static_cast<std::uint8_t>(frame_fin | static_cast<std::uint8_t>(opcode));
    const auto payload = context_->payload().first(bytes);
    if (deflate_window_bits_ != 0 && bytes >= min_compressed_bytes) {
        const auto space = context_->compressed().prepare(bytes);
        const std::size_t size = context_->deflater().compress(payload, space, deflate_window_bits_);
        if (size != 0) return send_frame(first_byte | frame_rsv1, space.first(size));
    }
    return send_frame(first_byte, payload);
}

bool BeastConnection::send_frame(std::uint8_t first_byte, std::span<char> payload) {
    if (state_ != State::open) return false;
    std::uint32_t key = 0;
    if (!context_->keys().next(key)) {
        abort();
        return false;
    }
    return socket_->write(make_frame(first_byte, payload, key));
}

bool BeastConnection::ping() {
    std::array<char, max_frame_header + max_control_payload> frame;
    char* const begin = frame.data() + max_frame_header;
    const std::uint64_t number = pings_ + 1;
    const auto [end, error] = std::to_chars(begin, frame.data() + frame.size(), number);
    if (!send_frame(frame_fin | opcode_ping, {begin, end})) return false;
    pings_ = number;
    ping_times_[number % remembered_pings] = Clock::now();
    return true;
}

void BeastConnection::on_pong(std::string_view payload) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(payload.data(), payload.data() + payload.size(), number);
    if (error != std::errc{} || end != payload.data() + payload.size()) return;
    const bool remembered = number <= pings_ && number + remembered_pings > pings_;
    if (number <= pongs_ || !remembered) return;  // unsolicited ones are allowed and mean nothing (section 5.5.3)
    pongs_ = number;
    last_pong_ = Clock::now();
    last_pong_sent_ = ping_times_[number % remembered_pings];
}

bool BeastConnection::send_close() {
    std::array<char, max_frame_header + sizeof normal_closure> frame;
    const auto payload = std::span{frame}.subspan(max_frame_header);
    std::ranges::copy(normal_closure, payload.begin());
    return send_frame(frame_fin | opcode_close, payload);
}

/// Reads on until the peer's close frame or the end. A read() of the caller that is under way comes first.
asio::awaitable<void> BeastConnection::wait_for_peer_close() {
    while (reading_) {
        read_done_.emplace(context_->loop(), asio::steady_timer::time_point::max());
        co_await read_done_->async_wait(token);
    }
    Buffer discarded{buffer_.get_allocator()};  // what the last read() gave may still be in use
    while (!stream_over_) co_await read_message(discarded);
}

void BeastConnection::close_after(asio::steady_timer& timer, milliseconds time) {
    timer.expires_after(time);
    timer.async_wait([socket = socket_](const error_code& error) {
        if (!error) socket->close();
    });
}

// Not Beast's async_close: Boost 1.81 waits for ever when a read finds the peer's close frame in its buffer meanwhile.
// Each then holds the lock that the other wants, and closing the socket ends neither.
asio::awaitable<void> BeastConnection::close(milliseconds timeout) {
    if (aborted_ || state_ == State::closing) co_return;
    asio::steady_timer timer{context_->loop()};
    close_after(timer, timeout);
    if (state_ == State::open) {
        send_close();
        state_ = State::closing;
        socket_->end_frames();
        co_await wait_for_peer_close();
    }
    if (peer_closed_ && socket_->is_open()) {
        if (timer.expiry() > Clock::now() + end_of_stream_timeout) close_after(timer, end_of_stream_timeout);
        co_await socket_->finish();
    }
    timer.cancel();
    socket_->close();
}

void BeastConnection::abort() noexcept {
    aborted_ = true;
    state_ = State::ended;
    socket_->close();
}

}  // namespace asr_stream::websocket
