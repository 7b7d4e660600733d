#pragma once

#include <boost/asio/io_context.hpp>
#include <cassert>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "websocket/connection.hpp"
#include "websocket/deflater.hpp"
#include "websocket/frame.hpp"
#include "websocket/outbox.hpp"
#include "websocket/resolver.hpp"
#include "websocket/tls_context.hpp"

namespace asr_stream::websocket {

/// A buffer for one payload with room for the frame header before it.
class PayloadSpace {
  public:
    [[nodiscard]] std::span<char> prepare(std::size_t bytes) {
        constexpr std::size_t kept = 256 * 1024;  // a rare large message does not hold its memory for ever
        const std::size_t needed = max_frame_header + bytes;
        if (buffer_.size() > kept && needed <= kept) buffer_ = {};
        if (buffer_.size() < needed) buffer_.resize(needed);
        return first(bytes);
    }
    /// The begin of what prepare() gave, content untouched.
    [[nodiscard]] std::span<char> first(std::size_t bytes) noexcept {
        assert(max_frame_header + bytes <= buffer_.size());
        return {buffer_.data() + max_frame_header, bytes};
    }

  private:
    std::vector<char> buffer_;
};

class Context {
  public:
    Context(boost::asio::io_context& loop, ResolverOptions options)
        : loop_{loop}, resolver_{loop, std::move(options)} {}

    [[nodiscard]] boost::asio::io_context& loop() noexcept { return loop_; }
    [[nodiscard]] Resolver& resolver() noexcept { return resolver_; }
    [[nodiscard]] TlsContexts& tls() noexcept { return tls_; }
    [[nodiscard]] MaskKeys& keys() noexcept { return keys_; }
    [[nodiscard]] Deflater& deflater() noexcept { return deflater_; }

    /// Buffers that all connections use in turn: what is to be sent, its compressed form, and frames that are to
    /// leave.
    [[nodiscard]] PayloadSpace& payload() noexcept { return payload_; }
    [[nodiscard]] PayloadSpace& compressed() noexcept { return compressed_; }
    [[nodiscard]] Outbox& outbox() noexcept { return outbox_; }

  private:
    boost::asio::io_context& loop_;
    Resolver resolver_;
    TlsContexts tls_;
    MaskKeys keys_;
    Deflater deflater_;
    PayloadSpace payload_;
    PayloadSpace compressed_;
    Outbox outbox_;
};

[[nodiscard]] std::shared_ptr<Context> make_context(boost::asio::io_context& loop, ResolverOptions options);

}  // namespace asr_stream::websocket
