#include "event_socket.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "esl_client.hpp"

namespace miniswitch {

unsigned EventSocket::start(const std::string& listen_at, const std::string& password) {
    const auto parts = words(listen_at, 2, ':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (parts.size() == 2) address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(parts[1].c_str())));
    const bool is_address = parts.size() == 2 && inet_pton(AF_INET, parts[0].c_str(), &address.sin_addr) == 1;
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (!is_address || bind(listener_, generic, size) != 0 || listen(listener_, 128) != 0 ||
        getsockname(listener_, generic, &size) != 0 ||
        !thread_.start("esl-accept", [this, password] { accept_clients(password); })) {
        log(SWITCH_LOG_CRIT, "cannot listen at " + listen_at + ", which must be a free ADDRESS:PORT");
        return 0;
    }
    return ntohs(address.sin_port);
}

void EventSocket::accept_clients(const std::string& password) {
    for (;;) {
        const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        const std::lock_guard guard{mutex_};
        std::erase_if(clients_, [](const auto& client) { return client->has_ended(); });
        clients_.push_back(std::make_shared<EslClient>(socket, password));
        clients_.back()->start();
    }
}

void EventSocket::stop() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    for (const auto& client : clients_) client->stop();
    clients_.clear();
}

}  // namespace miniswitch
