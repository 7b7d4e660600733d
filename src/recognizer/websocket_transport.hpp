#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "recognizer/client_session.hpp"
#include "recognizer/client_stream.hpp"
#include "recognizer/http_answer.hpp"

namespace asr_stream::recognizer {

/// One open WebSocket on the server's side. I/O thread only. The coroutine run() and the write under way each hold a
/// shared_ptr to it.
class WebSocketTransport final : public ClientSession::Transport,
                                 public std::enable_shared_from_this<WebSocketTransport> {
  public:
    WebSocketTransport(ClientStream stream, const ServeOptions& options, ServiceStats& stats);

    /// Completes the upgrade and reads until the connection is over.
    static boost::asio::awaitable<void> run(std::shared_ptr<WebSocketTransport> self, HttpRequest request,
                                            std::shared_ptr<ClientSession> session);

    void send(std::string text) override;
    void close(CloseCode code, std::string_view reason) override;
    void resume_reading() override { room_.cancel(); }

    /// Ends the connection without a word.
    void cut();

  private:
    static boost::asio::awaitable<void> read_all(std::shared_ptr<WebSocketTransport> self,
                                                 std::shared_ptr<ClientSession> session);
    void write_next();

    boost::beast::websocket::stream<ClientStream> socket_;
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
