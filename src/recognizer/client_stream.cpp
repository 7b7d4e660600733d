#include "recognizer/client_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <optional>

namespace asr_stream::recognizer {

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);

}  // namespace

struct ClientStream::Impl {
    explicit Impl(asio::ip::tcp::socket socket) : tcp{std::in_place, std::move(socket)} {}
    Impl(asio::ip::tcp::socket socket, asio::ssl::context& context) : tls{std::in_place, std::move(socket), context} {}

    [[nodiscard]] beast::tcp_stream& lowest() { return tls ? tls->next_layer() : *tcp; }

    // One of them.
    std::optional<beast::tcp_stream> tcp;
    std::optional<beast::ssl_stream<beast::tcp_stream>> tls;
};

ClientStream::ClientStream(asio::ip::tcp::socket socket) : impl_{std::make_shared<Impl>(std::move(socket))} {}
ClientStream::ClientStream(asio::ip::tcp::socket socket, asio::ssl::context& tls)
    : impl_{std::make_shared<Impl>(std::move(socket), tls)} {}
ClientStream::~ClientStream() {
    if (impl_) close();
}

ClientStream::executor_type ClientStream::get_executor() noexcept { return impl_->lowest().get_executor(); }

void ClientStream::expires_after(std::chrono::seconds time) { impl_->lowest().expires_after(time); }
void ClientStream::expires_never() { impl_->lowest().expires_never(); }

asio::awaitable<ClientStream::error_code> ClientStream::handshake() {
    if (!impl_->tls) co_return error_code{};
    const auto [failed] = co_await impl_->tls->async_handshake(asio::ssl::stream_base::server, token);
    co_return failed;
}

asio::awaitable<void> ClientStream::shutdown() {
    if (impl_->tls) static_cast<void>(co_await impl_->tls->async_shutdown(token));
}

void ClientStream::close() noexcept { impl_->lowest().close(); }

void ClientStream::read_some(asio::mutable_buffer into, Completion done) {
    auto read = [impl = impl_, done = std::move(done)](error_code error, std::size_t bytes) { done(error, bytes); };
    if (impl_->tls) return impl_->tls->async_read_some(into, std::move(read));
    impl_->tcp->async_read_some(into, std::move(read));
}

void ClientStream::write_some(const Pieces& from, Completion done) {
    auto written = [impl = impl_, done = std::move(done)](error_code error, std::size_t bytes) { done(error, bytes); };
    if (impl_->tls) return impl_->tls->async_write_some(from, std::move(written));
    impl_->tcp->async_write_some(from, std::move(written));
}

void ClientStream::tear_down(Completion done) {
    using beast::websocket::async_teardown;
    auto torn = [impl = impl_, done = std::move(done)](error_code error) { done(error, 0); };
    if (impl_->tls) return async_teardown(beast::role_type::server, *impl_->tls, std::move(torn));
    async_teardown(beast::role_type::server, *impl_->tcp, std::move(torn));
}

}  // namespace asr_stream::recognizer
