#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace asr_stream::test {

/// A small HTTP proxy on 127.0.0.1 that knows CONNECT (RFC 9110 section 9.3.6) and nothing else.
class ConnectProxy {
  public:
    struct Options {
        std::string authorization;  ///< wanted "Basic ...", or empty; 407 without it
        std::string answer;         ///< sent in place of "HTTP/1.1 200 Connection established", when not empty
    };
    ConnectProxy();
    explicit ConnectProxy(Options options);
    ~ConnectProxy();
    ConnectProxy(const ConnectProxy&) = delete;
    ConnectProxy& operator=(const ConnectProxy&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::vector<std::string> targets() const;  ///< "127.0.0.1:2700" of each CONNECT

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace asr_stream::test
