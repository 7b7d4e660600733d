#pragma once

#include <asr_stream/config.hpp>
#include <asr_stream/error.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "websocket/tls_context.hpp"

struct ssl_st;

namespace asr_stream::websocket {

enum class TransportStatus { ready, would_block, closed, failed };

/// Where the encrypted bytes come from and go to.
class TlsTransport {
  public:
    virtual ~TlsTransport() = default;
    /// Bytes that have come, without waiting.
    virtual TransportStatus receive(std::span<char> bytes, std::size_t& received) noexcept = 0;
    /// Takes all of it, always; false when the connection is gone.
    virtual bool transmit(std::span<const char> bytes) noexcept = 0;
};

/// The client's side of TLS over a TlsTransport that never blocks. What it sends is taken whole by the transport, so a
/// write is never half done and there is no second queue in OpenSSL.
class TlsSession {
  public:
    /// `host` is the URL's host: verified and sent as SNI unless the configuration names another.
    [[nodiscard]] static Result<std::unique_ptr<TlsSession>> create(const SslContext& context, const TlsConfig& config,
                                                                    const std::string& host, TlsTransport& transport);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    /// ready when the handshake is done; would_block: call again when bytes have come; otherwise error() says why not.
    [[nodiscard]] TransportStatus handshake();
    /// tls_untrusted, tls_hostname_mismatch or tls_failed.
    [[nodiscard]] Error error() const;

    [[nodiscard]] TransportStatus read(std::span<char> bytes, std::size_t& received);
    [[nodiscard]] bool write(std::span<const char> bytes);
    /// Bytes were received that read() has not given yet.
    [[nodiscard]] bool has_pending() const;
    /// Sends close_notify.
    void shutdown();

    [[nodiscard]] std::string version() const;  ///< "TLSv1.3"

  private:
    struct SslFree {
        void operator()(ssl_st* ssl) const noexcept;
    };
    explicit TlsSession(std::string expected_name) : expected_name_{std::move(expected_name)} {}
    friend struct TlsCallbacks;
    TransportStatus status_of(int result);

    std::string expected_name_;
    std::unique_ptr<ssl_st, SslFree> ssl_;
    std::string reason_;
    std::vector<std::string> peer_names_;  // those in the certificate when it was refused
    long verify_error_ = 0;
};

}  // namespace asr_stream::websocket
