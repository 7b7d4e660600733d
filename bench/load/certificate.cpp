#include <filesystem>
#include <stdexcept>

#include "load/sink_connection.hpp"
#include "support/certificates.hpp"

namespace asr_stream::bench {

SslContext make_server_context(const std::string& certificate_file) {
    test::Certificates certificates;
    const auto files = certificates.self_signed({.common_name = "127.0.0.1", .ips = {"127.0.0.1"}});
    SslContext context{SSL_CTX_new(TLS_server_method())};
    if (!context || SSL_CTX_use_certificate_file(context.get(), files.certificate.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error{"sink: OpenSSL takes no certificate"};
    std::filesystem::copy_file(files.certificate, certificate_file, std::filesystem::copy_options::overwrite_existing);
    return context;
}

}  // namespace asr_stream::bench
