#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <functional>
#include <optional>

#include "support/scripted_server.hpp"
#include "support/server_transport.hpp"

namespace asr_stream::test {

/// Session over Beast's synchronous WebSocket; frames that no WebSocket would send go past it.
class ServerSession final : public Session {
  public:
    using OnMessage = std::function<void(const Message&)>;

    ServerSession(int fd, boost::asio::io_context& context, std::size_t index, const ServerOptions& options,
                  SSL_CTX* tls, OnMessage on_message);

    /// Ends every call, from any thread.
    void cut_from_outside() noexcept { transport_.cut(); }

    [[nodiscard]] std::size_t index() const override { return index_; }
    [[nodiscard]] unsigned data_segments() const override { return transport_.data_segments(); }
    const Request* request() override;
    bool accept(std::string_view subprotocol, const Headers& headers) override;
    void refuse(int status, std::string_view reason, std::string_view body, const Headers& headers) override;
    std::optional<Message> read() override;
    std::optional<Frame> read_frame() override;
    bool send_text(std::string_view payload) override { return send(false, payload); }
    bool send_binary(std::string_view payload) override { return send(true, payload); }
    bool send_fragmented(std::string_view payload, std::size_t frame_bytes) override;
    bool ping(std::string_view payload) override { return send_frame(0x89, payload); }
    bool pong(std::string_view payload) override { return send_frame(0x8A, payload); }
    bool send_frame(std::uint8_t first_byte, std::string_view payload) override;
    bool raw(std::string_view bytes) override;
    bool raw_beneath_tls(std::string_view bytes) override { return transport_.transmit_plain(bytes); }
    void close(std::uint16_t code, std::string_view reason) override;
    void reset() override;
    void cut() override;
    void hang() override { transport_.wait_for_end(); }
    [[nodiscard]] std::string client_certificate() const override;
    [[nodiscard]] std::string server_name() const override;

  private:
    using Stream = boost::beast::websocket::stream<TransportRef>;
    bool start_tls();
    bool send(bool binary, std::string_view payload);
    bool fill(std::size_t bytes);

    ServerTransport transport_;
    Stream stream_;
    std::size_t index_;
    SSL_CTX* tls_;
    OnMessage on_message_;
    bool tls_started_ = false;
    std::optional<Request> request_;
    boost::beast::http::request<boost::beast::http::string_body> http_request_;
    boost::beast::flat_buffer http_buffer_;
    std::string frame_bytes_;  // read, but not yet given out by read_frame()
};

}  // namespace asr_stream::test
