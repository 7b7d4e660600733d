#include "websocket/tls_session.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <climits>
#include <cstring>

#include "websocket/url.hpp"

namespace asr_stream::websocket {

/// What OpenSSL calls: our BIO and the check of the certificate.
struct TlsCallbacks {
    static TlsTransport& transport(BIO* bio) { return *static_cast<TlsTransport*>(BIO_get_data(bio)); }

    static int write(BIO* bio, const char* data, int size) {
        BIO_clear_retry_flags(bio);
        return transport(bio).transmit({data, static_cast<std::size_t>(size)}) ? size : -1;
    }

    static int read(BIO* bio, char* data, int size) {
        BIO_clear_retry_flags(bio);
        std::size_t received = 0;
        switch (transport(bio).receive({data, static_cast<std::size_t>(size)}, received)) {
            case TransportStatus::ready: return static_cast<int>(received);
            case TransportStatus::would_block: BIO_set_retry_read(bio); return -1;
            case TransportStatus::closed: BIO_set_flags(bio, BIO_FLAGS_IN_EOF); return 0;
            case TransportStatus::failed: break;
        }
        return -1;
    }

    static long control(BIO* bio, int command, long, void*) {
        if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }

    static BIO_METHOD* method() {
        static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> made = [] {
            std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> bio{
                BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "asr_stream socket"), &BIO_meth_free};
            BIO_meth_set_write(bio.get(), write);
            BIO_meth_set_read(bio.get(), read);
            BIO_meth_set_ctrl(bio.get(), control);
            return bio;
        }();
        return made.get();
    }

    /// Notes why a certificate is refused, and whose names it has; decides nothing itself.
    static int verify(int ok, X509_STORE_CTX* store) {
        if (ok == 1) return 1;
        const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
        auto* session = static_cast<TlsSession*>(SSL_get_ex_data(ssl, 0));
        session->verify_error_ = X509_STORE_CTX_get_error(store);
        session->peer_names_ = names_of(X509_STORE_CTX_get0_cert(store));
        return 0;
    }

    static std::string text_of(const GENERAL_NAME* name) {
        int type = 0;
        const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
        if (type != GEN_DNS && type != GEN_IPADD) return {};
        const unsigned char* data = ASN1_STRING_get0_data(value);
        const int size = ASN1_STRING_length(value);
        if (type == GEN_DNS)
            return printable({reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)}, 100);
        char text[INET6_ADDRSTRLEN] = {};
        if (size == 4) ::inet_ntop(AF_INET, data, text, sizeof text);
        if (size == 16) ::inet_ntop(AF_INET6, data, text, sizeof text);
        return text;
    }

    static std::vector<std::string> names_of(X509* certificate) {
        constexpr int max_names = 8;  // what an error message can bear
        std::vector<std::string> names;
        auto* list = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
        const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> owned{list, &GENERAL_NAMES_free};
        for (int i = 0; i < sk_GENERAL_NAME_num(list) && i < max_names; ++i)
            if (auto text = text_of(sk_GENERAL_NAME_value(list, i)); !text.empty()) names.push_back(std::move(text));
        if (!names.empty()) return names;
        char common_name[100] = {};
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, common_name, sizeof common_name);
        if (common_name[0] != '\0') names.push_back(printable(common_name, sizeof common_name));
        return names;
    }
};

namespace {

bool is_ip_address(const std::string& name) {
    unsigned char bytes[sizeof(in6_addr)];
    return ::inet_pton(AF_INET, name.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

bool expect_name(SSL* ssl, const TlsConfig& config, const std::string& name) {
    if (is_ip_address(name))  // SNI is for names only, RFC 6066 section 3
        return !config.verify_hostname || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
    // The macro SSL_set_tlsext_host_name, without its C cast.
    if (SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str())) != 1)
        return false;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return !config.verify_hostname || SSL_set1_host(ssl, name.c_str()) == 1;
}

}  // namespace

void TlsSession::SslFree::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

TlsSession::~TlsSession() = default;

Result<std::unique_ptr<TlsSession>> TlsSession::create(const SslContext& context, const TlsConfig& config,
                                                       const std::string& host, TlsTransport& transport) {
    ERR_clear_error();
    const std::string& name = config.server_name.empty() ? host : config.server_name;
    std::unique_ptr<TlsSession> session{new TlsSession{name}};
    session->ssl_.reset(SSL_new(context.get()));
    BIO* bio = BIO_new(TlsCallbacks::method());
    if (session->ssl_ == nullptr || bio == nullptr) {
        BIO_free(bio);
        return fail(Errc::tls_failed, take_ssl_errors());
    }
    BIO_set_data(bio, &transport);
    BIO_set_init(bio, 1);
    SSL* ssl = session->ssl_.get();
    SSL_set_bio(ssl, bio, bio);
    SSL_set_ex_data(ssl, 0, session.get());
    SSL_set_connect_state(ssl);
    if (config.verify_peer) SSL_set_verify(ssl, SSL_VERIFY_PEER, TlsCallbacks::verify);
    if (!expect_name(ssl, config, name))
        return fail(Errc::tls_config,
                    "tls-server-name=" + printable(name, 100) + ": no valid name (" + take_ssl_errors() + ")");
    return session;
}

TransportStatus TlsSession::status_of(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ: return TransportStatus::would_block;
        case SSL_ERROR_ZERO_RETURN: return TransportStatus::closed;
        case SSL_ERROR_SYSCALL: reason_ = "connection lost"; return TransportStatus::failed;
        default: break;
    }
    // A peer that closes TCP without close_notify: the WebSocket close frame tells whether anything is missing.
    const bool eof = ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    reason_ = take_ssl_errors();
    return eof ? TransportStatus::closed : TransportStatus::failed;
}

TransportStatus TlsSession::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return TransportStatus::ready;
    const auto status = status_of(result);
    if (status == TransportStatus::closed) reason_ = "the service closed the connection during the handshake";
    return status;
}

Error TlsSession::error() const {
    if (verify_error_ == X509_V_OK) {
        const bool plain = reason_.find("wrong version number") != std::string::npos;
        return {Errc::tls_failed,
                reason_ + (plain ? ": what answers does not speak TLS, perhaps the URL should be ws://" : "")};
    }
    if (verify_error_ == X509_V_ERR_HOSTNAME_MISMATCH || verify_error_ == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        std::string names;
        for (const auto& name : peer_names_) names += (names.empty() ? "" : ", ") + name;
        return {Errc::tls_hostname_mismatch,
                "wanted " + expected_name_ + ", the certificate is for " + (names.empty() ? "no name at all" : names)};
    }
    return {Errc::tls_untrusted, X509_verify_cert_error_string(verify_error_)};
}

TransportStatus TlsSession::read(std::span<char> bytes, std::size_t& received) {
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), bytes.data(), bytes.size(), &received);
    return result == 1 ? TransportStatus::ready : status_of(result);
}

bool TlsSession::write(std::span<const char> bytes) {
    ERR_clear_error();
    while (!bytes.empty()) {
        std::size_t written = 0;
        const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
        if (result != 1) {
            status_of(result);
            return false;
        }
        bytes = bytes.subspan(written);
    }
    return true;
}

bool TlsSession::has_pending() const { return SSL_has_pending(ssl_.get()) == 1; }

void TlsSession::shutdown() {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

std::string TlsSession::version() const { return SSL_get_version(ssl_.get()); }

}  // namespace asr_stream::websocket
