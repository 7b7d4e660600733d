#pragma once

#include <asr_stream/error.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "websocket/frame_socket.hpp"
#include "websocket/url.hpp"

namespace asr_stream::websocket {

/// Asks an HTTP proxy for a tunnel (CONNECT, RFC 9110 section 9.3.6). Fails with proxy_refused and the proxy's status.
/// `proxy` and `target` live until it returns.
[[nodiscard]] boost::asio::awaitable<Result<>> open_tunnel(std::shared_ptr<FrameSocket> socket, const ProxyUrl& proxy,
                                                           const Url& target);

}  // namespace asr_stream::websocket
