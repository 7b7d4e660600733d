#pragma once

#include <asr_stream/config.hpp>
#include <asr_stream/error.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asr_stream::websocket {

using Clock = std::chrono::steady_clock;

enum class Opcode : std::uint8_t { text = 1, binary = 2 };

/// How to reach a service. Everything is checked before the first packet.
struct ConnectOptions {
    std::string url{};  ///< ws:// or wss://
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string subprotocol{};
    std::string proxy{};  ///< http://[user:password@]host:port, or empty
    TlsConfig tls{};
    bool permessage_deflate = false;
    std::size_t max_message_bytes = 262'144;
    milliseconds timeout{5000};  ///< for all steps together
    /// TCP_USER_TIMEOUT: nothing of what was sent is acknowledged for so long; zero: the system's.
    milliseconds unacknowledged_timeout{};
};

/// What a profile says of reaching one of its endpoints.
[[nodiscard]] ConnectOptions connect_options(const Profile& profile, std::string url);

/// The most a connection keeps of what the socket does not take. A send beyond it ends the connection with
/// Errc::memory_limit; ask queued_bytes() before sending.
inline constexpr std::size_t max_queued_bytes = std::size_t{1} << 20;

/// When each step of a connect was done, as time since its begin; zero for a step that was not needed or not reached.
struct ConnectTimings {
    std::chrono::microseconds resolve{}, connect{}, proxy{}, tls{}, handshake{};
    std::string address;  ///< "127.0.0.1:2700", the one that answered
    std::string tls_version;
};

/// What the connections of one loop share: name resolver with its cache, TLS contexts, scratch buffer, random keys.
/// Loop thread only.
class Context;
[[nodiscard]] std::shared_ptr<Context> make_context(boost::asio::io_context& loop);
/// Sends what corked connections hold back; none is corked any more.
void send_corked(Context& context) noexcept;

struct Incoming {
    Opcode opcode{};
    std::string_view payload;  ///< valid until the next read()
};

/// One open WebSocket of ours (RFC 6455, client side). Loop thread only.
///
/// Object lifetimes: a coroutine that runs one of its awaitables holds a shared_ptr to it.
class Connection {
  public:
    virtual ~Connection() = default;

    /// The next whole message. Pings are answered and pongs noted meanwhile. At most one read at a time.
    /// Fails with closed_by_service ("code=1011 reason=..." in the context), connection_lost, message_too_big,
    /// protocol_violation, memory_limit, and with stopped after a close() of ours.
    [[nodiscard]] virtual boost::asio::awaitable<Result<Incoming>> read() = 0;

    /// Space for a payload of so many bytes, in a buffer that all connections of the loop share: fill it, then
    /// call send_prepared() before anything else is prepared. At most max_queued_bytes.
    [[nodiscard]] virtual std::span<char> prepare(std::size_t bytes) = 0;
    /// Masks the first `bytes` of what prepare() gave and sends them as one message. Never waits: what the socket does
    /// not take stays queued here, in order, and goes out when it does. Returns false when the connection is gone;
    /// why, says read().
    virtual bool send_prepared(Opcode opcode, std::size_t bytes) = 0;
    /// prepare and send_prepared in one.
    bool send(Opcode opcode, std::string_view payload);

    /// What is sent until send_corked() leaves with one system call, or with several when it is much. queued_bytes()
    /// does not know of it before that. Whoever corks calls send_corked() before it returns to the loop.
    virtual void cork() noexcept = 0;

    /// Something will be sent soon: fetches what that will touch. A hint.
    virtual void fetch() const noexcept = 0;

    /// A ping, queued behind all that was sent before it.
    virtual bool ping() = 0;
    /// When the last pong came for a ping of ours, and when that ping had been sent; Clock::time_point{} before the
    /// first.
    [[nodiscard]] virtual Clock::time_point last_pong() const = 0;
    [[nodiscard]] virtual Clock::time_point last_pong_sent() const = 0;
    [[nodiscard]] virtual Clock::time_point last_received() const = 0;  ///< any byte counts

    /// Bytes not yet acknowledged by the peer's kernel: our queue and the socket's.
    [[nodiscard]] virtual std::size_t unsent_bytes() const = 0;
    /// Bytes in our queue alone; beyond zero the socket is full.
    [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
    [[nodiscard]] virtual std::uint64_t sent_bytes() const = 0;  ///< frame headers included
    [[nodiscard]] virtual std::uint64_t received_bytes() const = 0;

    [[nodiscard]] virtual const ConnectTimings& timings() const = 0;
    [[nodiscard]] virtual std::string_view subprotocol() const = 0;  ///< the one the service chose, or empty

    /// The close handshake with status 1000, bounded by `timeout`; then the socket is closed. A pending read() ends.
    [[nodiscard]] virtual boost::asio::awaitable<void> close(milliseconds timeout) = 0;
    /// Closes the socket now and waits for nothing; a pending read() fails with connection_lost.
    virtual void abort() noexcept = 0;
};

/// One attempt to open a Connection: resolves, connects (Happy Eyeballs, RFC 8305), goes through the proxy, does TLS
/// and the upgrade, all within ConnectOptions::timeout. Loop thread only; dial() is called once, and whoever runs it
/// holds a shared_ptr to this.
class Dialer {
  public:
    virtual ~Dialer() = default;
    [[nodiscard]] virtual boost::asio::awaitable<Result<std::shared_ptr<Connection>>> dial() = 0;
    /// Ends a running dial() with Errc::stopped; waits for nothing.
    virtual void abort() noexcept = 0;
    /// As far as it got; after a failure the step that failed is the first one still zero.
    [[nodiscard]] virtual const ConnectTimings& timings() const = 0;
};
/// `memory` accounts for the connection's buffers and outlives dialer and connection.
[[nodiscard]] std::shared_ptr<Dialer> make_dialer(std::shared_ptr<Context> context,
                                                  std::shared_ptr<const ConnectOptions> options,
                                                  std::pmr::memory_resource* memory);

/// "ws", "example.org", "2700", "/path?query"; Errc::invalid_url with the reason otherwise.
struct Url {
    bool secure = false;
    std::string host;  ///< without the brackets of an IPv6 address
    std::string port;  ///< 80 and 443 filled in
    std::string target = "/";
};
[[nodiscard]] Result<Url> parse_url(std::string_view url);

}  // namespace asr_stream::websocket
