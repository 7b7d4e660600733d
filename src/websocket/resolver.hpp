#pragma once

#include <array>
#include <asr_stream/error.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "websocket/once.hpp"

namespace asr_stream::websocket {

using Addresses = std::vector<boost::asio::ip::address>;

struct ResolverOptions {
    std::string servers;  ///< "127.0.0.1:5353,..."; empty means /etc/resolv.conf
    std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
    std::chrono::milliseconds timeout{1000};  ///< of the first try of a server; c-ares doubles it
    int tries = 3;                            ///< of each server
};

class AresChannel;

/// Names to addresses without blocking: c-ares on the loop, A and AAAA at once, answers kept for their time to live.
/// /etc/hosts counts. Loop thread only.
class Resolver {
  public:
    using Clock = std::chrono::steady_clock;

    // Bounds of the cache.
    static constexpr std::size_t max_names = 1024;      ///< the one that runs out first goes
    static constexpr std::size_t max_unanswered = 256;  ///< names asked for at one time; more fail at once
    static constexpr std::chrono::seconds min_ttl{1};
    static constexpr std::chrono::seconds max_ttl{300};
    static constexpr std::chrono::seconds negative_ttl{5};  ///< the server says that there is no such name
    static constexpr std::chrono::seconds failure_ttl{1};   ///< no server gave an answer
    /// How long addresses of one family wait for the other (RFC 8305 section 3).
    static constexpr std::chrono::milliseconds other_family_delay{50};

    /// One wait for one name.
    class Lookup {
      public:
        explicit Lookup(boost::asio::io_context& loop) : answer_{loop} {}
        [[nodiscard]] boost::asio::awaitable<Result<Addresses>> wait() { return answer_.wait(); }
        /// wait() ends with Errc::stopped; others that wait for the name are not concerned.
        void cancel() { answer_.set(fail(Errc::stopped)); }

      private:
        friend class Resolver;
        Once<Result<Addresses>> answer_;
    };

    Resolver(boost::asio::io_context& loop, ResolverOptions options);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// Begins to resolve; IPv6 addresses come first. Literal addresses give themselves. Fails with host_not_found or
    /// resolve_failed. Concurrent lookups of one name share one query.
    [[nodiscard]] std::shared_ptr<Lookup> lookup(const std::string& host);

    [[nodiscard]] std::size_t cached_names() const noexcept { return names_.size(); }

  private:
    friend class AresChannel;
    static constexpr std::size_t families = 2;  // 0: IPv6, 1: IPv4

    struct Answer {
        Addresses addresses;
        int status = 0;  // of c-ares
        Clock::time_point expires{};
        bool pending = false;
    };
    struct Name {
        explicit Name(boost::asio::io_context& loop) : delay{loop} {}
        std::array<Answer, families> answers;
        std::vector<std::weak_ptr<Lookup>> lookups;
        boost::asio::steady_timer delay;
        bool delay_running = false, delay_over = false;
        [[nodiscard]] bool is_pending() const { return answers[0].pending || answers[1].pending; }
        [[nodiscard]] bool has_addresses() const {
            return !answers[0].addresses.empty() || !answers[1].addresses.empty();
        }
    };

    void refresh(const std::string& host, Name& name);
    void on_answer(const std::string& host, std::size_t family, int status, Addresses addresses,
                   std::chrono::seconds ttl);
    void settle(const std::string& host, Name& name);
    [[nodiscard]] Result<Addresses> result_of(const std::string& host, const Name& name) const;
    [[nodiscard]] bool make_room();

    boost::asio::io_context& loop_;
    ResolverOptions options_;
    std::unordered_map<std::string, std::unique_ptr<Name>> names_;
    std::size_t unanswered_ = 0;
    std::shared_ptr<AresChannel> channel_;
    std::shared_ptr<char> alive_ = std::make_shared<char>();  // handlers look whether this is gone
};

}  // namespace asr_stream::websocket
