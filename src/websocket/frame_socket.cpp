#include "websocket/frame_socket.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <new>

#include "websocket/connection.hpp"

namespace asr_stream::websocket {

namespace asio = boost::asio;

namespace {

constexpr std::size_t max_answer_bytes = 64 * 1024;  // of an HTTP answer with its body
constexpr std::size_t kept_answer_bytes = 1024;
constexpr auto wait_token = asio::as_tuple(asio::use_awaitable);

bool would_block(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

FrameSocket::FrameSocket(TcpSocket socket, std::pmr::memory_resource* memory)
    : socket_{std::move(socket)}, queue_{memory} {}

FrameSocket::~FrameSocket() = default;

asio::awaitable<Result<>> FrameSocket::start_tls(SslContext context, const TlsConfig& config, const std::string& host) {
    auto session = TlsSession::create(context, config, host, *this);
    if (!session) co_return tl::unexpected{session.error()};
    tls_ = std::move(*session);
    for (;;) {
        const auto status = tls_->handshake();
        if (status == TransportStatus::ready) co_return Result<>{};
        if (status != TransportStatus::would_block) co_return tl::unexpected{tls_->error()};
        const auto [error] = co_await socket_.async_wait(TcpSocket::wait_read, wait_token);
        if (error) co_return asr_stream::fail(Errc::tls_failed, error.message());
    }
}

bool FrameSocket::write(std::span<const char> bytes) {
    if (frames_ended_ || send_error_ || !socket_.is_open()) return false;
    if (!(tls_ ? tls_->write(bytes) : transmit(bytes))) return false;
    sent_ += bytes.size();
    return true;
}

void FrameSocket::write_pong(std::span<const char> bytes) {
    if (write(bytes) && !queue_.empty()) pong_backlog_ += bytes.size();
}

bool FrameSocket::has_too_many_pongs() const noexcept { return !queue_.empty() && pong_backlog_ > max_pong_backlog; }

std::optional<std::size_t> FrameSocket::send_now(std::span<const char> bytes) noexcept {
    for (;;) {
        const auto sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) return static_cast<std::size_t>(sent);
        if (errno == EINTR) continue;
        if (would_block(errno)) return 0;
        // The socket stays open: a close frame with the reason may have come before the peer went.
        send_error_.assign(errno, boost::system::system_category());
        queue_.clear();
        return std::nullopt;
    }
}

bool FrameSocket::transmit(std::span<const char> bytes) noexcept {
    if (outbox_ == nullptr) return send_or_queue(bytes);
    Outbox& outbox = *outbox_;
    if (outbox.add(*this, bytes)) return true;
    cork(outbox);  // all was sent, so that there is room again
    return outbox.add(*this, bytes) || send_or_queue(bytes);
}

void FrameSocket::cork(Outbox& outbox) noexcept {
    if (outbox_ != nullptr) return;
    outbox.admit(shared_from_this());
    outbox_ = &outbox;
}

void FrameSocket::uncork(std::span<const char> bytes) noexcept {
    outbox_ = nullptr;
    if (!bytes.empty()) send_or_queue(bytes);  // what a failure means, the next write and read() tell
}

bool FrameSocket::send_or_queue(std::span<const char> bytes) noexcept {
    if (send_error_ || !socket_.is_open()) return false;
    std::size_t sent = 0;
    if (queue_.empty()) {
        const auto taken = send_now(bytes);
        if (!taken) return false;
        sent = *taken;
    }
    if (sent == bytes.size()) return true;
    const auto rest = bytes.subspan(sent);
    if (queue_.size() + rest.size() > max_queued_bytes) {
        fail("more than 1 MiB waits to be sent and the service does not take it");
        return false;
    }
    try {
        queue_.push(rest);
        flush_when_writable();
    } catch (const std::bad_alloc&) {
        fail("no memory for what waits to be sent");
        return false;
    }
    return true;
}

void FrameSocket::flush_when_writable() {
    if (flushing_) return;
    flushing_ = true;
    socket_.async_wait(TcpSocket::wait_write, [self = shared_from_this()](const error_code& error) {
        self->flushing_ = false;
        if (!error) self->flush();
    });
}

void FrameSocket::flush() {
    while (!queue_.empty()) {
        if (send_error_ || !socket_.is_open()) return;
        const auto piece = queue_.front();
        const auto sent = send_now(piece);
        if (!sent) return;
        queue_.pop(*sent);
        if (queue_.empty()) pong_backlog_ = 0;
        if (*sent < piece.size()) return flush_when_writable();
    }
}

TransportStatus FrameSocket::receive(std::span<char> bytes, std::size_t& received) noexcept {
    if (!socket_.is_open()) {
        receive_error_ = asio::error::operation_aborted;
        return TransportStatus::failed;
    }
    for (;;) {
        const auto result = ::recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (result > 0) {
            received = static_cast<std::size_t>(result);
            last_received_ = Clock::now();
            return TransportStatus::ready;
        }
        if (result == 0) return TransportStatus::closed;
        if (errno == EINTR) continue;
        if (would_block(errno)) return TransportStatus::would_block;
        receive_error_.assign(errno, boost::system::system_category());
        return TransportStatus::failed;
    }
}

std::size_t FrameSocket::read_some(std::span<char> bytes, error_code& error) {
    std::size_t received = 0;
    switch (tls_ ? tls_->read(bytes, received) : receive(bytes, received)) {
        case TransportStatus::ready: error = {}; break;
        case TransportStatus::would_block: error = asio::error::would_block; return 0;
        case TransportStatus::closed: error = asio::error::eof; return 0;
        case TransportStatus::failed:
            error = receive_error_ ? receive_error_ : error_code{asio::error::connection_aborted};
            if (tls_ && !receive_error_) tls_failure_ = tls_->error().context;
            return 0;
    }
    received_ += received;
    if (!upgraded_) note_answer(bytes.first(received), error);
    return received;
}

asio::awaitable<std::pair<FrameSocket::error_code, std::size_t>> FrameSocket::read(std::span<char> bytes) {
    error_code error;
    for (;;) {
        const std::size_t received = read_some(bytes, error);
        if (error != asio::error::would_block) co_return std::pair{error, received};
        const auto [waited] = co_await socket_.async_wait(TcpSocket::wait_read, wait_token);
        if (waited) co_return std::pair{waited, std::size_t{0}};
    }
}

void FrameSocket::note_answer(std::span<const char> bytes, error_code& error) {
    answer_bytes_ += bytes.size();
    const std::size_t room = kept_answer_bytes - answer_.size();
    answer_.append(bytes.data(), std::min(room, bytes.size()));
    if (answer_bytes_ > max_answer_bytes) error = asio::error::message_size;
}

void FrameSocket::begin_answer() noexcept {
    answer_.clear();
    answer_bytes_ = 0;
}

void FrameSocket::upgraded() {
    upgraded_ = true;
    answer_ = {};
    sent_ = 0;
    received_ = 0;
}

asio::awaitable<void> FrameSocket::finish() {
    if (tls_ && !send_error_ && socket_.is_open()) tls_->shutdown();
    while (!queue_.empty() && socket_.is_open()) {
        const auto [error] = co_await socket_.async_wait(TcpSocket::wait_write, wait_token);
        if (error) break;
    }
    error_code ignored;
    socket_.shutdown(TcpSocket::shutdown_send, ignored);
    // The server closes TCP first, so that the wait for stray packets (TIME_WAIT) is its (RFC 6455 section 7.1.1).
    std::array<char, 512> rest;
    for (;;) {
        const auto [error, received] = co_await read(rest);
        if (error) break;
    }
    close();
}

void FrameSocket::close() noexcept {
    error_code ignored;
    if (!queue_.empty()) socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
    socket_.close(ignored);
    queue_.clear();
}

/// Called where memory is short, so it takes none.
void FrameSocket::fail(const char* why) noexcept {
    failed_ = true;
    failure_ = why;
    close();
}

std::size_t FrameSocket::unsent_bytes() {
    int kernel = 0;
    if (socket_.is_open() && ::ioctl(socket_.native_handle(), SIOCOUTQ, &kernel) != 0) kernel = 0;
    return queue_.size() + static_cast<std::size_t>(kernel);
}

}  // namespace asr_stream::websocket
