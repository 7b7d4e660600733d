#pragma once

#include <asr_stream/error.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "websocket/connection.hpp"

namespace asr_stream::websocket {

/// "http://user:password@proxy:3128"; the port is 80 unless it says so.
struct ProxyUrl {
    std::string host;
    std::string port;
    std::string authorization;  ///< "Basic dXNlcjpwYXNz", or empty
};
/// Errc::invalid_setting with the reason, without the password.
[[nodiscard]] Result<ProxyUrl> parse_proxy_url(std::string_view url);

/// "example.org:2700", "[::1]:80": for CONNECT and messages.
[[nodiscard]] std::string authority_of(std::string_view host, std::string_view port);
/// The Host header of the upgrade: without the port when it is the scheme's own.
[[nodiscard]] std::string host_header_of(const Url& url);

/// Names are tokens, values without control characters, and none that the WebSocket handshake itself writes; otherwise
/// Errc::invalid_setting with header and reason.
[[nodiscard]] Result<> check_headers(const std::vector<std::pair<std::string, std::string>>& headers);
/// A token, or empty (RFC 6455 section 4.1, item 10).
[[nodiscard]] Result<> check_subprotocol(std::string_view name);

enum class Charset { ascii, utf8 };
/// One line of at most `max_bytes` for messages: what is not printable becomes '?', blanks fall together. Text that was
/// found to be valid UTF-8 may keep its other letters.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes, Charset charset = Charset::ascii);

}  // namespace asr_stream::websocket
