#include "support/server_transport.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace asr_stream::test {

using boost::system::error_code;

ServerTransport::~ServerTransport() {
    ssl_.reset();
    ::close(fd_);
}

bool ServerTransport::start_tls(SSL_CTX* context) {
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), fd_);
    return SSL_accept(ssl_.get()) == 1;
}

std::size_t ServerTransport::receive(std::span<char> bytes, error_code& error) {
    error = {};
    std::size_t size = 0;
    if (ssl_) {
        if (SSL_read_ex(ssl_.get(), bytes.data(), bytes.size(), &size) != 1) error = boost::asio::error::eof;
        return size;
    }
    ssize_t result = 0;
    do result = ::recv(fd_, bytes.data(), bytes.size(), 0);
    while (result < 0 && errno == EINTR);
    if (result < 0) error.assign(errno, boost::system::system_category());
    if (result == 0) error = boost::asio::error::eof;
    return result > 0 ? static_cast<std::size_t>(result) : 0;
}

std::size_t ServerTransport::transmit(std::span<const char> bytes, error_code& error) {
    error = {};
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto rest = bytes.subspan(done);
        std::size_t sent = 0;
        if (ssl_) {
            if (SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &sent) != 1) error = boost::asio::error::broken_pipe;
        } else {
            const auto result = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
            if (result < 0 && errno == EINTR) continue;
            if (result < 0) error.assign(errno, boost::system::system_category());
            sent = result > 0 ? static_cast<std::size_t>(result) : 0;
        }
        done += sent;
        if (error) return done;
    }
    return done;
}

bool ServerTransport::transmit_plain(std::span<const char> bytes) {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

void ServerTransport::reset() noexcept {
    // Linux resets a connection that is "connected" to no address; unlike a close, the descriptor stays ours.
    sockaddr nowhere{};
    nowhere.sa_family = AF_UNSPEC;
    ::connect(fd_, &nowhere, sizeof nowhere);
}

void ServerTransport::cut() noexcept { ::shutdown(fd_, SHUT_RDWR); }

void ServerTransport::wait_for_end() {
    pollfd state{fd_, POLLRDHUP, 0};
    while (::poll(&state, 1, -1) < 0 && errno == EINTR) {
    }
}

}  // namespace asr_stream::test
