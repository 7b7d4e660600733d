#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "load/frames.hpp"

namespace asr_stream::bench {

struct SslContextFree {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslContextFree>;
struct SslFree {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using Ssl = std::unique_ptr<SSL, SslFree>;

/// A server context with a fresh self-signed certificate for 127.0.0.1, which is also written to `certificate_file`.
[[nodiscard]] SslContext make_server_context(const std::string& certificate_file);

struct SinkTotals {
    std::uint64_t open = 0;
    std::uint64_t audio_frames = 0;  ///< data frames, the opening message of each connection not among them
    std::uint64_t audio_bytes = 0;   ///< their payload
    std::uint64_t unanswered = 0;    ///< pongs and finals that the socket did not take
};

/// One client of the sink.
class SinkConnection {
  public:
    struct Answers {
        unsigned frames_per_final;
        unsigned frame_ms;
    };
    SinkConnection(int descriptor, SSL_CTX* tls, Answers answers, SinkTotals& totals);
    ~SinkConnection();
    SinkConnection(const SinkConnection&) = delete;
    SinkConnection& operator=(const SinkConnection&) = delete;

    /// Reads what is there through `buffer`. False when the connection is over.
    [[nodiscard]] bool read(std::span<char> buffer);

  private:
    [[nodiscard]] bool take(std::string_view bytes);
    [[nodiscard]] bool take_request(std::string_view bytes);
    void on_frame(const Frame& frame);
    void write(std::string_view bytes);

    int descriptor_;
    Ssl ssl_;
    Answers answers_;
    SinkTotals& totals_;
    bool upgraded_ = false;
    bool closing_ = false;
    std::string request_;
    FrameReader reader_;
    std::uint64_t data_frames_ = 0;
};

}  // namespace asr_stream::bench
