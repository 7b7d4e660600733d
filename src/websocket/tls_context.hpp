#pragma once

#include <asr_stream/config.hpp>
#include <asr_stream/error.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

struct ssl_ctx_st;

namespace asr_stream::websocket {

using SslContext = std::shared_ptr<ssl_ctx_st>;

/// OpenSSL contexts by TlsConfig: authorities and certificates are read from disk once, and again when a file changed.
/// One thread.
class TlsContexts {
  public:
    static constexpr std::size_t max_contexts = 16;  ///< the least recently used goes

    /// Errc::tls_config names the file and what is wrong with it.
    [[nodiscard]] Result<SslContext> get(const TlsConfig& config);
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  private:
    struct Entry {
        std::string key;
        SslContext context;
    };
    std::list<Entry> entries_;  // most recently used first
};

/// What OpenSSL's error queue of this thread says, oldest first, and empties it.
[[nodiscard]] std::string take_ssl_errors();

}  // namespace asr_stream::websocket
