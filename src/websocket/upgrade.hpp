#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <memory_resource>

#include "websocket/connection.hpp"
#include "websocket/context.hpp"
#include "websocket/frame_socket.hpp"

namespace asr_stream::websocket {

struct UpgradeRequest {
    std::shared_ptr<Context> context;
    std::shared_ptr<FrameSocket> socket;  ///< connected, with TLS where wanted
    std::shared_ptr<const ConnectOptions> options;
    std::shared_ptr<ConnectTimings> timings;  ///< shared with the connection
    Url url;
    std::pmr::memory_resource* memory;
};

/// The opening handshake (RFC 6455 section 4.1). Fails with handshake_refused, handshake_failed or tls_failed.
[[nodiscard]] boost::asio::awaitable<Result<std::shared_ptr<Connection>>> upgrade(UpgradeRequest request);

}  // namespace asr_stream::websocket
