#include "recognizer/websocket_transport.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <utility>

namespace asr_stream::recognizer {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t usual_message_bytes = 16'384;  // what is larger is not kept
constexpr std::chrono::seconds handshake_time{10};   // closing included
constexpr std::chrono::seconds silent_peer_time{40};

}  // namespace

WebSocketTransport::WebSocketTransport(ClientStream stream, const ServeOptions& options, ServiceStats& stats)
    : socket_{std::move(stream)}, options_{options}, stats_{stats}, room_{socket_.get_executor()} {
    // Half of the idle time-out without a byte, and Beast pings: a peer that has vanished is noticed.
    socket_.set_option(websocket::stream_base::timeout{
        .handshake_timeout = handshake_time, .idle_timeout = silent_peer_time, .keep_alive_pings = true});
    socket_.read_message_max(options.max_message_bytes);
    socket_.auto_fragment(false);
    socket_.text(true);
}

asio::awaitable<void> WebSocketTransport::run(std::shared_ptr<WebSocketTransport> self, HttpRequest request,
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

void WebSocketTransport::send(std::string text) {
    if (close_ || is_cut_) return;
    unsent_bytes_ += text.size();
    unsent_.push_back(std::move(text));
    if (unsent_bytes_ > options_.max_unsent_bytes) {
        ++stats_.slow_clients;
        return cut();
    }
    write_next();
}

void WebSocketTransport::close(CloseCode code, std::string_view reason) {
    if (close_) return;
    close_.emplace(static_cast<websocket::close_code>(code), beast::string_view{reason.data(), reason.size()});
    write_next();
    resume_reading();  // Beast sees the client's answer while it reads
}

void WebSocketTransport::cut() {
    is_cut_ = true;
    socket_.next_layer().close();
    room_.cancel();
}

asio::awaitable<void> WebSocketTransport::read_all(std::shared_ptr<WebSocketTransport> self,
                                                   std::shared_ptr<ClientSession> session) {
    beast::flat_buffer buffer;
    while (true) {
        while (!self->close_ && !self->is_cut_ && !session->wants_to_read()) {
            self->room_.expires_at(std::chrono::steady_clock::time_point::max());
            static_cast<void>(co_await self->room_.async_wait(token));
        }
        const auto [failed, bytes] = co_await self->socket_.async_read(buffer, token);
        if (failed == websocket::error::message_too_big) ++self->stats_.too_big_messages;
        if (failed) break;
        const auto data = buffer.cdata();
        session->on_message(self->socket_.got_text() ? Framing::text : Framing::binary,
                            {static_cast<const char*>(data.data()), data.size()});
        buffer.consume(bytes);
        if (buffer.capacity() > usual_message_bytes) buffer.shrink_to_fit();
    }
}

/// Writes what waits, one message at a time, and closes when that was asked for and nothing waits any more.
void WebSocketTransport::write_next() {
    if (!is_open_ || is_writing_ || is_cut_) return;
    if (!unsent_.empty()) {
        is_writing_ = true;
        socket_.async_write(asio::buffer(unsent_.front()),
                            [self = shared_from_this()](beast::error_code failed, std::size_t) {
                                self->is_writing_ = false;
                                self->unsent_bytes_ -= self->unsent_.front().size();
                                self->unsent_.pop_front();
                                if (!failed) self->write_next();
                            });
    } else if (close_) {
        is_writing_ = true;  // for good: nothing is written after the close frame
        socket_.async_close(*close_, [self = shared_from_this()](beast::error_code) {});
    }
}

}  // namespace asr_stream::recognizer
