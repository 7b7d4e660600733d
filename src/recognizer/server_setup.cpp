#include "recognizer/server_setup.hpp"

#include <boost/asio/ip/address.hpp>

namespace asr_stream::recognizer {

namespace asio = boost::asio;
using asio::ip::tcp;

Result<tcp::endpoint> to_endpoint(const ServeOptions& options) {
    const auto listen = parse_listen(options.listen);
    if (!listen) return tl::unexpected{listen.error()};
    boost::system::error_code wrong;
    const auto address = asio::ip::make_address(listen->host == "localhost" ? "127.0.0.1" : listen->host, wrong);
    if (wrong)
        return fail(Errc::invalid_setting, "--listen=" + options.listen + ": " + listen->host + " is no IP address");
    return tcp::endpoint{address, listen->port};
}

std::string to_text(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? '[' + address + ']' : address) + ':' + std::to_string(endpoint.port());
}

Result<std::unique_ptr<asio::ssl::context>> make_tls_context(const ServeOptions& options) {
    if (options.tls_certificate.empty()) return nullptr;
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                         asio::ssl::context::no_tlsv1_1);
    const auto& key = options.tls_key.empty() ? options.tls_certificate : options.tls_key;
    boost::system::error_code wrong;
    context->use_certificate_chain_file(options.tls_certificate, wrong);
    if (wrong) return fail(Errc::tls_config, "--tls-certificate " + options.tls_certificate + ": " + wrong.message());
    context->use_private_key_file(key, asio::ssl::context::pem, wrong);
    if (wrong) return fail(Errc::tls_config, "--tls-key " + key + ": " + wrong.message());
    return context;
}

}  // namespace asr_stream::recognizer
