#include "recognizer/server.hpp"

#include <sys/socket.h>

#include <asr_stream/engine.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <csignal>
#include <exception>
#include <functional>
#include <map>
#include <set>

#include "recognizer/client_stream.hpp"
#include "recognizer/http_answer.hpp"
#include "recognizer/server_setup.hpp"
#include "recognizer/websocket_transport.hpp"

// GCC 12 inlines the aligned_alloc by which Asio allocates coroutine frames, not the free beside it, and calls them a
// mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace asr_stream::recognizer {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds request_time{10};  // for TLS and the HTTP request
constexpr std::chrono::milliseconds tick_time{250};
constexpr std::chrono::milliseconds accept_pause{100};  // after a failed accept: mostly no descriptors are left
constexpr std::uint32_t max_header_bytes = 8'192;
constexpr std::uint64_t max_body_bytes = 1'024;
constexpr std::size_t spare_connections = 100;  // beyond max-clients: for health pages and refusals

}  // namespace

struct Server::Impl {
    Impl(ServeOptions wanted, LogSink sink, std::unique_ptr<SpeechService> speech,
         std::unique_ptr<asio::ssl::context> tls_context)
        : options{std::move(wanted)}, log{std::move(sink)}, service{std::move(speech)}, tls{std::move(tls_context)} {}

    /// Decoder threads post to the loop, and what waits in the loop uses the service: first the threads go, then the
    /// loop.
    ~Impl() { service->decoders().stop(); }

    struct Client {
        std::weak_ptr<ClientSession> session;
        std::function<void()> cut;
    };
    /// Notes a connection for as long as its coroutine lives.
    struct Connection {
        Connection(Impl& owner, int descriptor) : impl{owner}, place{impl.connections.insert(descriptor)} {}
        ~Connection() {
            impl.connections.erase(place);
            impl.finish_when_done();
        }
        Connection(const Connection&) = delete;
        Connection& operator=(const Connection&) = delete;
        Impl& impl;
        std::multiset<int>::iterator place;
    };

    Result<> listen(const tcp::endpoint& endpoint);
    void start();
    void begin_stop();
    void cut_all();
    void finish_when_done();
    void spawn(asio::awaitable<void> work);

    static asio::awaitable<void> accept_all(Impl& impl);
    static asio::awaitable<void> tick(Impl& impl);
    static asio::awaitable<void> watch_signals(Impl& impl);
    static asio::awaitable<void> serve_connection(Impl& impl, tcp::socket socket);
    static asio::awaitable<void> serve_http(Impl& impl, ClientStream stream, std::string address);
    static asio::awaitable<void> serve_websocket(Impl& impl, ClientStream stream, HttpRequest request,
                                                 std::string address);

    ServeOptions options;
    LogSink log;
    std::unique_ptr<SpeechService> service;
    std::unique_ptr<asio::ssl::context> tls;  ///< none: ws
    asio::io_context io{1};
    tcp::acceptor acceptor{io};
    tcp::endpoint listening_on;  ///< with the port that the system chose
    asio::signal_set signals{io};
    asio::steady_timer ticker{io};
    asio::steady_timer deadline{io};
    std::map<std::uint64_t, Client> clients;
    std::uint64_t next_client = 1;
    std::multiset<int> connections;  ///< their sockets, those still in a handshake included
    LogLimiter complaints;
    Clock::time_point begun = Clock::now();
    bool stopping = false;
};

Result<> Server::Impl::listen(const tcp::endpoint& endpoint) {
    boost::system::error_code failed;
    const auto attempt = [&](auto&& step) {
        if (!failed) step();
    };
    attempt([&] { acceptor.open(endpoint.protocol(), failed); });
    attempt([&] { acceptor.set_option(asio::socket_base::reuse_address{true}, failed); });
    attempt([&] { acceptor.bind(endpoint, failed); });
    attempt([&] { acceptor.listen(asio::socket_base::max_listen_connections, failed); });
    attempt([&] { listening_on = acceptor.local_endpoint(failed); });
    if (failed) return fail(Errc::connect_failed, "cannot listen on " + to_text(endpoint) + ": " + failed.message());
    return {};
}

void Server::Impl::start() {
    spawn(accept_all(*this));
    spawn(tick(*this));
    if (options.handle_signals) {
        signals.add(SIGTERM);
        signals.add(SIGINT);
        spawn(watch_signals(*this));
    }
}

void Server::Impl::spawn(asio::awaitable<void> work) {
    asio::co_spawn(io, std::move(work), [this](const std::exception_ptr& thrown) {
        if (!thrown) return;
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& exception) {
            log(LogLevel::error, std::string{"a connection ended: "} + exception.what());
        }
    });
}

/// The first call is graceful, the second is not.
void Server::Impl::begin_stop() {
    if (std::exchange(stopping, true)) return cut_all();
    log(LogLevel::notice, "stopping: " + std::to_string(clients.size()) + " clients connected");
    boost::system::error_code ignored;
    acceptor.close(ignored);
    const auto connected = clients;  // a session that ends leaves the map
    for (const auto& [id, client] : connected) {
        if (const auto session = client.session.lock()) session->shut_down();
    }
    deadline.expires_after(options.stop_timeout);
    deadline.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) cut_all();
    });
    finish_when_done();
}

void Server::Impl::cut_all() {
    for (const auto& [id, client] : clients) client.cut();
    for (const int descriptor : connections) static_cast<void>(::shutdown(descriptor, SHUT_RDWR));
}

void Server::Impl::finish_when_done() {
    if (!stopping || !connections.empty()) return;
    ticker.cancel();
    deadline.cancel();
    boost::system::error_code ignored;
    signals.cancel(ignored);
}

asio::awaitable<void> Server::Impl::accept_all(Impl& impl) {
    while (!impl.stopping) {
        auto [failed, socket] = co_await impl.acceptor.async_accept(token);
        if (impl.stopping) break;
        if (failed) {
            impl.log(LogLevel::warning, "cannot accept a connection: " + failed.message());
            asio::steady_timer pause{impl.io, accept_pause};
            static_cast<void>(co_await pause.async_wait(token));
            continue;
        }
        if (impl.connections.size() >= impl.options.max_clients + spare_connections) {
            ++impl.service->stats().connections_refused;
            continue;
        }
        ++impl.service->stats().connections;
        boost::system::error_code ignored;
        socket.set_option(tcp::no_delay{true}, ignored);
        impl.spawn(serve_connection(impl, std::move(socket)));
    }
}

asio::awaitable<void> Server::Impl::tick(Impl& impl) {
    while (!impl.stopping || !impl.connections.empty()) {
        impl.ticker.expires_after(tick_time);
        static_cast<void>(co_await impl.ticker.async_wait(token));
        const auto now = Clock::now();
        const auto connected = impl.clients;
        for (const auto& [id, client] : connected) {
            if (const auto session = client.session.lock()) session->on_tick(now);
        }
        impl.service->recognizers().expire(now);
    }
}

asio::awaitable<void> Server::Impl::watch_signals(Impl& impl) {
    while (!impl.stopping || !impl.connections.empty()) {
        const auto [cancelled, number] = co_await impl.signals.async_wait(token);
        if (cancelled) break;
        impl.begin_stop();
    }
}

asio::awaitable<void> Server::Impl::serve_connection(Impl& impl, tcp::socket socket) {
    const Connection noted{impl, socket.native_handle()};
    boost::system::error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    if (gone) co_return;
    ClientStream stream = impl.tls ? ClientStream{std::move(socket), *impl.tls} : ClientStream{std::move(socket)};
    stream.expires_after(request_time);
    if (const auto failed = co_await stream.handshake()) {
        ++impl.service->stats().failed_handshakes;
        impl.log(LogLevel::info, "client " + to_text(remote) + ": TLS failed: " + failed.message());
        co_return;
    }
    co_await serve_http(impl, std::move(stream), to_text(remote));
}

asio::awaitable<void> Server::Impl::serve_http(Impl& impl, ClientStream stream, std::string address) {
    beast::flat_buffer buffer;
    http::request_parser<http::string_body> parser;
    parser.header_limit(max_header_bytes);
    parser.body_limit(max_body_bytes);
    const auto [failed, bytes] = co_await http::async_read(stream, buffer, parser, token);
    if (failed) {
        if (failed != http::error::end_of_stream) ++impl.service->stats().failed_handshakes;
        co_return;
    }
    auto request = parser.release();
    const bool is_upgrade = beast::websocket::is_upgrade(request);
    if (is_upgrade && impl.clients.size() < impl.options.max_clients && !impl.stopping) {
        stream.expires_never();  // the WebSocket has its own time-outs
        co_await serve_websocket(impl, std::move(stream), std::move(request), std::move(address));
        co_return;
    }
    const HealthFacts facts{*impl.service, impl.clients.size(),
                            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - impl.begun)};
    auto response = answer_http(request, facts);
    static_cast<void>(co_await http::async_write(stream, response, token));
    co_await stream.shutdown();
}

asio::awaitable<void> Server::Impl::serve_websocket(Impl& impl, ClientStream stream, HttpRequest request,
                                                    std::string address) {
    const std::string path = request.target();
    auto transport = std::make_shared<WebSocketTransport>(std::move(stream), impl.options, impl.service->stats());
    const ClientSession::Surroundings surroundings{
        *impl.service, [&io = impl.io](std::function<void()> work) { asio::post(io, std::move(work)); }, impl.log,
        impl.complaints};
    auto session = std::make_shared<ClientSession>(surroundings, *transport, path, address);
    const auto id = impl.next_client++;
    impl.clients.emplace(id, Client{session, [weak = std::weak_ptr{transport}] {
                                        if (const auto open = weak.lock()) open->cut();
                                    }});
    impl.log(LogLevel::debug, "client " + address + ": " + path);
    // NOLINTNEXTLINE(bugprone-use-after-move): clang-tidy 14 sees the operand of co_await twice
    co_await WebSocketTransport::run(std::move(transport), std::move(request), std::move(session));
    impl.clients.erase(id);
}

Result<std::unique_ptr<Server>> Server::create(const ServeOptions& options, LogSink log) {
    if (auto valid = validate(options); !valid) return tl::unexpected{valid.error()};
    auto tls = make_tls_context(options);
    if (!tls) return tl::unexpected{tls.error()};
    const auto endpoint = to_endpoint(options);
    if (!endpoint) return tl::unexpected{endpoint.error()};
    auto service = SpeechService::create(options);
    if (!service) return tl::unexpected{service.error()};
    if (!log) log = [](LogLevel, std::string_view) {};
    const auto& effective = (*service)->options();
    auto impl = std::make_unique<Impl>(effective, std::move(log), *std::move(service), *std::move(tls));
    if (auto listening = impl->listen(*endpoint); !listening) return tl::unexpected{listening.error()};
    return std::unique_ptr<Server>{new Server{std::move(impl)}};
}

Server::Server(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
Server::~Server() = default;

std::string Server::description() const {
    const auto& model = impl_->service->model();
    return std::string{"listening on "} + (impl_->tls ? "wss://" : "ws://") + to_text(impl_->listening_on) +
           " (model " + model.name() + ", " + std::to_string(model.sample_rate()) + " Hz, " +
           std::to_string(impl_->options.threads) + " decoder threads)";
}

std::uint16_t Server::port() const { return impl_->listening_on.port(); }

void Server::run() {
    impl_->start();
    impl_->io.run();
}

void Server::stop() {
    asio::post(impl_->io, [impl = impl_.get()] { impl->begin_stop(); });
}

}  // namespace asr_stream::recognizer
