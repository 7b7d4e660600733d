#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace asr_stream::test {

/// PEM files of one certificate and its key.
struct CertificateFiles {
    std::string certificate;
    std::string key;
};

/// What a certificate is issued for. Empty `dns` and `ips` make a client certificate.
struct CertificateNames {
    std::string common_name = "asr_stream test";
    std::vector<std::string> dns{};
    std::vector<std::string> ips{};
    int valid_days = 30;  ///< negative: has run out already
};

/// A certificate authority made on the spot (EC P-256); its files live as long as the object.
///
///     Certificates authority;
///     const auto files = authority.issue({.dns = {"localhost"}, .ips = {"127.0.0.1", "::1"}});
class Certificates {
  public:
    Certificates();
    ~Certificates();
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;

    [[nodiscard]] const std::string& ca_file() const noexcept { return ca_.certificate; }
    [[nodiscard]] CertificateFiles issue(const CertificateNames& names);
    /// The same, but vouched for by nobody else.
    [[nodiscard]] CertificateFiles self_signed(const CertificateNames& names);

  private:
    struct Authority;
    TempDir dir_;
    CertificateFiles ca_;
    std::unique_ptr<Authority> authority_;
    int serial_ = 1;
};

}  // namespace asr_stream::test
