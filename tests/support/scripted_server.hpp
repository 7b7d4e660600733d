#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A real WebSocket server in the test's own process, whose behaviour is a script: a function that each connection runs
/// on a thread of its own, in blocking calls. It listens on a free port of the loopback and never leaves the machine.
///
///     ScriptedServer server{[](Session& session) {
///         session.accept();
///         while (const auto message = session.read()) session.send_text("heard " + message->payload);
///     }};
///     connect_to(server.url("/path"));
///
///     ScriptedServer secure{echo, {.tls = ServerTls{files.certificate, files.key}}};   // wss
///     ScriptedServer busy{[](Session& s) { s.refuse(503, "Service Unavailable", "try later"); }};
///     ScriptedServer rude{[](Session& s) { s.accept(); s.read(); s.reset(); }};
///     ScriptedServer frozen{hang};                        // accepts TCP, then says nothing, not even TLS
///     ScriptedServer junk{[](Session& s) { s.accept(); s.raw("\x85\x01x"); s.hang(); }};
///
/// What scripts share with the test (counters, records) is theirs to guard: std::atomic, std::mutex. The server's own
/// record, messages(), is guarded already. The destructor cuts all connections, which ends every blocking call of a
/// Session, and joins the threads; a script that loops must therefore end when a call says that the peer is gone.
namespace asr_stream::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct ServerTls {
    std::string certificate_file;
    std::string key_file;
    std::string client_ca_file{};  ///< set: a client certificate of this authority is demanded
};

struct ServerOptions {
    std::string address = "127.0.0.1";  ///< or "::1", or any of 127.0.0.0/8
    std::optional<ServerTls> tls{};
    bool permessage_deflate = false;
    int client_window_bits = 15;   ///< the most that the client's compressor may use
    int receive_buffer_bytes = 0;  ///< SO_RCVBUF: small values make the client's socket fill up soon
    bool keep_messages = true;     ///< false for floods: messages() stays empty
};

/// The client's upgrade request.
struct Request {
    std::string target;
    Headers headers;
    /// The value of the first header of that name (in any case), or empty.
    [[nodiscard]] std::string header(std::string_view name) const;
};

struct Message {
    bool binary = false;
    std::string payload;
};

/// A frame as it came, payload unmasked.
struct Frame {
    bool fin = false;
    std::uint8_t rsv = 0;     ///< RSV1 is 4
    std::uint8_t opcode = 0;  ///< 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong
    bool masked = false;
    std::string payload;
};

/// One connection of a client. Used by its script's thread alone. Every call blocks until it is done; those that return
/// bool or optional say by false or nothing that the connection is over.
class Session {
  public:
    virtual ~Session() = default;

    /// 0 for the server's first connection.
    [[nodiscard]] virtual std::size_t index() const = 0;
    /// How many TCP segments with data in them the client has sent so far.
    [[nodiscard]] virtual unsigned data_segments() const = 0;
    /// Waits for the upgrade request (after the TLS handshake). accept() and refuse() do so by themselves.
    virtual const Request* request() = 0;
    /// Answers 101. An empty subprotocol is not mentioned.
    virtual bool accept(std::string_view subprotocol = {}, const Headers& headers = {}) = 0;
    /// Any other status, then the connection is closed.
    virtual void refuse(int status, std::string_view reason, std::string_view body = {},
                        const Headers& headers = {}) = 0;

    /// The next whole message; pings are answered meanwhile, a close too, which ends it.
    virtual std::optional<Message> read() = 0;
    /// The next frame of any kind, and nothing is answered. Not to be mixed with read().
    virtual std::optional<Frame> read_frame() = 0;

    virtual bool send_text(std::string_view payload) = 0;
    virtual bool send_binary(std::string_view payload) = 0;
    /// One message in several frames of so many bytes.
    virtual bool send_fragmented(std::string_view payload, std::size_t frame_bytes) = 0;
    virtual bool ping(std::string_view payload = {}) = 0;
    virtual bool pong(std::string_view payload = {}) = 0;
    /// Any frame, right or wrong; first_byte is FIN, RSV and opcode.
    virtual bool send_frame(std::uint8_t first_byte, std::string_view payload) = 0;
    /// Bytes as they are, below WebSocket (but within TLS); also before accept().
    virtual bool raw(std::string_view bytes) = 0;
    /// The same, also below TLS.
    virtual bool raw_beneath_tls(std::string_view bytes) = 0;
    /// Binary messages of 64 KiB until so many bytes are sent.
    bool flood(std::size_t bytes);

    /// Sends a close frame and waits for the client's.
    virtual void close(std::uint16_t code = 1000, std::string_view reason = {}) = 0;
    /// Cuts the connection with a TCP reset.
    virtual void reset() = 0;
    /// Ends the TCP stream without a close frame (and without TLS's close_notify).
    virtual void cut() = 0;
    /// Does nothing and reads nothing until the client is gone.
    virtual void hang() = 0;

    /// TLS: the subject's common name of the client's certificate, or empty. The name the client asked for (SNI), or
    /// empty.
    [[nodiscard]] virtual std::string client_certificate() const = 0;
    [[nodiscard]] virtual std::string server_name() const = 0;
};

using Script = std::function<void(Session&)>;

// Ready-made scripts.
void echo(Session& session);  ///< accepts, and sends every message back
void sink(Session& session);  ///< accepts, and reads until the client closes
void hang(Session& session);  ///< not even TLS or the upgrade are answered
void hang_after_accept(Session& session);

class ScriptedServer {
  public:
    explicit ScriptedServer(Script script, ServerOptions options = {});
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    /// ws://127.0.0.1:PORT/, or wss:// when the server speaks TLS. `host` replaces the address.
    [[nodiscard]] std::string url(std::string_view target = "/", std::string_view host = {}) const;

    [[nodiscard]] std::size_t connections() const;        ///< accepted so far
    [[nodiscard]] std::size_t open_sessions() const;      ///< scripts still running; of the others nothing is left
    [[nodiscard]] std::vector<Message> messages() const;  ///< all that was read(), of all sessions
    /// Waits until the condition holds after some event of the server (connection, message, end of a session);
    /// false when ten seconds passed without it.
    [[nodiscard]] bool wait_until(const std::function<bool(const ScriptedServer&)>& condition) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// A TCP port on which connects hang: its backlog is full, so the kernel ignores further ones.
class SilentPort {
  public:
    explicit SilentPort(const std::string& address = "127.0.0.1", std::uint16_t port = 0);  ///< 0: any that is free
    ~SilentPort();
    SilentPort(const SilentPort&) = delete;
    SilentPort& operator=(const SilentPort&) = delete;
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  private:
    int listener_ = -1;
    std::vector<int> fillers_;
    std::uint16_t port_ = 0;
};

/// A port of 127.0.0.1 on which nobody listens, so that connects are refused.
[[nodiscard]] std::uint16_t unused_port();

}  // namespace asr_stream::test
