#include "websocket/ares_channel.hpp"

#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace asr_stream::websocket {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto resolver_configuration = "/etc/resolv.conf";

std::string identity_of_configuration() {
    struct stat info {};
    if (::stat(resolver_configuration, &info) != 0) return {};
    return std::to_string(info.st_ino) + "." + std::to_string(info.st_mtim.tv_sec) + "." +
           std::to_string(info.st_mtim.tv_nsec);
}

struct Query {
    std::weak_ptr<AresChannel> channel;
    AresChannel::Handler handler;
};

std::optional<asio::ip::address> address_of(const sockaddr* address) {
    if (address->sa_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, address, sizeof v4);
        return asio::ip::address_v4{ntohl(v4.sin_addr.s_addr)};
    }
    if (address->sa_family != AF_INET6) return std::nullopt;
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof v6);
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return asio::ip::address_v6{bytes, v6.sin6_scope_id};
}

AresChannel::Reply read(const ares_addrinfo& info) {
    AresChannel::Reply reply;
    int ttl = static_cast<int>(Resolver::max_ttl.count());
    for (const auto* node = info.nodes; node != nullptr; node = node->ai_next) {
        if (const auto address = address_of(node->ai_addr)) reply.addresses.push_back(*address);
        ttl = std::min(ttl, node->ai_ttl);
    }
    for (const auto* name = info.cnames; name != nullptr; name = name->next) ttl = std::min(ttl, name->ttl);
    reply.ttl = std::max(Resolver::min_ttl, std::chrono::seconds{ttl});
    return reply;
}

}  // namespace

AresChannel::AresChannel(asio::io_context& loop, const ResolverOptions& options)
    : loop_{loop}, timer_{loop}, configuration_{identity_of_configuration()} {
    ares_options settings{};
    int mask = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
    settings.sock_state_cb = &AresChannel::on_socket_state;
    settings.sock_state_cb_data = this;
    settings.timeout = static_cast<int>(options.timeout.count());
    settings.tries = options.tries;
    if (!options.servers.empty()) mask |= ARES_OPT_DOMAINS;  // none: names are asked for as they are
    status_ = ares_init_options(&channel_, &settings, mask);
    if (status_ == ARES_SUCCESS && !options.servers.empty())
        status_ = ares_set_servers_ports_csv(channel_, options.servers.c_str());
}

AresChannel::~AresChannel() {
    if (channel_ != nullptr) ares_destroy(channel_);
}

bool AresChannel::is_outdated() const {
    return status_ != ARES_SUCCESS || configuration_ != identity_of_configuration();
}

void AresChannel::query(const std::string& host, int family, Handler handler) {
    if (status_ != ARES_SUCCESS) return handler({status_, {}, {}});
    ares_addrinfo_hints hints{};
    hints.ai_flags = ARES_AI_NOSORT;
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    auto query = std::make_unique<Query>(Query{weak_from_this(), std::move(handler)});
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &AresChannel::on_reply, query.release());
    schedule_timeout();
}

void AresChannel::on_reply(void* argument, int status, int, ares_addrinfo* info) {
    const std::unique_ptr<Query> query{static_cast<Query*>(argument)};
    const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned{info, &ares_freeaddrinfo};
    if (status == ARES_EDESTRUCTION || query->channel.expired()) return;
    Reply reply;
    if (status == ARES_SUCCESS && info != nullptr) reply = read(*info);
    reply.status = status;
    query->handler(std::move(reply));
}

void AresChannel::on_socket_state(void* argument, ares_socket_t fd, int readable, int writable) {
    auto& self = *static_cast<AresChannel*>(argument);
    const auto known = self.watches_.find(fd);
    if (readable == 0 && writable == 0) {  // it is about to be closed
        if (known == self.watches_.end()) return;
        self.watches_.erase(known);
        return;
    }
    auto& entry = self.watches_[fd];
    if (!entry) entry = std::make_shared<Watch>(self.loop_, fd);
    entry->want_read = readable != 0;
    entry->want_write = writable != 0;
    self.watch(entry);
}

void AresChannel::watch(const std::shared_ptr<Watch>& watch) {
    const int fd = watch->descriptor.native_handle();
    const auto wait = [&](Descriptor::wait_type kind, bool Watch::*waiting) {
        (*watch).*waiting = true;
        watch->descriptor.async_wait(
            kind, [weak = weak_from_this(), entry = std::weak_ptr{watch}, fd, kind, waiting](const error_code& error) {
                const auto self = weak.lock();
                const auto watched = entry.lock();
                if (error || !self || !watched) return;
                (*watched).*waiting = false;
                const bool read = kind == Descriptor::wait_read;
                self->process(read ? fd : ARES_SOCKET_BAD, read ? ARES_SOCKET_BAD : fd);
                const auto still = self->watches_.find(fd);
                if (still != self->watches_.end() && still->second == watched) self->watch(watched);
            });
    };
    if (watch->want_read && !watch->reading) wait(Descriptor::wait_read, &Watch::reading);
    if (watch->want_write && !watch->writing) wait(Descriptor::wait_write, &Watch::writing);
}

void AresChannel::process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_, readable, writable);
    schedule_timeout();
}

void AresChannel::schedule_timeout() {
    timeval time{};
    if (ares_timeout(channel_, nullptr, &time) == nullptr) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec});
    timer_.async_wait([weak = weak_from_this()](const error_code& error) {
        if (const auto self = weak.lock(); self && !error) self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
}

}  // namespace asr_stream::websocket
