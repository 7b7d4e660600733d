#include "support/connect_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

namespace asr_stream::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

/// Moves what is there; false at the end of the stream.
bool forward(int from, int to) {
    std::array<char, 16384> bytes;
    const auto size = ::recv(from, bytes.data(), bytes.size(), 0);
    if (size > 0) send_all(to, {bytes.data(), static_cast<std::size_t>(size)});
    return size > 0;
}

void relay(int client, int service) {
    std::array<pollfd, 2> fds{pollfd{client, POLLIN, 0}, pollfd{service, POLLIN, 0}};
    while (::poll(fds.data(), fds.size(), -1) > 0) {
        if (fds[0].revents != 0 && !forward(client, service)) return;
        if (fds[1].revents != 0 && !forward(service, client)) return;
    }
}

std::string read_request(int fd) {
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
        std::array<char, 4096> bytes;
        const auto size = ::recv(fd, bytes.data(), bytes.size(), 0);
        if (size <= 0) return {};
        text.append(bytes.data(), static_cast<std::size_t>(size));
    }
    return text;
}

}  // namespace

struct ConnectProxy::Impl {
    explicit Impl(Options some_options) : options{std::move(some_options)} {
        listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener, any, size) != 0 || ::listen(listener, 16) != 0 || ::getsockname(listener, any, &size) != 0)
            throw std::system_error{errno, std::generic_category(), "proxy"};
        port = ntohs(address.sin_port);
        acceptor = std::thread{[this] { accept_all(); }};
    }

    ~Impl() {
        ::shutdown(listener, SHUT_RDWR);
        acceptor.join();
        {
            const std::lock_guard lock{mutex};
            for (const int fd : fds) ::shutdown(fd, SHUT_RDWR);
        }
        for (auto& thread : threads) thread.join();
        for (const int fd : fds) ::close(fd);
        ::close(listener);
    }

    void accept_all() {
        for (int fd; (fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
            keep(fd);
            threads.emplace_back([this, fd] {
                serve(fd);
                ::shutdown(fd, SHUT_RDWR);
            });
        }
    }

    void keep(int fd) {
        const std::lock_guard lock{mutex};
        fds.push_back(fd);
    }

    void serve(int client) {
        const std::string request = read_request(client);
        constexpr std::string_view method = "CONNECT ";
        if (!request.starts_with(method)) return send_all(client, "HTTP/1.1 405 Method Not Allowed\r\n\r\n");
        const std::string target = request.substr(method.size(), request.find(' ', method.size()) - method.size());
        {
            const std::lock_guard lock{mutex};
            targets.push_back(target);
        }
        const std::string wanted = "\r\nProxy-Authorization: " + options.authorization + "\r\n";
        if (!options.authorization.empty() && request.find(wanted) == std::string::npos)
            return send_all(client, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        if (!options.answer.empty()) return send_all(client, options.answer);
        std::uint16_t to = 0;
        std::from_chars(target.data() + target.rfind(':') + 1, target.data() + target.size(), to);
        const int service = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        keep(service);
        const sockaddr_in address = loopback(to);
        if (::connect(service, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            return send_all(client, "HTTP/1.1 502 Bad Gateway\r\n\r\n");
        send_all(client, "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
        relay(client, service);
        ::shutdown(service, SHUT_RDWR);
    }

    Options options;
    int listener = -1;
    std::uint16_t port = 0;
    std::mutex mutex;
    std::vector<int> fds;  // closed at the end, so that no number is used twice
    std::vector<std::string> targets;
    std::list<std::thread> threads;
    std::thread acceptor;
};

ConnectProxy::ConnectProxy() : ConnectProxy{Options{}} {}
ConnectProxy::ConnectProxy(Options options) : impl_{std::make_unique<Impl>(std::move(options))} {}
ConnectProxy::~ConnectProxy() = default;

std::uint16_t ConnectProxy::port() const { return impl_->port; }

std::vector<std::string> ConnectProxy::targets() const {
    const std::lock_guard lock{impl_->mutex};
    return impl_->targets;
}

}  // namespace asr_stream::test
