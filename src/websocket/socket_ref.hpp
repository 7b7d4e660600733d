#pragma once

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <memory>
#include <string>
#include <utility>

#include "websocket/frame.hpp"
#include "websocket/frame_socket.hpp"

/// What Beast sees of a FrameSocket: the AsyncStream under its WebSocket.
namespace asr_stream::websocket {

/// A composed step on a FrameSocket that keeps its handler's executor and allocator.
template <class Handler>
class SocketOp {
  public:
    using executor_type = boost::asio::associated_executor_t<Handler, TcpSocket::executor_type>;
    using allocator_type = boost::asio::associated_allocator_t<Handler>;
    [[nodiscard]] executor_type get_executor() const noexcept {
        return boost::asio::get_associated_executor(handler_, socket_->get_executor());
    }
    [[nodiscard]] allocator_type get_allocator() const noexcept {
        return boost::asio::get_associated_allocator(handler_);
    }

  protected:
    SocketOp(std::shared_ptr<FrameSocket> socket, Handler handler)
        : socket_{std::move(socket)}, handler_{std::move(handler)} {}

    std::shared_ptr<FrameSocket> socket_;
    Handler handler_;
};

template <class Buffers, class Handler>
class ReadOp : public SocketOp<Handler> {
  public:
    ReadOp(std::shared_ptr<FrameSocket> socket, const Buffers& buffers, Handler handler)
        : SocketOp<Handler>{std::move(socket), std::move(handler)}, buffers_{buffers} {}

    static void start(ReadOp op) {
        const auto socket = op.socket_;
        if (!socket->has_pending()) return socket->wait_readable(std::move(op));
        boost::asio::post(socket->get_executor(), [op = std::move(op)]() mutable { op({}); });
    }

    void operator()(boost::system::error_code error) {
        std::size_t bytes = 0;
        if (!error) bytes = this->socket_->read_some(first_space(), error);
        if (error == boost::asio::error::would_block) {
            const auto socket = this->socket_;
            return socket->wait_readable(std::move(*this));
        }
        std::move(this->handler_)(error, bytes);
    }

  private:
    [[nodiscard]] std::span<char> first_space() const {
        const auto end = boost::asio::buffer_sequence_end(buffers_);
        for (auto at = boost::asio::buffer_sequence_begin(buffers_); at != end; ++at) {
            const boost::asio::mutable_buffer buffer{*at};
            if (buffer.size() != 0) return {static_cast<char*>(buffer.data()), buffer.size()};
        }
        return {};
    }

    Buffers buffers_;
};

template <class Handler>
class WriteOp : public SocketOp<Handler> {
  public:
    WriteOp(std::shared_ptr<FrameSocket> socket, Handler handler)
        : SocketOp<Handler>{std::move(socket), std::move(handler)} {}

    template <class Buffers>
    static void start(WriteOp op, const Buffers& buffers) {
        const auto socket = op.socket_;
        std::string bytes(boost::asio::buffer_size(buffers), '\0');
        boost::asio::buffer_copy(boost::asio::buffer(bytes), buffers);
        op.bytes_ = bytes.size();
        op.is_pong_ = !bytes.empty() && static_cast<std::uint8_t>(bytes.front()) == (frame_fin | opcode_pong);
        // A write that fails is no error here: reading on may still give the peer's reason.
        op.is_pong_ ? socket->write_pong(bytes) : static_cast<void>(socket->write(bytes));
        boost::asio::post(socket->get_executor(), [op = std::move(op)]() mutable { op({}); });
    }

    void operator()(boost::system::error_code error) {
        if (!error && is_pong_ && this->socket_->has_too_many_pongs()) {
            const auto socket = this->socket_;
            return socket->wait_writable(std::move(*this));
        }
        std::move(this->handler_)(error, error ? 0 : bytes_);
    }

  private:
    std::size_t bytes_ = 0;
    bool is_pong_ = false;
};

class SocketRef {
  public:
    using executor_type = TcpSocket::executor_type;
    explicit SocketRef(std::shared_ptr<FrameSocket> socket) noexcept : socket_{std::move(socket)} {}
    [[nodiscard]] executor_type get_executor() noexcept { return socket_->get_executor(); }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [](auto&& handler, std::shared_ptr<FrameSocket> socket, const Buffers& into) {
                using Op = ReadOp<Buffers, std::decay_t<decltype(handler)>>;
                Op::start(Op{std::move(socket), into, std::forward<decltype(handler)>(handler)});
            },
            token, socket_, buffers);
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [](auto&& handler, std::shared_ptr<FrameSocket> socket, const Buffers& from) {
                using Op = WriteOp<std::decay_t<decltype(handler)>>;
                Op::start(Op{std::move(socket), std::forward<decltype(handler)>(handler)}, from);
            },
            token, socket_, buffers);
    }

    // Beast's customisation points. Ending the socket is the connection's work, so these have nothing to do.
    friend void teardown(boost::beast::role_type, SocketRef&, boost::system::error_code& error) { error = {}; }
    template <class Handler>
    friend void async_teardown(boost::beast::role_type, SocketRef& ref, Handler&& handler) {
        boost::asio::post(ref.get_executor(), [handler = std::forward<Handler>(handler)]() mutable {
            std::move(handler)(boost::system::error_code{});
        });
    }
    friend void beast_close_socket(SocketRef& ref) { ref.socket_->close(); }

  private:
    std::shared_ptr<FrameSocket> socket_;
};

}  // namespace asr_stream::websocket
