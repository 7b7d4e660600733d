#pragma once

#include <ares.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "websocket/resolver.hpp"

namespace asr_stream::websocket {

/// One c-ares channel whose sockets and time-outs the loop watches. Loop thread only; held by shared_ptr.
class AresChannel : public std::enable_shared_from_this<AresChannel> {
  public:
    struct Reply {
        int status = ARES_SUCCESS;
        Addresses addresses;
        std::chrono::seconds ttl{};
    };
    using Handler = std::function<void(Reply)>;

    AresChannel(boost::asio::io_context& loop, const ResolverOptions& options);
    ~AresChannel();
    AresChannel(const AresChannel&) = delete;
    AresChannel& operator=(const AresChannel&) = delete;

    /// Calls the handler once, perhaps before it returns (names of /etc/hosts), and not at all when the channel ends
    /// first. `family` is AF_INET or AF_INET6.
    void query(const std::string& host, int family, Handler handler);

    /// Whether the system's configuration is another than when this was made.
    [[nodiscard]] bool is_outdated() const;

  private:
    using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
    struct Watch {
        explicit Watch(boost::asio::io_context& loop, int fd) : descriptor{loop, fd} {}
        ~Watch() { descriptor.release(); }  // c-ares closes it
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;
        Descriptor descriptor;
        bool want_read = false, want_write = false;
        bool reading = false, writing = false;
    };

    static void on_socket_state(void* self, ares_socket_t fd, int readable, int writable);
    static void on_reply(void* query, int status, int timeouts, ares_addrinfo* info);
    void watch(const std::shared_ptr<Watch>& watch);
    void process(ares_socket_t readable, ares_socket_t writable);
    void schedule_timeout();

    boost::asio::io_context& loop_;
    boost::asio::steady_timer timer_;
    std::unordered_map<int, std::shared_ptr<Watch>> watches_;
    std::string configuration_;  // identity of /etc/resolv.conf
    int status_ = ARES_SUCCESS;  // of the initialisation
    ares_channel channel_ = nullptr;
};

}  // namespace asr_stream::websocket
