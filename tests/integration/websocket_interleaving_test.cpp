#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "support/certificates.hpp"
#include "websocket_client.hpp"

/// Frames of Beast (pongs, close) and ours (data, pings) share one socket.
namespace asr_stream::websocket::test {
namespace {

/// A peer that pings and reads slowly, and holds every frame that comes against what must come.
class Auditor {
  public:
    explicit Auditor(std::size_t pings) : pings_{pings} {}

    void run(Session& session) {
        session.accept();
        socket_full.wait(false);
        while (const auto frame = session.read_frame()) {
            for (int i = 0; i < 3 && sent_ < pings_; ++i) session.ping(std::to_string(sent_++));
            if (!check(*frame)) return;
            if (frame->opcode == 8) {
                session.send_frame(0x88, frame->payload);
                closed = true;
                return;
            }
        }
    }

    static std::string payload(std::size_t number) {
        std::string text = std::to_string(number) + ":";
        text.resize(text.size() + number * 7919 % 6000, static_cast<char>('a' + number % 26));
        return text;
    }

    std::atomic<std::size_t> messages{0}, pongs{0};
    std::atomic<bool> closed{false};
    std::atomic<bool> socket_full{false};  // reads nothing before
    std::string fault;

  private:
    bool check(const Frame& frame) {
        if (!frame.fin || frame.rsv != 0 || !frame.masked) fault = "header of frame " + std::to_string(messages);
        if (frame.opcode == 2 && frame.payload != payload(messages++)) fault = "message " + std::to_string(messages);
        if (frame.opcode == 10 && frame.payload != std::to_string(pongs++)) fault = "pong " + std::to_string(pongs);
        if (frame.opcode != 2 && frame.opcode != 8 && frame.opcode != 10)
            fault = "opcode " + std::to_string(frame.opcode);
        return fault.empty();
    }

    std::size_t pings_;
    std::size_t sent_ = 0;
};

asio::awaitable<void> read_all(std::shared_ptr<Connection> connection) {
    for (;;) {
        const auto incoming = co_await connection->read();
        if (!incoming) co_return;
    }
}

/// Sends as fast as the queue allows; returns how often it found the socket full.
asio::awaitable<int> send_all(std::shared_ptr<Connection> connection, std::size_t messages, Auditor* auditor) {
    constexpr auto token = asio::as_tuple(asio::use_awaitable);
    asio::steady_timer timer{co_await asio::this_coro::executor};
    int full = 0;
    for (std::size_t i = 0; i < messages; ++i) {
        for (; connection->queued_bytes() > 100'000; ++full) {
            auditor->socket_full = true;
            auditor->socket_full.notify_all();
            timer.expires_after(1ms);
            co_await timer.async_wait(token);
        }
        if (!connection->send(Opcode::binary, Auditor::payload(i))) co_return -1;
        timer.expires_after(0ms);
        co_await timer.async_wait(token);
    }
    co_return full;
}

class WebSocketInterleaving : public WebSocket, public testing::WithParamInterface<bool> {};

TEST_P(WebSocketInterleaving, FramesOfBeastAndOursNeverMix) {
    constexpr std::size_t messages = 4000;
    constexpr std::size_t pings = 3000;
    Certificates authority;
    ServerOptions server_options{.receive_buffer_bytes = 4096};
    ConnectOptions options;
    if (GetParam()) {
        const auto files = authority.issue({.ips = {"127.0.0.1"}});
        server_options.tls = ServerTls{files.certificate, files.key};
        options.tls.ca_file = authority.ca_file();
    }
    Auditor auditor{pings};
    auto connection = open([&](Session& session) { auditor.run(session); }, server_options, options);
    asio::co_spawn(client.loop, read_all(connection), asio::detached);
    const int full = client.run(send_all(connection, messages, &auditor));
    EXPECT_GT(full, 0) << "the socket was never full, so nothing was shown";
    client.run_until([&] { return auditor.pongs >= pings || !auditor.fault.empty(); });
    close(connection, 60s);
    server.reset();
    EXPECT_EQ(auditor.fault, "");
    EXPECT_EQ(auditor.messages, messages);
    EXPECT_EQ(auditor.pongs, pings);
    EXPECT_TRUE(auditor.closed);
}

INSTANTIATE_TEST_SUITE_P(All, WebSocketInterleaving, testing::Bool(),
                         [](const auto& test) { return test.param ? "wss" : "ws"; });

/// Until nothing has come for a while, or more is queued than should be.
asio::awaitable<void> wait_for_silence(std::shared_ptr<Connection> connection, std::size_t bound) {
    constexpr auto token = asio::as_tuple(asio::use_awaitable);
    asio::steady_timer timer{co_await asio::this_coro::executor};
    for (std::uint64_t before = 0; connection->queued_bytes() <= bound;) {
        before = connection->received_bytes();
        timer.expires_after(100ms);
        co_await timer.async_wait(token);
        if (connection->received_bytes() == before && connection->queued_bytes() > 0) co_return;
    }
}

TEST_F(WebSocket, PeerThatPingsAndDoesNotReadIsNotReadEither) {
    std::atomic<bool> finished{false};
    auto connection = open(
        [&](Session& session) {
            session.accept();
            std::string frames;  // 64 KiB of the longest pings
            for (int i = 0; i < 512; ++i) frames.append("\x89\x7d").append(125, 'p');
            for (int i = 0; i < 2000 && session.raw(frames); ++i) {
            }
            finished = true;
        },
        {.receive_buffer_bytes = 4096});
    constexpr std::size_t bound = 66 * 1024;  // of pongs; then reading stops
    asio::co_spawn(client.loop, read_all(connection), asio::detached);
    client.run(wait_for_silence(connection, bound));
    EXPECT_LE(connection->queued_bytes(), bound);
    EXPECT_FALSE(finished);
    connection->abort();
    server.reset();  // its script uses what ends here
}

}  // namespace
}  // namespace asr_stream::websocket::test
