#include "integration/serve_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <functional>
#include <variant>

namespace asr_stream::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using Plain = beast::websocket::stream<tcp::socket>;
using Secure = beast::websocket::stream<asio::ssl::stream<tcp::socket>>;

}  // namespace

struct ServeClient::Impl {
    asio::io_context io;
    asio::ssl::context tls{asio::ssl::context::tls_client};
    std::unique_ptr<Plain> plain;
    std::unique_ptr<Secure> secure;
    bool open = false;
    int status = 0;

    template <class Call>
    auto with(Call call) {
        return plain ? call(*plain) : call(*secure);
    }

    void connect(const Target& target) {
        tcp::socket socket{io};
        socket.open(tcp::v4());
        if (target.receive_buffer_bytes > 0)
            socket.set_option(asio::socket_base::receive_buffer_size{target.receive_buffer_bytes});
        socket.connect({asio::ip::make_address("127.0.0.1"), target.port});
        if (target.ca_file.empty()) {
            plain = std::make_unique<Plain>(std::move(socket));
        } else {
            tls.load_verify_file(target.ca_file);
            tls.set_verify_mode(asio::ssl::verify_peer);
            secure = std::make_unique<Secure>(std::move(socket), tls);
            secure->next_layer().handshake(asio::ssl::stream_base::client);
        }
        beast::websocket::response_type response;
        beast::error_code failed;
        with([&](auto& stream) {
            stream.read_message_max(16u << 20);
            stream.handshake(response, "127.0.0.1", target.path, failed);
        });
        status = static_cast<int>(response.result_int());
        open = !failed;
    }

    bool write(std::string_view payload, bool is_text) {
        beast::error_code failed;
        with([&](auto& stream) {
            stream.text(is_text);
            stream.write(asio::buffer(payload), failed);
        });
        return !failed;
    }
};

ServeClient::ServeClient(const Target& target) : impl_{std::make_unique<Impl>()} {
    try {
        impl_->connect(target);
    } catch (const std::exception&) {
        impl_->open = false;  // refused, or the handshake failed: the test looks at is_open()
    }
}
ServeClient::~ServeClient() = default;

bool ServeClient::is_open() const { return impl_->open; }
int ServeClient::status() const { return impl_->status; }
bool ServeClient::send_text(std::string_view text) { return impl_->write(text, true); }
bool ServeClient::send_binary(std::string_view bytes) { return impl_->write(bytes, false); }

std::optional<std::string> ServeClient::read() {
    beast::flat_buffer buffer;
    beast::error_code failed;
    impl_->with([&](auto& stream) { stream.read(buffer, failed); });
    if (failed) return std::nullopt;
    return beast::buffers_to_string(buffer.data());
}

std::vector<std::string> ServeClient::read_all() {
    std::vector<std::string> messages;
    while (auto message = read()) messages.push_back(*std::move(message));
    return messages;
}

int ServeClient::close_code() const {
    return impl_->with([](auto& stream) { return static_cast<int>(stream.reason().code); });
}

std::string ServeClient::close_reason() const {
    return impl_->with([](auto& stream) {
        const auto& reason = stream.reason().reason;
        return std::string{reason.data(), reason.size()};
    });
}

struct PlainClient::Impl {
    asio::io_context io;
    tcp::socket socket{io};
};

PlainClient::PlainClient(std::uint16_t port) : impl_{std::make_unique<Impl>()} {
    impl_->socket.connect({asio::ip::make_address("127.0.0.1"), port});
}
PlainClient::~PlainClient() = default;

void PlainClient::send(std::string_view bytes) { asio::write(impl_->socket, asio::buffer(bytes)); }

std::string PlainClient::read_all() {
    std::string answer;
    beast::error_code end;
    asio::read(impl_->socket, asio::dynamic_buffer(answer), end);
    return answer;
}

std::string http_request(std::uint16_t port, std::string_view request) {
    PlainClient client{port};
    client.send(request);
    return client.read_all();
}

}  // namespace asr_stream::test
