#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/certificates.hpp"

/// A plain client of the recognition server, in blocking calls; knows nothing of our own client side.
namespace asr_stream::test {

class ServeClient {
  public:
    /// Where the server is; with a CA file it is wss.
    struct Target {
        std::uint16_t port = 0;
        std::string path = "/";
        std::string ca_file{};
        int receive_buffer_bytes = 0;  ///< SO_RCVBUF; 0: the system's
    };

    /// Connects and upgrades. What fails shows in status() and is_open().
    explicit ServeClient(const Target& target);
    ~ServeClient();
    ServeClient(const ServeClient&) = delete;
    ServeClient& operator=(const ServeClient&) = delete;

    [[nodiscard]] bool is_open() const;
    [[nodiscard]] int status() const;  ///< of the answer to the upgrade: 101, 503, or 0 for none

    bool send_text(std::string_view text);
    bool send_binary(std::string_view bytes);
    /// The next message; nothing when the connection is over.
    [[nodiscard]] std::optional<std::string> read();
    /// All messages up to the end of the connection.
    [[nodiscard]] std::vector<std::string> read_all();
    /// How the server closed; 0 when it did not.
    [[nodiscard]] int close_code() const;
    [[nodiscard]] std::string close_reason() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// A TCP connection without WebSocket; the server sees it before any that is made later.
class PlainClient {
  public:
    explicit PlainClient(std::uint16_t port);
    ~PlainClient();
    PlainClient(const PlainClient&) = delete;
    PlainClient& operator=(const PlainClient&) = delete;

    void send(std::string_view bytes);
    /// All that the server sends until it hangs up.
    [[nodiscard]] std::string read_all();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The answer to a plain HTTP request, head and body.
[[nodiscard]] std::string http_request(std::uint16_t port, std::string_view request);

}  // namespace asr_stream::test
