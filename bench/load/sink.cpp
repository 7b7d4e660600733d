#include "load/sink.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace asr_stream::bench {

namespace {

constexpr std::size_t read_bytes = 65'536;
constexpr int backlog = 4096;

void check(int result, const char* what) {
    if (result < 0) throw std::system_error{errno, std::generic_category(), std::string{"sink: "} + what};
}

}  // namespace

Sink::Sink(SinkOptions options, Channel& driver) : options_{std::move(options)}, driver_{driver}, buffer_(read_bytes) {
    if (!options_.certificate_file.empty()) tls_ = make_server_context(options_.certificate_file);
    check(epoll_ = epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    check(listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    check(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), "bind");
    check(listen(listener_, backlog), "listen");
    check(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    watch(listener_);
    watch(driver_.descriptor());
    driver_.send_line(std::to_string(ntohs(address.sin_port)));
}

Sink::~Sink() {
    connections_.clear();
    if (listener_ >= 0) close(listener_);
    if (epoll_ >= 0) close(epoll_);
}

void Sink::watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    check(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

void Sink::run() {
    std::array<epoll_event, 512> events{};
    while (running_) {
        const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
        if (count < 0 && errno != EINTR) check(count, "epoll_wait");
        for (int i = 0; i < count; ++i) dispatch(events[static_cast<std::size_t>(i)].data.fd);
        if (count < static_cast<int>(events.size())) std::this_thread::sleep_for(options_.pause);
    }
}

void Sink::dispatch(int descriptor) {
    if (descriptor == listener_) {
        accept_all();
    } else if (descriptor == driver_.descriptor()) {
        answer_driver();
    } else {
        serve(descriptor);
    }
}

void Sink::accept_all() {
    for (;;) {
        const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR) return;
            check(descriptor, "accept4");
        }
        const auto slot = static_cast<std::size_t>(descriptor);
        if (slot >= connections_.size()) connections_.resize(slot + 1);
        connections_[slot] = std::make_unique<SinkConnection>(
            descriptor, tls_.get(), SinkConnection::Answers{options_.frames_per_final, options_.frame_ms}, totals_);
        watch(descriptor);
    }
}

void Sink::serve(int descriptor) {
    auto& connection = connections_[static_cast<std::size_t>(descriptor)];
    if (connection && !connection->read(buffer_)) connection.reset();
}

void Sink::answer_driver() {
    try {
        static_cast<void>(driver_.receive_line(milliseconds{1000}));
    } catch (const std::runtime_error&) {
        running_ = false;  // the driver is done with us
        return;
    }
    driver_.send_line(std::to_string(totals_.open) + ' ' + std::to_string(totals_.audio_frames) + ' ' +
                      std::to_string(totals_.audio_bytes) + ' ' + std::to_string(totals_.unanswered));
}

int run_sink(SinkOptions options) {
    raise_descriptor_limit();
    Channel driver{Channel::child_descriptor};
    Sink sink{std::move(options), driver};
    sink.run();
    return 0;
}

}  // namespace asr_stream::bench
