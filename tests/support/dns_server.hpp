#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace asr_stream::test {

/// How a DnsServer answers for one name. Names that were not set do not exist (NXDOMAIN).
struct DnsAnswer {
    std::vector<std::string> v4{};
    std::vector<std::string> v6{};
    std::uint32_t ttl = 60;  ///< seconds
    bool failure = false;    ///< SERVFAIL
    bool silent_v4 = false;  ///< a query for A is never answered
    bool silent_v6 = false;  ///< nor one for AAAA
};

/// A DNS server (RFC 1035) on a free UDP port of 127.0.0.1, on a thread of its own. Thread-safe.
class DnsServer {
  public:
    DnsServer();
    ~DnsServer();
    DnsServer(const DnsServer&) = delete;
    DnsServer& operator=(const DnsServer&) = delete;

    void set(const std::string& name, DnsAnswer answer);
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::size_t queries() const;  ///< all that came
    [[nodiscard]] std::size_t queries(const std::string& name) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace asr_stream::test
