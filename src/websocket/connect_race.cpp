#include "websocket/connect_race.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "websocket/url.hpp"

namespace asr_stream::websocket {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// v6, v4, v6, v4, ... each family in the order it came.
Addresses interleave(const Addresses& addresses) {
    Addresses result;
    Addresses other;
    if (addresses.empty()) return result;
    const bool first_is_v6 = addresses.front().is_v6();
    for (const auto& address : addresses) (address.is_v6() == first_is_v6 ? result : other).push_back(address);
    for (std::size_t i = 0; i < other.size(); ++i) {
        const std::size_t place = std::min(2 * i + 1, result.size());
        result.insert(result.begin() + static_cast<std::ptrdiff_t>(place), other[i]);
    }
    return result;
}

/// Asio would open it without CLOEXEC, and programs that the process starts would inherit it.
error_code open(TcpSocket& socket, const asio::ip::tcp::endpoint& endpoint) {
    const auto protocol = endpoint.protocol();
    const int fd = ::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (fd < 0) return {errno, boost::system::system_category()};
    error_code error;
    socket.assign(protocol, fd, error);
    if (error) {
        ::close(fd);
        return error;
    }
    socket.set_option(asio::ip::tcp::no_delay{true}, error);
    return {};
}

}  // namespace

std::string text_of(const asio::ip::tcp::endpoint& endpoint) {
    return authority_of(endpoint.address().to_string(), std::to_string(endpoint.port()));
}

ConnectRace::ConnectRace(asio::io_context& loop, const Addresses& addresses, std::uint16_t port)
    : loop_{loop}, stagger_timer_{loop}, result_{loop} {
    for (const auto& address : interleave(addresses))
        if (endpoints_.size() < max_addresses) endpoints_.emplace_back(address, port);
}

asio::awaitable<Result<TcpSocket>> ConnectRace::run() {
    try_next();
    co_return co_await result_.wait();
}

void ConnectRace::cancel() { finish(fail(Errc::stopped)); }

void ConnectRace::finish(Result<TcpSocket> result) {
    stagger_timer_.cancel();
    for (auto& socket : attempts_) {
        error_code ignored;
        socket.close(ignored);
    }
    result_.set(std::move(result));
}

void ConnectRace::try_next() {
    while (!result_.is_set() && next_ < endpoints_.size()) {
        const Endpoint endpoint = endpoints_[next_++];
        attempts_.emplace_back(loop_);
        const error_code error = open(attempts_.back(), endpoint);
        if (!error) return connect(endpoint);
        attempts_.pop_back();
        note_failure(endpoint, error);
    }
    if (attempts_.empty() && !result_.is_set())
        finish(fail(refused_ ? Errc::connect_refused : Errc::connect_failed, failures_));
}

void ConnectRace::connect(const Endpoint& endpoint) {
    const auto attempt = std::prev(attempts_.end());
    attempt->async_connect(endpoint, [self = shared_from_this(), attempt, endpoint](const error_code& error) {
        self->on_connected(attempt, endpoint, error);
    });
    stagger_timer_.expires_after(stagger);
    stagger_timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error) self->try_next();
    });
}

void ConnectRace::on_connected(std::list<TcpSocket>::iterator attempt, const Endpoint& endpoint,
                               const error_code& error) {
    TcpSocket socket = std::move(*attempt);
    attempts_.erase(attempt);
    if (result_.is_set()) return;
    if (!error) return finish(std::move(socket));
    note_failure(endpoint, error);
    stagger_timer_.cancel();
    try_next();
}

void ConnectRace::note_failure(const Endpoint& endpoint, const error_code& error) {
    refused_ = refused_ || error == asio::error::connection_refused;
    failures_ += (failures_.empty() ? "" : "; ") + text_of(endpoint) + " " + error.message();
}

}  // namespace asr_stream::websocket
