#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>

#include "websocket_client.hpp"

/// How a connection is ended from our side, and what its bounds do.
namespace asr_stream::websocket::test {
namespace {

TEST_F(WebSocket, ClosesWithAHandshakeAfterAllThatWasQueued) {
    std::vector<std::uint8_t> opcodes;
    std::size_t bytes = 0;
    auto connection = open(
        [&](Session& session) {
            session.accept();
            while (const auto frame = session.read_frame()) {
                if (frame->opcode == 2) bytes += frame->payload.size();
                if (opcodes.empty() || opcodes.back() != frame->opcode) opcodes.push_back(frame->opcode);
                if (frame->opcode == 8) session.send_frame(0x88, frame->payload);
            }
        },
        {.receive_buffer_bytes = 4096});
    std::size_t sent = 0;
    for (; connection->queued_bytes() < 500'000; sent += 10'000)
        ASSERT_TRUE(connection->send(Opcode::binary, std::string(10'000, 'x')));
    EXPECT_GE(connection->unsent_bytes(), connection->queued_bytes());
    close(connection, 60s);
    EXPECT_EQ(client.memory.outstanding(), 0u);
    server.reset();
    EXPECT_EQ(bytes, sent);
    EXPECT_THAT(opcodes, testing::ElementsAre(2, 8));
}

TEST_F(WebSocket, ReadEndsWithStoppedWhenItIsClosedMeanwhile) {
    auto connection = open(sink);
    std::optional<Heard> heard;
    asio::co_spawn(client.loop, test::hear(connection),
                   [&](std::exception_ptr, Heard value) { heard = std::move(value); });
    close(connection);
    client.run_until([&] { return heard.has_value(); });
    ASSERT_TRUE(heard->error);
    EXPECT_EQ(heard->error->code, Errc::stopped);
}

/// The service's last message and its close frame come in one segment, and both sides close at the same time.
class WebSocketCrossing : public WebSocket, public testing::WithParamInterface<bool> {};

TEST_P(WebSocketCrossing, CloseAndReadBothEndWhenTheServicesCloseIsAlreadyHere) {
    auto connection = open([](Session& session) {
        session.accept();
        session.raw(std::string{"\x81\x04last\x88\x02\x03\xe8", 10});
        session.hang();
    });
    EXPECT_EQ(hear(connection).payload, "last");
    std::optional<Heard> heard;
    bool closed = false;
    const auto start_read = [&] {
        asio::co_spawn(client.loop, test::hear(connection),
                       [&](std::exception_ptr, Heard value) { heard = std::move(value); });
    };
    const auto start_close = [&] {
        asio::co_spawn(client.loop, connection->close(100ms), [&](std::exception_ptr) { closed = true; });
    };
    const bool read_first = GetParam();
    read_first ? start_read() : start_close();
    read_first ? start_close() : start_read();
    client.run_until([&] { return closed && heard; });
    ASSERT_TRUE(heard->error);
    EXPECT_EQ(heard->error->code, Errc::stopped);
}

INSTANTIATE_TEST_SUITE_P(All, WebSocketCrossing, testing::Bool(),
                         [](const auto& test) { return test.param ? "ReadFirst" : "CloseFirst"; });

TEST_F(WebSocket, WaitsForAnUnansweredCloseNoLongerThanTold) {
    auto connection = open([](Session& session) {
        session.accept();
        session.hang();
    });
    close(connection, 20ms);
    EXPECT_FALSE(connection->send(Opcode::text, "late"));
}

TEST_F(WebSocket, ServiceThatFloodsInsteadOfClosingIsCutOff) {
    auto connection = open([](Session& session) {
        session.accept();
        session.flood(SIZE_MAX / 2);
    });
    close(connection, 50ms);
    EXPECT_TRUE(server->wait_until([](const auto& s) { return s.open_sessions() == 0; }));
}

TEST_F(WebSocket, EndsWhenNobodyAcknowledgesWhatWasSent) {
    auto connection = open(
        [](Session& session) {
            session.accept();
            session.hang();
        },
        {.receive_buffer_bytes = 4096}, {.unacknowledged_timeout = 300ms});
    while (connection->queued_bytes() == 0) connection->send(Opcode::binary, std::string(50'000, 'x'));
    const Heard heard = hear(connection);
    ASSERT_TRUE(heard.error);
    EXPECT_EQ(heard.error->code, Errc::connection_lost);
    EXPECT_EQ(heard.error->context, "Connection timed out");
}

TEST_F(WebSocket, AbortEndsAPendingReadAndEverythingElse) {
    auto connection = open([](Session& session) {
        session.accept();
        session.hang();
    });
    while (connection->queued_bytes() < 100'000) connection->send(Opcode::binary, std::string(50'000, 'x'));
    std::optional<Heard> heard;
    asio::co_spawn(client.loop, test::hear(connection),
                   [&](std::exception_ptr, Heard value) { heard = std::move(value); });
    client.loop.poll();
    connection->abort();
    EXPECT_EQ(connection->queued_bytes(), 0u);
    EXPECT_LE(client.memory.outstanding(), idle_buffer);
    client.run_until([&] { return heard.has_value(); });
    EXPECT_EQ(heard->error->code, Errc::connection_lost);
    EXPECT_EQ(heard->error->context, "aborted");
    EXPECT_EQ(connection->unsent_bytes(), 0u);
    connection->abort();
    close(connection);
}

TEST_F(WebSocket, AbortEndsARunningClose) {
    auto connection = open([](Session& session) {
        session.accept();
        session.hang();
    });
    bool closed = false;
    asio::co_spawn(client.loop, connection->close(60s), [&](std::exception_ptr) { closed = true; });
    client.loop.poll();
    connection->abort();
    client.run_until([&] { return closed; });
    EXPECT_TRUE(server->wait_until([](const auto& s) { return s.open_sessions() == 0; }));
}

TEST_F(WebSocket, DroppingAConnectionWithAFullQueueClosesIt) {
    auto connection = open([](Session& session) {
        session.accept();
        session.hang();
    });
    while (connection->queued_bytes() < 100'000) connection->send(Opcode::binary, std::string(50'000, 'x'));
    connection.reset();
    EXPECT_EQ(client.memory.outstanding(), 0u);
    EXPECT_TRUE(server->wait_until([](const auto& s) { return s.open_sessions() == 0; }));
    client.loop.restart();
    client.loop.poll();
}

TEST_F(WebSocket, QueueHasABoundAndReadSaysSo) {
    auto connection = open([](Session& session) {
        session.accept();
        session.hang();
    });
    const std::string block(64 * 1024, 'x');
    while (connection->send(Opcode::binary, block)) ASSERT_LE(connection->queued_bytes(), max_queued_bytes);
    EXPECT_EQ(hear(connection).error->code, Errc::memory_limit);
    EXPECT_LE(client.memory.outstanding(), idle_buffer);
    EXPECT_LE(client.memory.peak(), max_queued_bytes + max_queued_bytes / 64);
}

TEST_F(WebSocket, GivesTheMemoryOfALargeMessageBack) {
    auto connection = open([](Session& session) {
        session.accept();
        session.send_binary(std::string(200'000, 'x'));
        session.send_binary("small");
        session.hang();
    });
    EXPECT_EQ(hear(connection).payload.size(), 200'000u);
    EXPECT_GE(client.memory.outstanding(), 200'000u);
    EXPECT_EQ(hear(connection).payload, "small");
    EXPECT_LE(client.memory.outstanding(), idle_buffer);
    connection.reset();
}

TEST_F(WebSocket, MemoryLimitOfTheCallEndsTheConnectionAndNothingElse) {
    ScriptedServer big{[](Session& session) {
        session.accept();
        session.send_binary(std::string(200'000, 'x'));
        session.hang();
    }};
    CountingMemory little{50'000};
    const auto options = std::make_shared<const ConnectOptions>(ConnectOptions{.url = big.url()});
    const auto context = make_context(client.loop);
    {
        const auto dialer = make_dialer(context, options, &little);
        const auto connection = client.run(dialer->dial());
        EXPECT_EQ(hear(*connection).error->code, Errc::memory_limit);
    }
    {
        const auto dialer = make_dialer(context, options, &little);
        const auto connection = client.run(dialer->dial());
        while ((*connection)->send(Opcode::binary, std::string(60'000, 'x'))) {
        }
        EXPECT_EQ(hear(*connection).error->code, Errc::memory_limit);
    }
    EXPECT_EQ(little.outstanding(), 0u);
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST_F(Connecting, ChurnLeavesNoDescriptorAndNoMemory) {
    error_of({.url = "ws://127.0.0.1:" + std::to_string(unused_port())});  // the loop opens what it needs itself
    const std::size_t before = open_descriptors();
    {
        ScriptedServer answers{echo};
        ScriptedServer refuses{[](Session& session) { session.refuse(503, "Busy"); }};
        ScriptedServer hangs{asr_stream::test::hang};
        for (int i = 0; i < 30; ++i) {
            const auto closed = client.dial(answers.url());
            client.run((*closed)->close(5s));
            const auto aborted = client.dial(answers.url());
            (*aborted)->send(Opcode::text, "unread");
            (*aborted)->abort();
            EXPECT_EQ(error_of({.url = refuses.url()}).code, Errc::handshake_refused);
            EXPECT_EQ(error_of({.url = hangs.url(), .timeout = 1ms}).code, Errc::connect_timeout);
            EXPECT_EQ(error_of({.url = "ws://127.0.0.1:" + std::to_string(unused_port())}).code, Errc::connect_refused);
        }
    }
    client.settle();
    EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace asr_stream::websocket::test
