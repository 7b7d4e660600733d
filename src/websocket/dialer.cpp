#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/steady_timer.hpp>
#include <charconv>

#include "websocket/connect_race.hpp"
#include "websocket/context.hpp"
#include "websocket/proxy.hpp"
#include "websocket/upgrade.hpp"
#include "websocket/url.hpp"

namespace asr_stream::websocket {

namespace asio = boost::asio;

namespace {

std::uint16_t number_of(const std::string& port) {
    std::uint16_t number = 0;
    std::from_chars(port.data(), port.data() + port.size(), number);
    return number;
}

/// Above 1, so that a stall which pings tell of is reported as one, and a dead network is noticed where none are due.
constexpr int stalls_until_dead = 2;

/// The kernel alone would go on sending to a dead network for a quarter of an hour.
void limit_unacknowledged(TcpSocket& socket, milliseconds time) {
    if (time.count() <= 0) return;
    const auto value = static_cast<unsigned>(time.count());
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof value);
}

class OneDialer final : public Dialer, public std::enable_shared_from_this<OneDialer> {
  public:
    OneDialer(std::shared_ptr<Context> context, std::shared_ptr<const ConnectOptions> options,
              std::pmr::memory_resource* memory)
        : context_{std::move(context)}, options_{std::move(options)}, memory_{memory}, deadline_{context_->loop()} {}

    [[nodiscard]] asio::awaitable<Result<std::shared_ptr<Connection>>> dial() override {
        begin_ = Clock::now();
        deadline_.expires_after(options_->timeout);
        deadline_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
            if (const auto self = weak.lock(); self && !error) self->stop(Ending::timed_out);
        });
        auto result = co_await steps();
        deadline_.cancel();
        if (!result) co_return tl::unexpected{explain(result.error())};
        co_return result;
    }

    void abort() noexcept override { stop(Ending::aborted); }
    [[nodiscard]] const ConnectTimings& timings() const override { return *timings_; }

  private:
    enum class Ending { none, aborted, timed_out };

    void stop(Ending ending) noexcept {
        if (ending_ == Ending::none) ending_ = ending;
        deadline_.cancel();
        if (lookup_) lookup_->cancel();
        if (race_) race_->cancel();
        if (socket_) socket_->close();
    }

    [[nodiscard]] std::chrono::microseconds elapsed() const {
        return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin_);
    }

    [[nodiscard]] asio::awaitable<Result<std::shared_ptr<Connection>>> steps();
    [[nodiscard]] Result<> check_options();
    [[nodiscard]] asio::awaitable<Result<>> connect();
    [[nodiscard]] asio::awaitable<Result<>> start_tls();
    [[nodiscard]] asio::awaitable<Result<std::shared_ptr<Connection>>> start_websocket();
    [[nodiscard]] Error explain(const Error& error) const;

    std::shared_ptr<Context> context_;
    std::shared_ptr<const ConnectOptions> options_;
    std::pmr::memory_resource* memory_;
    asio::steady_timer deadline_;
    Clock::time_point begin_{};
    std::shared_ptr<ConnectTimings> timings_ = std::make_shared<ConnectTimings>();
    Url url_;
    std::optional<ProxyUrl> proxy_;
    Ending ending_ = Ending::none;
    const char* step_ = "settings";
    std::shared_ptr<Resolver::Lookup> lookup_;
    std::shared_ptr<ConnectRace> race_;
    std::shared_ptr<FrameSocket> socket_;
};

Result<> OneDialer::check_options() {
    auto url = parse_url(options_->url);
    if (!url) return tl::unexpected{url.error()};
    url_ = *std::move(url);
    if (!options_->proxy.empty()) {
        auto proxy = parse_proxy_url(options_->proxy);
        if (!proxy) return tl::unexpected{proxy.error()};
        proxy_ = *std::move(proxy);
    }
    if (auto checked = check_headers(options_->headers); !checked) return checked;
    return check_subprotocol(options_->subprotocol);
}

asio::awaitable<Result<std::shared_ptr<Connection>>> OneDialer::steps() {
    if (auto checked = check_options(); !checked) co_return tl::unexpected{checked.error()};
    if (auto connected = co_await connect(); !connected) co_return tl::unexpected{connected.error()};
    if (proxy_) {
        step_ = "proxy";
        if (auto opened = co_await open_tunnel(socket_, *proxy_, url_); !opened)
            co_return tl::unexpected{opened.error()};
        timings_->proxy = elapsed();
    }
    if (url_.secure)
        if (auto started = co_await start_tls(); !started) co_return tl::unexpected{started.error()};
    co_return co_await start_websocket();
}

asio::awaitable<Result<>> OneDialer::connect() {
    step_ = "resolve";
    lookup_ = context_->resolver().lookup(proxy_ ? proxy_->host : url_.host);
    if (ending_ != Ending::none) co_return fail(Errc::stopped);
    auto addresses = co_await lookup_->wait();
    lookup_.reset();
    if (!addresses) co_return tl::unexpected{addresses.error()};
    timings_->resolve = elapsed();
    step_ = "connect";
    if (ending_ != Ending::none) co_return fail(Errc::stopped);
    race_ = std::make_shared<ConnectRace>(context_->loop(), *std::move(addresses),
                                          number_of(proxy_ ? proxy_->port : url_.port));
    auto socket = co_await race_->run();
    race_.reset();
    if (!socket) co_return tl::unexpected{socket.error()};
    limit_unacknowledged(*socket, options_->unacknowledged_timeout);
    boost::system::error_code ignored;
    timings_->address = text_of(socket->remote_endpoint(ignored));
    timings_->connect = elapsed();
    socket_ = std::make_shared<FrameSocket>(*std::move(socket), memory_);
    if (ending_ != Ending::none) socket_->close();
    co_return Result<>{};
}

asio::awaitable<Result<>> OneDialer::start_tls() {
    step_ = "TLS";
    const auto context = context_->tls().get(options_->tls);
    if (!context) co_return tl::unexpected{context.error()};
    auto started = co_await socket_->start_tls(*context, options_->tls, url_.host);
    if (!started) co_return started;
    timings_->tls = elapsed();
    timings_->tls_version = socket_->tls_version();
    co_return Result<>{};
}

asio::awaitable<Result<std::shared_ptr<Connection>>> OneDialer::start_websocket() {
    step_ = "handshake";
    UpgradeRequest request{context_, socket_, options_, timings_, url_, memory_};
    auto connection = co_await upgrade(std::move(request));
    if (!connection) co_return connection;
    if (ending_ != Ending::none) co_return fail(Errc::stopped);
    timings_->handshake = elapsed();
    socket_.reset();
    co_return connection;
}

Error OneDialer::explain(const Error& error) const {
    if (ending_ == Ending::aborted) return {Errc::stopped, {}};
    if (url_.host.empty()) return error;  // the URL itself was wrong
    const std::string where = (url_.secure ? "wss://" : "ws://") + host_header_of(url_);
    const std::string through = proxy_ ? " through proxy " + authority_of(proxy_->host, proxy_->port) : "";
    const bool answered = error.code == Errc::handshake_refused;  // says more than that its body did not end in time
    if (ending_ != Ending::timed_out || answered) return {error.code, where + through + ": " + error.context};
    std::string at = timings_->address.empty() ? "" : " (" + timings_->address + ")";
    return {Errc::connect_timeout, where + through + at + ": step " + step_ + " was not done within connect-timeout=" +
                                       std::to_string(options_->timeout.count()) + " ms"};
}

}  // namespace

ConnectOptions connect_options(const Profile& profile, std::string url) {
    return {.url = std::move(url),
            .headers = profile.headers,
            .subprotocol = profile.subprotocol,
            .proxy = profile.proxy,
            .tls = profile.tls,
            .permessage_deflate = profile.permessage_deflate,
            .max_message_bytes = profile.max_message_bytes,
            .timeout = profile.connect_timeout,
            .unacknowledged_timeout = stalls_until_dead * profile.stall_timeout};
}

std::shared_ptr<Dialer> make_dialer(std::shared_ptr<Context> context, std::shared_ptr<const ConnectOptions> options,
                                    std::pmr::memory_resource* memory) {
    return std::make_shared<OneDialer>(std::move(context), std::move(options), memory);
}

}  // namespace asr_stream::websocket
