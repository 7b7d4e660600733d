#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

#include "load/sink_connection.hpp"

namespace asr_stream::bench {

namespace {

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;
struct FileClose {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileClose>;

void check(bool good, const char* what) {
    if (!good) throw std::runtime_error{std::string{"certificate of the sink: "} + what + " failed"};
}

void add_extension(X509* certificate, int id, const char* value) {
    const Extension extension{X509V3_EXT_conf_nid(nullptr, nullptr, id, value)};
    check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value);
}

Certificate make_certificate(EVP_PKEY* key) {
    constexpr long a_day = 24L * 3600;
    Certificate certificate{X509_new()};
    check(certificate != nullptr, "X509_new");
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -a_day);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), a_day);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1,
                               0);
    X509_set_issuer_name(certificate.get(), name);
    add_extension(certificate.get(), NID_subject_alt_name, "IP:127.0.0.1");
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    check(X509_sign(certificate.get(), key, EVP_sha256()) > 0, "X509_sign");
    return certificate;
}

}  // namespace

SslContext make_server_context(const std::string& certificate_file) {
    const Key key{EVP_EC_gen("P-256")};
    check(key != nullptr, "EVP_EC_gen");
    const Certificate certificate = make_certificate(key.get());
    const File file{std::fopen(certificate_file.c_str(), "w")};
    check(file && PEM_write_X509(file.get(), certificate.get()) == 1, ("writing " + certificate_file).c_str());
    SslContext context{SSL_CTX_new(TLS_server_method())};
    check(context && SSL_CTX_use_certificate(context.get(), certificate.get()) == 1 &&
              SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1,
          "SSL_CTX_new");
    return context;
}

}  // namespace asr_stream::bench
