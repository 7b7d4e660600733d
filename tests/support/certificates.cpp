#include "support/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace asr_stream::test {
namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using File = std::unique_ptr<std::FILE, Deleter<std::fclose>>;

void check(bool ok, const char* what) {
    if (!ok) throw std::runtime_error{std::string{"certificate: "} + what};
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    check(extension != nullptr, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

std::string alternative_names(const CertificateNames& names) {
    std::string text;
    const auto add = [&text](const char* kind, const std::string& name) {
        text += (text.empty() ? "" : ",") + std::string{kind} + name;
    };
    for (const auto& name : names.dns) add("DNS:", name);
    for (const auto& ip : names.ips) add("IP:", ip);
    return text;
}

Certificate blank(const CertificateNames& names, EVP_PKEY* key, int serial) {
    Certificate certificate{X509_new()};
    X509* x = certificate.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
    constexpr long day = 24 * 60 * 60;
    X509_gmtime_adj(X509_getm_notBefore(x), -2 * day);
    X509_gmtime_adj(X509_getm_notAfter(x), names.valid_days < 0 ? -day : day * names.valid_days);
    X509_set_pubkey(x, key);
    X509_NAME* subject = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(names.common_name.c_str()), -1, -1, 0);
    return certificate;
}

CertificateFiles write(const TempDir& dir, const std::string& name, X509* certificate, EVP_PKEY* key) {
    CertificateFiles files{dir.file(name + ".pem"), dir.file(name + ".key")};
    const File chain{std::fopen(files.certificate.c_str(), "w")};
    check(chain && PEM_write_X509(chain.get(), certificate) == 1, "write certificate");
    const File secret{std::fopen(files.key.c_str(), "w")};
    check(secret && PEM_write_PrivateKey(secret.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "write key");
    return files;
}

}  // namespace

struct Certificates::Authority {
    Key key;
    Certificate certificate;
};

Certificates::Certificates() : authority_{std::make_unique<Authority>()} {
    authority_->key.reset(EVP_EC_gen("P-256"));
    authority_->certificate = blank({.common_name = "asr_stream test authority"}, authority_->key.get(), serial_++);
    X509* x = authority_->certificate.get();
    X509_set_issuer_name(x, X509_get_subject_name(x));
    extend(x, x, NID_basic_constraints, "critical,CA:TRUE");
    extend(x, x, NID_key_usage, "critical,keyCertSign,cRLSign");
    check(X509_sign(x, authority_->key.get(), EVP_sha256()) != 0, "sign authority");
    ca_ = write(dir_, "ca", x, authority_->key.get());
}

Certificates::~Certificates() = default;

CertificateFiles Certificates::issue(const CertificateNames& names) {
    const Key key{EVP_EC_gen("P-256")};
    const std::string file = "issued" + std::to_string(serial_);
    const Certificate certificate = blank(names, key.get(), serial_++);
    X509* x = certificate.get();
    X509_set_issuer_name(x, X509_get_subject_name(authority_->certificate.get()));
    const std::string alternatives = alternative_names(names);
    if (!alternatives.empty()) extend(x, authority_->certificate.get(), NID_subject_alt_name, alternatives);
    check(X509_sign(x, authority_->key.get(), EVP_sha256()) != 0, "sign");
    return write(dir_, file, x, key.get());
}

CertificateFiles Certificates::self_signed(const CertificateNames& names) {
    const Key key{EVP_EC_gen("P-256")};
    const std::string file = "self_signed" + std::to_string(serial_);
    const Certificate certificate = blank(names, key.get(), serial_++);
    X509* x = certificate.get();
    X509_set_issuer_name(x, X509_get_subject_name(x));
    const std::string alternatives = alternative_names(names);
    if (!alternatives.empty()) extend(x, x, NID_subject_alt_name, alternatives);
    check(X509_sign(x, key.get(), EVP_sha256()) != 0, "sign");
    return write(dir_, file, x, key.get());
}

}  // namespace asr_stream::test
