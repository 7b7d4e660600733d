#include "support/server_session.hpp"

#include <openssl/x509.h>

#include <array>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace asr_stream::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ws = boost::beast::websocket;
using boost::system::error_code;

namespace {

std::string text(boost::beast::string_view view) { return {view.data(), view.size()}; }

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
}

}  // namespace

ServerSession::ServerSession(int fd, asio::io_context& context, std::size_t index, const ServerOptions& options,
                             SSL_CTX* tls, OnMessage on_message)
    : transport_{fd, context}, stream_{transport_}, index_{index}, tls_{tls}, on_message_{std::move(on_message)} {
    stream_.read_message_max(64u << 20);
    stream_.auto_fragment(false);
    ws::permessage_deflate deflate;
    deflate.server_enable = options.permessage_deflate;
    deflate.client_max_window_bits = options.client_window_bits;
    stream_.set_option(deflate);
}

bool ServerSession::start_tls() {
    if (tls_ != nullptr && !tls_started_ && !transport_.start_tls(tls_)) return false;
    tls_started_ = true;
    return true;
}

const Request* ServerSession::request() {
    if (request_) return &*request_;
    if (!start_tls()) return nullptr;
    TransportRef stream{transport_};
    error_code error;
    http::read(stream, http_buffer_, http_request_, error);
    if (error) return nullptr;
    request_.emplace();
    request_->target = text(http_request_.target());
    for (const auto& field : http_request_)
        request_->headers.emplace_back(text(field.name_string()), text(field.value()));
    return &*request_;
}

bool ServerSession::accept(std::string_view subprotocol, const Headers& headers) {
    if (request() == nullptr) return false;
    stream_.set_option(ws::stream_base::decorator{[&](ws::response_type& response) {
        if (!subprotocol.empty()) response.set(http::field::sec_websocket_protocol, subprotocol);
        for (const auto& [name, value] : headers) response.set(name, value);
    }});
    error_code error;
    stream_.accept(http_request_, error);
    return !error;
}

void ServerSession::refuse(int status, std::string_view reason, std::string_view body, const Headers& headers) {
    if (request() == nullptr) return;
    std::string answer = "HTTP/1.1 " + std::to_string(status) + " " + std::string{reason} + "\r\nConnection: close\r\n";
    for (const auto& [name, value] : headers) answer.append(name).append(": ").append(value).append("\r\n");
    raw(answer + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
}

std::optional<Message> ServerSession::read() {
    boost::beast::flat_buffer buffer;
    error_code error;
    stream_.read(buffer, error);
    if (error) return std::nullopt;
    Message message{stream_.got_binary(), {static_cast<const char*>(buffer.cdata().data()), buffer.size()}};
    on_message_(message);
    return message;
}

bool ServerSession::fill(std::size_t bytes) {
    while (frame_bytes_.size() < bytes) {
        std::array<char, 4096> space;
        error_code error;
        const std::size_t size = transport_.receive(space, error);
        if (error) return false;
        frame_bytes_.append(space.data(), size);
    }
    return true;
}

std::optional<Frame> ServerSession::read_frame() {
    if (!fill(2)) return std::nullopt;
    const auto first = static_cast<std::uint8_t>(frame_bytes_[0]);
    const auto second = static_cast<std::uint8_t>(frame_bytes_[1]);
    Frame frame{(first & 0x80) != 0,
                static_cast<std::uint8_t>((first >> 4) & 7),
                static_cast<std::uint8_t>(first & 15),
                (second & 0x80) != 0,
                {}};
    std::uint64_t length = second & 0x7F;
    const std::size_t length_bytes = length == 127 ? 8 : length == 126 ? 2 : 0;
    const std::size_t header = 2 + length_bytes + (frame.masked ? 4 : 0);
    if (!fill(header)) return std::nullopt;
    if (length_bytes != 0) length = big_endian(std::string_view{frame_bytes_}.substr(2, length_bytes));
    if (!fill(header + length)) return std::nullopt;
    frame.payload = frame_bytes_.substr(header, length);
    for (std::size_t i = 0; frame.masked && i < frame.payload.size(); ++i)
        frame.payload[i] = static_cast<char>(frame.payload[i] ^ frame_bytes_[header - 4 + i % 4]);
    frame_bytes_.erase(0, header + length);
    return frame;
}

bool ServerSession::send(bool binary, std::string_view payload) {
    error_code error;
    stream_.binary(binary);
    stream_.write(asio::buffer(payload), error);
    return !error;
}

bool ServerSession::send_fragmented(std::string_view payload, std::size_t frame_bytes) {
    std::uint8_t opcode = 1;
    do {
        const auto piece = payload.substr(0, frame_bytes);
        payload.remove_prefix(piece.size());
        if (!send_frame(static_cast<std::uint8_t>(opcode | (payload.empty() ? 0x80 : 0)), piece)) return false;
        opcode = 0;
    } while (!payload.empty());
    return true;
}

bool ServerSession::send_frame(std::uint8_t first_byte, std::string_view payload) {
    std::string frame(1, static_cast<char>(first_byte));
    const auto put = [&frame](std::size_t value, int bytes) {
        for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) frame += static_cast<char>((value >> shift) & 0xFF);
    };
    if (payload.size() < 126) {
        put(payload.size(), 1);
    } else if (payload.size() <= 0xFFFF) {
        put(126, 1);
        put(payload.size(), 2);
    } else {
        put(127, 1);
        put(payload.size(), 8);
    }
    return raw(frame.append(payload));
}

bool ServerSession::raw(std::string_view bytes) {
    error_code error;
    if (start_tls()) transport_.transmit(bytes, error);
    return tls_started_ && !error;
}

void ServerSession::close(std::uint16_t code, std::string_view reason) {
    error_code error;
    stream_.close({static_cast<ws::close_code>(code), {reason.data(), reason.size()}}, error);
}

void ServerSession::reset() { transport_.reset(); }

void ServerSession::cut() { transport_.cut(); }

std::string ServerSession::client_certificate() const {
    X509* certificate = transport_.ssl() != nullptr ? SSL_get0_peer_certificate(transport_.ssl()) : nullptr;
    if (certificate == nullptr) return {};
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
    return name.data();
}

std::string ServerSession::server_name() const {
    const char* name =
        transport_.ssl() != nullptr ? SSL_get_servername(transport_.ssl(), TLSEXT_NAMETYPE_host_name) : nullptr;
    return name != nullptr ? name : "";
}

}  // namespace asr_stream::test
