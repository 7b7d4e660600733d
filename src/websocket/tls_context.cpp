#include "websocket/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace asr_stream::websocket {
namespace {

// A write buffer of a connection holds one record; small ones keep it small.
constexpr long max_record_bytes = 4096;

/// Who the file is at this moment, so that a renewed certificate makes another key.
std::string identity(const std::string& file) {
    struct stat info {};
    if (file.empty() || ::stat(file.c_str(), &info) != 0) return file + "|";
    return file + "|" + std::to_string(info.st_ino) + "." + std::to_string(info.st_mtim.tv_sec) + "." +
           std::to_string(info.st_mtim.tv_nsec) + "." + std::to_string(info.st_size) + "|";
}

std::string key_of(const TlsConfig& config) {
    return identity(config.ca_file) + identity(config.certificate_file) + identity(config.key_file) +
           (config.verify_peer ? "1" : "0");
}

Result<> check_readable(const std::string& setting, const std::string& file) {
    if (file.empty()) return {};
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio{BIO_new_file(file.c_str(), "r"), &BIO_free};
    if (bio) return {};
    const std::error_code reason{errno, std::generic_category()};
    ERR_clear_error();
    return fail(Errc::tls_config, setting + "=" + file + ": " + reason.message());
}

Result<> refuse(const std::string& setting, const std::string& file, const std::string& what) {
    return fail(Errc::tls_config, setting + "=" + file + ": " + what + " (" + take_ssl_errors() + ")");
}

Result<> load_authorities(SSL_CTX* context, const TlsConfig& config) {
    if (!config.verify_peer) return {};
    if (config.ca_file.empty()) {
        if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
        return fail(Errc::tls_config, "the system's certificate store: " + take_ssl_errors());
    }
    if (auto readable = check_readable("tls-ca-file", config.ca_file); !readable) return readable;
    if (SSL_CTX_load_verify_file(context, config.ca_file.c_str()) == 1) return {};
    return refuse("tls-ca-file", config.ca_file, "no PEM certificate of an authority in it");
}

Result<> load_certificate(SSL_CTX* context, const TlsConfig& config) {
    if (config.certificate_file.empty()) {
        if (config.key_file.empty()) return {};
        return fail(Errc::tls_config, "tls-key-file=" + config.key_file + " needs tls-certificate-file");
    }
    if (auto readable = check_readable("tls-certificate-file", config.certificate_file); !readable) return readable;
    if (auto readable = check_readable("tls-key-file", config.key_file); !readable) return readable;
    if (SSL_CTX_use_certificate_chain_file(context, config.certificate_file.c_str()) != 1)
        return refuse("tls-certificate-file", config.certificate_file, "no PEM certificate in it");
    const bool own_key = config.key_file.empty();
    const std::string& key = own_key ? config.certificate_file : config.key_file;
    const std::string setting = own_key ? "tls-certificate-file" : "tls-key-file";
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        return refuse(setting, key, "no private PEM key in it that fits the certificate");
    return {};
}

/// A key with a passphrase would make OpenSSL ask on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<SslContext> make(const TlsConfig& config) {
    const SslContext context{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
    if (!context) return fail(Errc::tls_config, take_ssl_errors());
    SSL_CTX* raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_mode(raw,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_max_send_fragment(raw, max_record_bytes);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_default_passwd_cb(raw, no_passphrase);
    ERR_clear_error();
    if (auto loaded = load_authorities(raw, config); !loaded) return tl::unexpected{loaded.error()};
    if (auto loaded = load_certificate(raw, config); !loaded) return tl::unexpected{loaded.error()};
    return context;
}

}  // namespace

Result<SslContext> TlsContexts::get(const TlsConfig& config) {
    const std::string key = key_of(config);
    const auto known = std::ranges::find(entries_, key, &Entry::key);
    if (known != entries_.end()) {
        entries_.splice(entries_.begin(), entries_, known);
        return entries_.front().context;
    }
    auto made = make(config);
    if (!made) return made;
    entries_.push_front({key, *made});
    if (entries_.size() > max_contexts) entries_.pop_back();
    return made;
}

std::string take_ssl_errors() {
    std::string text;
    while (const unsigned long code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        const std::string part = reason != nullptr ? reason : "error " + std::to_string(code);
        if (text.find(part) == std::string::npos) text += (text.empty() ? "" : ", ") + part;
    }
    return text.empty() ? "no reason given" : text;
}

}  // namespace asr_stream::websocket
