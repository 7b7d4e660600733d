#include "support/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <list>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "support/server_session.hpp"

namespace asr_stream::test {
namespace {

constexpr int backlog = 4096;
constexpr std::chrono::seconds patience{10};

union Address {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
};

void check(bool ok, const char* what) {
    if (!ok) throw std::system_error{errno, std::generic_category(), what};
}

Address address_of(const std::string& text) {
    Address address{};
    const bool v6 = text.find(':') != std::string::npos;
    address.any.sa_family = v6 ? AF_INET6 : AF_INET;
    void* const bytes = v6 ? static_cast<void*>(&address.v6.sin6_addr) : &address.v4.sin_addr;
    check(::inet_pton(address.any.sa_family, text.c_str(), bytes) == 1, "address");
    return address;
}

/// Port 0 means any that is free; `port` is set to the one that was taken.
int listen_on(const std::string& text, int queue, int receive_buffer, std::uint16_t& port) {
    Address address = address_of(text);
    address.v4.sin_port = htons(port);  // at the same place in both
    const int fd = ::socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(fd >= 0, "socket");
    if (receive_buffer > 0) ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    check(::bind(fd, &address.any, sizeof address) == 0, "bind");
    check(::listen(fd, queue) == 0, "listen");
    socklen_t size = sizeof address;
    check(::getsockname(fd, &address.any, &size) == 0, "getsockname");
    port = ntohs(address.v4.sin_port);
    return fd;
}

SSL_CTX* make_tls(const ServerTls& files) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    const bool loaded = SSL_CTX_use_certificate_chain_file(context, files.certificate_file.c_str()) == 1 &&
                        SSL_CTX_use_PrivateKey_file(context, files.key_file.c_str(), SSL_FILETYPE_PEM) == 1;
    if (!loaded) throw std::runtime_error{"cannot load " + files.certificate_file};
    if (files.client_ca_file.empty()) return context;
    SSL_CTX_load_verify_file(context, files.client_ca_file.c_str());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return context;
}

/// OpenSSL writes to its socket without MSG_NOSIGNAL; in this thread that shall not end the process.
void block_sigpipe() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

std::string Request::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (key.size() == name.size() && ::strncasecmp(key.data(), name.data(), name.size()) == 0) return value;
    return {};
}

bool Session::flood(std::size_t bytes) {
    const std::string block(64 * 1024, 'x');
    for (std::size_t sent = 0; sent < bytes; sent += block.size())
        if (!send_binary(block)) return false;
    return true;
}

void echo(Session& session) {
    session.accept();
    while (const auto message = session.read())
        if (!(message->binary ? session.send_binary(message->payload) : session.send_text(message->payload))) return;
}

void sink(Session& session) {
    session.accept();
    while (session.read()) {
    }
}

void hang(Session& session) { session.hang(); }

void hang_after_accept(Session& session) {
    session.accept();
    session.hang();
}

struct ScriptedServer::Impl {
    struct Running {
        std::unique_ptr<ServerSession> session;
        std::thread thread;
        bool done = false;
    };

    Impl(Script a_script, ServerOptions some_options) : script{std::move(a_script)}, options{std::move(some_options)} {
        if (options.tls) tls.reset(make_tls(*options.tls));
        listener = listen_on(options.address, backlog, options.receive_buffer_bytes, port);
        wake = ::eventfd(0, EFD_CLOEXEC);
        acceptor = std::thread{[this] { accept_all(); }};
    }

    ~Impl() {
        const std::uint64_t one = 1;
        static_cast<void>(::write(wake, &one, sizeof one));
        acceptor.join();
        {
            const std::lock_guard lock{mutex};
            for (auto& running : sessions) running.session->cut_from_outside();
        }
        for (auto& running : sessions) running.thread.join();
        ::close(listener);
        ::close(wake);
    }

    void accept_all() {
        std::array<pollfd, 2> fds{pollfd{listener, POLLIN, 0}, pollfd{wake, POLLIN, 0}};
        while (::poll(fds.data(), fds.size(), -1) >= 0 || errno == EINTR) {
            if (fds[1].revents != 0) return;
            const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd >= 0) start(fd);
        }
    }

    void start(int fd) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const std::lock_guard lock{mutex};
        reap();
        sessions.emplace_back();
        Running& running = sessions.back();
        running.session = std::make_unique<ServerSession>(fd, context, accepted++, options, tls.get(),
                                                          [this](const Message& message) { keep(message); });
        running.thread = std::thread{[this, &running] { run(running); }};
        ++open;
        changed.notify_all();
    }

    void run(Running& running) {
        block_sigpipe();
        script(*running.session);
        running.session->cut();
        const std::lock_guard lock{mutex};
        running.done = true;
        --open;
        changed.notify_all();
    }

    void reap() {
        for (auto at = sessions.begin(); at != sessions.end();) {
            if (!at->done) {
                ++at;
                continue;
            }
            at->thread.join();
            at = sessions.erase(at);
        }
    }

    void keep(const Message& message) {
        const std::lock_guard lock{mutex};
        if (options.keep_messages) messages.push_back(message);
        changed.notify_all();
    }

    struct TlsFree {
        void operator()(SSL_CTX* made) const noexcept { SSL_CTX_free(made); }
    };

    Script script;
    ServerOptions options;
    std::unique_ptr<SSL_CTX, TlsFree> tls;
    boost::asio::io_context context;  // never runs: the sessions block
    int listener = -1;
    int wake = -1;
    std::uint16_t port = 0;
    mutable std::mutex mutex;
    mutable std::condition_variable changed;
    std::list<Running> sessions;
    std::vector<Message> messages;
    std::size_t accepted = 0;
    std::size_t open = 0;
    std::thread acceptor;
};

ScriptedServer::ScriptedServer(Script script, ServerOptions options)
    : impl_{std::make_unique<Impl>(std::move(script), std::move(options))} {}

ScriptedServer::~ScriptedServer() = default;

std::uint16_t ScriptedServer::port() const { return impl_->port; }

std::string ScriptedServer::url(std::string_view target, std::string_view host) const {
    std::string name{host.empty() ? impl_->options.address : host};
    if (name.find(':') != std::string::npos) name = "[" + name + "]";
    return (impl_->tls ? "wss://" : "ws://") + name + ":" + std::to_string(port()) + std::string{target};
}

std::size_t ScriptedServer::connections() const {
    const std::lock_guard lock{impl_->mutex};
    return impl_->accepted;
}

std::size_t ScriptedServer::open_sessions() const {
    const std::lock_guard lock{impl_->mutex};
    impl_->reap();
    return impl_->open;
}

std::vector<Message> ScriptedServer::messages() const {
    const std::lock_guard lock{impl_->mutex};
    return impl_->messages;
}

bool ScriptedServer::wait_until(const std::function<bool(const ScriptedServer&)>& condition) const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        // The condition calls members that lock, so it is asked without the lock; a short wait covers what slips
        // between.
        if (condition(*this)) return true;
        std::unique_lock lock{impl_->mutex};
        if (std::chrono::steady_clock::now() > deadline) return false;
        impl_->changed.wait_for(lock, std::chrono::milliseconds{20});
    }
}

SilentPort::SilentPort(const std::string& address, std::uint16_t port) : port_{port} {
    listener_ = listen_on(address, 0, 0, port_);
    Address to = address_of(address);
    to.v4.sin_port = htons(port_);
    // A queue of length n takes n + 1 connections; more of them never get an answer.
    for (int i = 0; i < 4; ++i) {
        const int fd = ::socket(to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        static_cast<void>(::connect(fd, &to.any, sizeof to));
        fillers_.push_back(fd);
    }
}

SilentPort::~SilentPort() {
    for (const int fd : fillers_) ::close(fd);
    ::close(listener_);
}

std::uint16_t unused_port() {
    std::uint16_t port = 0;
    ::close(listen_on("127.0.0.1", 1, 0, port));
    return port;
}

}  // namespace asr_stream::test
