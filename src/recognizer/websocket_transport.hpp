#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "recognizer/client_session.hpp"
#include "recognizer/http_answer.hpp"

namespace asr_stream::recognizer {

/// One open WebSocket on the server's side; `Stream` is a TCP or a TLS stream. I/O thread only. The coroutine run() and
/// the write under way each hold a shared_ptr to it.
template <class Stream>
class WebSocketTransport final : public ClientSession::Transport,
                                 public std::enable_shared_from_this<WebSocketTransport<Stream>> {
  public:
    WebSocketTransport(Stream stream, const ServeOptions& options, ServiceStats& stats)
        : socket_{std::move(stream)}, options_{options}, stats_{stats}, room_{socket_.get_executor()} {
        namespace websocket = boost::beast::websocket;
        // Half of the idle time-out without a byte, and Beast pings: a peer that has vanished is noticed.
        socket_.set_option(websocket::stream_base::timeout{
            .handshake_timeout = handshake_time, .idle_timeout = silent_peer_time, .keep_alive_pings = true});
        socket_.read_message_max(options.max_message_bytes);
        socket_.auto_fragment(false);
        socket_.text(true);
    }

    /// Completes the upgrade and reads until the connection is over.
    static boost::asio::awaitable<void> run(std::shared_ptr<WebSocketTransport> self, HttpRequest request,
                                            std::shared_ptr<ClientSession> session) {
        const auto [refused] = co_await self->socket_.async_accept(request, token);
        if (refused) {
            ++self->stats_.failed_handshakes;
        } else {
            ++self->stats_.clients;
            self->is_open_ = true;
            self->write_next();  // the server may have said something to a client that was just coming in
            co_await read_all(self, session);
        }
        self->is_open_ = false;
        session->on_disconnect();
    }

    void send(std::string text) override {
        if (close_ || is_cut_) return;
        unsent_bytes_ += text.size();
        unsent_.push_back(std::move(text));
        if (unsent_bytes_ > options_.max_unsent_bytes) {
            ++stats_.slow_clients;
            return cut();
        }
        write_next();
    }

    void close(CloseCode code, std::string_view reason) override {
        if (close_) return;
        close_.emplace(static_cast<boost::beast::websocket::close_code>(code),
                       boost::beast::string_view{reason.data(), reason.size()});
        write_next();
        resume_reading();  // Beast sees the client's answer while it reads
    }

    void resume_reading() override { room_.cancel(); }

    /// Ends the connection without a word.
    void cut() {
        is_cut_ = true;
        boost::beast::close_socket(boost::beast::get_lowest_layer(socket_));
        room_.cancel();
    }

  private:
    static constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
    static constexpr std::size_t usual_message_bytes = 16'384;  ///< what is larger is not kept
    static constexpr std::chrono::seconds handshake_time{10};   // closing included
    static constexpr std::chrono::seconds silent_peer_time{40};

    static boost::asio::awaitable<void> read_all(std::shared_ptr<WebSocketTransport> self,
                                                 std::shared_ptr<ClientSession> session) {
        boost::beast::flat_buffer buffer;
        while (true) {
            while (!self->close_ && !self->is_cut_ && !session->wants_to_read()) {
                self->room_.expires_at(std::chrono::steady_clock::time_point::max());
                static_cast<void>(co_await self->room_.async_wait(token));
            }
            const auto [failed, bytes] = co_await self->socket_.async_read(buffer, token);
            if (failed == boost::beast::websocket::error::message_too_big) ++self->stats_.too_big_messages;
            if (failed) break;
            const auto data = buffer.cdata();
            session->on_message(self->socket_.got_text() ? Framing::text : Framing::binary,
                                {static_cast<const char*>(data.data()), data.size()});
            buffer.consume(bytes);
            if (buffer.capacity() > usual_message_bytes) buffer.shrink_to_fit();
        }
    }

    /// Writes what waits, one message at a time, and closes when that was asked for and nothing waits any more.
    void write_next() {
        if (!is_open_ || is_writing_ || is_cut_) return;
        if (!unsent_.empty()) {
            is_writing_ = true;
            socket_.async_write(boost::asio::buffer(unsent_.front()),
                                [self = this->shared_from_this()](boost::beast::error_code failed, std::size_t) {
                                    self->is_writing_ = false;
                                    self->unsent_bytes_ -= self->unsent_.front().size();
                                    self->unsent_.pop_front();
                                    if (!failed) self->write_next();
                                });
        } else if (close_) {
            is_writing_ = true;  // for good: nothing is written after the close frame
            socket_.async_close(*close_, [self = this->shared_from_this()](boost::beast::error_code) {});
        }
    }

    boost::beast::websocket::stream<Stream> socket_;
    const ServeOptions& options_;
    ServiceStats& stats_;
    boost::asio::steady_timer room_;  ///< waited for while the client's audio piles up
    std::deque<std::string> unsent_;
    std::size_t unsent_bytes_ = 0;
    std::optional<boost::beast::websocket::close_reason> close_;
    bool is_open_ = false;
    bool is_writing_ = false;
    bool is_cut_ = false;
};

}  // namespace asr_stream::recognizer
