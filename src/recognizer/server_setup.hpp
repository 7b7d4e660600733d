#pragma once

#include <asr_stream/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "recognizer/serve_options.hpp"

namespace asr_stream::recognizer {

[[nodiscard]] Result<boost::asio::ip::tcp::endpoint> to_endpoint(const ServeOptions& options);
/// "127.0.0.1:2700", "[::1]:2700"
[[nodiscard]] std::string to_text(const boost::asio::ip::tcp::endpoint& endpoint);
/// Null when no certificate is given, for ws. Errc::tls_config names the option and the file.
[[nodiscard]] Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const ServeOptions& options);

}  // namespace asr_stream::recognizer
