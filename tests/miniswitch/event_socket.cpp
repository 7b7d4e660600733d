#include "event_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "esl_connection.hpp"

namespace miniswitch {

std::string EventSocket::start(const std::string& listen_at, std::string password) {
    password_ = std::move(password);
    const auto colon = listen_at.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (colon == std::string::npos || inet_pton(AF_INET, listen_at.substr(0, colon).c_str(), &address.sin_addr) != 1)
        return "--listen " + listen_at + ": ADDRESS:PORT with an IPv4 address";
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(listen_at.c_str() + colon + 1)));
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 128) != 0 ||
        getsockname(listener_, generic, &size) != 0)
        return "--listen " + listen_at + ": " + std::strerror(errno);
    port_ = ntohs(address.sin_port);
    return thread_.start("esl-accept", [this] { accept_clients(); }) ? "" : "no thread for the event socket";
}

void EventSocket::accept_clients() {
    for (;;) {
        const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        const int on = 1;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        forget_ended();
        auto connection = std::make_shared<EslConnection>(client, password_);
        if (connection->start()) {
            const std::lock_guard guard{mutex_};
            connections_.push_back(std::move(connection));
        }
    }
}

void EventSocket::forget_ended() {
    const std::lock_guard guard{mutex_};
    std::erase_if(connections_, [](const auto& each) { return each->has_ended(); });
}

void EventSocket::stop() {
    if (listener_ < 0) return;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    const std::lock_guard guard{mutex_};
    for (const auto& connection : connections_) connection->stop();
    connections_.clear();
}

}  // namespace miniswitch
