#pragma once

#include <asr_stream/error.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "websocket/byte_queue.hpp"
#include "websocket/outbox.hpp"
#include "websocket/tls_session.hpp"

namespace asr_stream::websocket {

using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// The socket of one connection and the one place through which bytes leave it. Writers hand over whole frames and
/// never wait, so frames of several writers cannot mix; what the socket does not take is queued, and sent when it does.
/// With TLS the queue holds encrypted bytes. Loop thread only; held by shared_ptr.
class FrameSocket final : public TlsTransport, public std::enable_shared_from_this<FrameSocket> {
  public:
    using Clock = std::chrono::steady_clock;
    using error_code = boost::system::error_code;
    static constexpr std::size_t hot_bytes = 192;  ///< at the object's beginning: what sending a frame touches

    FrameSocket(TcpSocket socket, std::pmr::memory_resource* memory);
    ~FrameSocket() override;

    [[nodiscard]] TcpSocket::executor_type get_executor() noexcept { return socket_.get_executor(); }
    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

    /// TLS from here on.
    [[nodiscard]] boost::asio::awaitable<Result<>> start_tls(SslContext context, const TlsConfig& config,
                                                             const std::string& host);
    [[nodiscard]] std::string tls_version() const { return tls_ ? tls_->version() : std::string{}; }

    /// Sends or queues all of it. False when the connection is gone or the queue's bound (max_queued_bytes) was
    /// reached.
    bool write(std::span<const char> bytes);
    /// What is written until outbox.send() is gathered there and leaves together, or in several pieces when it is much.
    /// Queued bytes are told then. Never across a return to the loop.
    void cork(Outbox& outbox) noexcept;
    /// By the outbox: these bytes are to leave now, and what is written from now on at once.
    void uncork(std::span<const char> bytes) noexcept;
    /// Our close frame was the last one (RFC 6455 section 5.5.1): what is written from now on is dropped.
    void end_frames() noexcept { frames_ended_ = true; }

    /// An answer to a ping. When more than this many bytes of them wait in the queue, reading is to stop until they
    /// have gone: a peer that pings and does not read is not read either.
    static constexpr std::size_t max_pong_backlog = 64 * 1024;
    void write_pong(std::span<const char> bytes);
    [[nodiscard]] bool has_too_many_pongs() const noexcept;

    /// Bytes that have come. would_block when none have; eof when the peer ended the stream.
    std::size_t read_some(std::span<char> bytes, error_code& error);
    /// The same, waiting for them.
    [[nodiscard]] boost::asio::awaitable<std::pair<error_code, std::size_t>> read(std::span<char> bytes);
    /// Bytes are already here, and the socket need not become readable again for them.
    [[nodiscard]] bool has_pending() const { return tls_ && tls_->has_pending(); }
    template <class Handler>
    void wait_readable(Handler&& handler) {
        socket_.async_wait(TcpSocket::wait_read, std::forward<Handler>(handler));
    }
    template <class Handler>
    void wait_writable(Handler&& handler) {
        socket_.async_wait(TcpSocket::wait_write, std::forward<Handler>(handler));
    }

    /// Until upgraded(): input since the last begin_answer() is bounded, and its begin is kept for error messages.
    void begin_answer() noexcept;
    [[nodiscard]] const std::string& answer() const noexcept { return answer_; }
    void upgraded();

    /// Waits until the queue is empty, ends the stream towards the peer, waits for its end, and closes. The caller
    /// bounds the time by close().
    [[nodiscard]] boost::asio::awaitable<void> finish();
    /// Closes now; whatever waits ends with an error. Frees the queue. When the peer has not taken all, it gets a TCP
    /// reset, or the kernel would keep the rest for minutes.
    void close() noexcept;

    /// Why the connection ended, if the reason was here and not at the peer.
    [[nodiscard]] std::optional<Error> failure() const {
        return failed_ ? std::optional{Error{Errc::memory_limit, failure_}} : std::nullopt;
    }
    /// How the last send failed, if it did: a reset and a time-out are told once, and reading then meets a mere end.
    [[nodiscard]] error_code send_error() const noexcept { return send_error_; }
    /// What TLS said when it failed, or empty.
    [[nodiscard]] const std::string& tls_failure() const noexcept { return tls_failure_; }

    [[nodiscard]] std::size_t queued_bytes() const noexcept { return queue_.size(); }
    [[nodiscard]] std::size_t unsent_bytes();  ///< queued here or in the kernel
    [[nodiscard]] std::uint64_t sent_bytes() const noexcept { return sent_; }
    [[nodiscard]] std::uint64_t received_bytes() const noexcept { return received_; }
    [[nodiscard]] Clock::time_point last_received() const noexcept { return last_received_; }

  private:
    TransportStatus receive(std::span<char> bytes, std::size_t& received) noexcept override;
    bool transmit(std::span<const char> bytes) noexcept override;
    bool send_or_queue(std::span<const char> bytes) noexcept;
    /// What the kernel takes at once; nullopt when the connection is gone.
    std::optional<std::size_t> send_now(std::span<const char> bytes) noexcept;
    void flush_when_writable();
    void flush();
    void fail(const char* why) noexcept;
    void note_answer(std::span<const char> bytes, error_code& error);

    // What every frame needs comes first; see hot_bytes.
    TcpSocket socket_;
    ByteQueue queue_;
    std::unique_ptr<TlsSession> tls_;
    Outbox* outbox_ = nullptr;  // while it is corked
    std::uint64_t sent_ = 0;
    error_code send_error_;  // the socket takes nothing more; what the peer sent before may still be read
    bool frames_ended_ = false;

    bool failed_ = false;
    bool flushing_ = false;
    bool upgraded_ = false;
    const char* failure_ = "";
    std::string tls_failure_;
    std::string answer_;
    error_code receive_error_;
    std::size_t answer_bytes_ = 0;
    std::size_t pong_backlog_ = 0;  // since the queue was empty
    std::uint64_t received_ = 0;
    Clock::time_point last_received_{};
};

}  // namespace asr_stream::websocket
