// The way of a frame as the engine goes it (ring, window, dialect, mask, send) over a real connection to a server in
// this same thread, so often as asked. It is run under callgrind, which counts the instructions of push_and_pump()
// alone.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory_resource>
#include <stdexcept>

#include "engine/audio_path.hpp"
#include "load/frames.hpp"
#include "websocket/connection.hpp"

namespace asr_stream::bench {
namespace {

constexpr std::size_t samples_per_push = 160;
constexpr int pushes_per_round = 50;  ///< then the server reads and a final confirms, neither of which is counted

template <class T>
T value_of(Result<T>&& result) {
    if (!result) throw std::runtime_error{result.error().message()};
    return std::move(*result);
}

/// One connection's server: takes the upgrade, then reads whatever has come. Never waits.
class Server {
  public:
    Server() {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        if (bind(listener_, any, size) != 0 || listen(listener_, 1) != 0 || getsockname(listener_, any, &size) != 0)
            throw std::runtime_error{"no listening socket on 127.0.0.1"};
        port_ = ntohs(address.sin_port);
    }
    ~Server() {
        close(listener_);
        if (client_ >= 0) close(client_);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    void step() {
        if (client_ < 0) client_ = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
        for (;;) {
            const ssize_t n = client_ < 0 ? -1 : recv(client_, buffer_.data(), buffer_.size(), 0);
            if (n <= 0) return;
            take({buffer_.data(), static_cast<std::size_t>(n)});
        }
    }
    [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }

  private:
    void take(std::string_view bytes) {
        if (upgraded_)
            return reader_.consume(bytes, [this](const Frame& frame) { frames_ += frame.is_control() ? 0 : 1; });
        request_ += bytes;
        if (!request_.ends_with("\r\n\r\n")) return;
        const std::string answer = upgrade_answer(request_);
        upgraded_ = send(client_, answer.data(), answer.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(answer.size());
    }

    int listener_ = -1;
    int client_ = -1;
    std::uint16_t port_ = 0;
    bool upgraded_ = false;
    std::string request_;
    std::array<char, 65'536> buffer_{};
    FrameReader reader_;
    std::uint64_t frames_ = 0;
};

/// What callgrind counts; gate.cmake names it.
[[gnu::noinline]] void push_and_pump(audio::Ring& ring, engine::AudioPath& path, websocket::Context& websockets,
                                     std::span<const std::int16_t> samples, engine::AudioPath::TimePoint now) {
    if (!ring.try_push(samples)) throw std::runtime_error{"the ring is full"};
    path.pump(now);
    websocket::send_corked(websockets);
}

boost::asio::awaitable<void> dial(std::shared_ptr<websocket::Dialer> dialer,
                                  std::shared_ptr<std::shared_ptr<websocket::Connection>> connection) {
    auto dialed = co_await dialer->dial();
    *connection = value_of(std::move(dialed));
}

std::shared_ptr<websocket::Connection> connect(boost::asio::io_context& loop, Server& server,
                                               const std::shared_ptr<websocket::Dialer>& dialer) {
    const auto connection = std::make_shared<std::shared_ptr<websocket::Connection>>();
    auto ended = [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
    };
    boost::asio::co_spawn(loop, dial(dialer, connection), std::move(ended));
    for (int tries = 0; !*connection && tries < 100'000; ++tries) {
        loop.poll();
        server.step();
    }
    if (!*connection) throw std::runtime_error{"no connection"};
    return *connection;
}

/// One stream of the engine without its loop.
class FramePath {
  public:
    explicit FramePath(const StreamConfig& config)
        : plan_{value_of(engine::make_plan(config))},
          ring_{plan_.ring_frames, plan_.channels, memory_},
          path_{plan_,   value_of(audio::Resampler::create(plan_.call_rate, plan_.wire_rate, plan_.channels, memory_)),
                ring_,   counters_,
                delays_, memory_},
          session_{plan_.descriptor->open({})} {
        for (std::size_t i = 0; i < samples_.size(); ++i)
            samples_[i] = static_cast<std::int16_t>((i * 7919 + i * i * 31) % 16'000 - 8'000);
    }

    void start(websocket::Connection& connection) {
        path_.begin_session();
        path_.start_sending(connection, *session_);
    }

    void run_round(Server& server, websocket::Context& websockets) {
        for (int push = 0; push < pushes_per_round; ++push) {
            now_ += milliseconds{20};
            push_and_pump(ring_, path_, websockets, samples_, now_);
        }
        server.step();
        path_.confirm(ring_.end());
    }
    [[nodiscard]] std::uint64_t sent_frames() const noexcept { return counters_.loop.sent_frames.get(); }

  private:
    std::pmr::memory_resource* memory_ = std::pmr::get_default_resource();
    engine::Plan plan_;
    audio::Ring ring_;
    engine::Counters counters_;
    engine::DelayCounters delays_;
    engine::AudioPath path_;
    std::unique_ptr<dialect::Session> session_;
    std::array<std::int16_t, samples_per_push> samples_{};
    engine::AudioPath::TimePoint now_ = std::chrono::steady_clock::now();
};

int run(int rounds) {
    Server server;
    boost::asio::io_context loop;
    StreamConfig config;
    config.profile.endpoints = {{"ws://127.0.0.1:" + std::to_string(server.port()) + "/", 1}};
    auto options = std::make_shared<websocket::ConnectOptions>();
    options->url = config.profile.endpoints[0].url;
    options->timeout = milliseconds{60'000};
    const auto websockets = websocket::make_context(loop);
    const auto dialer = websocket::make_dialer(websockets, options, std::pmr::get_default_resource());
    const auto connection = connect(loop, server, dialer);

    FramePath path{config};
    path.start(*connection);
    for (int round = 0; round < rounds; ++round) path.run_round(server, *websockets);
    const auto expected = static_cast<std::uint64_t>(rounds) * pushes_per_round;
    if (path.sent_frames() != expected || server.frames() != expected)
        throw std::runtime_error{"frames were lost on the way"};
    std::printf("%llu\n", static_cast<unsigned long long>(expected));
    return 0;
}

}  // namespace
}  // namespace asr_stream::bench

int main(int argc, char** argv) {
    try {
        return asr_stream::bench::run(argc > 1 ? std::atoi(argv[1]) : 100);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "frame_path: %s\n", error.what());
        return 2;
    }
}
