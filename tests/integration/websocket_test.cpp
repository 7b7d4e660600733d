#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "support/certificates.hpp"
#include "websocket_client.hpp"

namespace asr_stream::websocket::test {
namespace {

using testing::HasSubstr;

constexpr std::size_t idle_buffer = 4096;  // the most that a connection keeps for the next message

/// An open connection to a server of that script.
class WebSocket : public testing::Test {
  protected:
    std::shared_ptr<Connection> open(Script script, ServerOptions server_options = {}, ConnectOptions options = {}) {
        server = std::make_unique<ScriptedServer>(std::move(script), std::move(server_options));
        options.url = server->url();
        auto connection = client.dial(std::move(options));
        if (!connection) throw std::runtime_error{connection.error().message()};
        return *connection;
    }
    Heard hear(const std::shared_ptr<Connection>& connection) { return client.run(test::hear(connection)); }
    void close(const std::shared_ptr<Connection>& connection, milliseconds timeout = 5s) {
        client.run(connection->close(timeout));
    }
    void TearDown() override { EXPECT_EQ(client.memory.outstanding(), 0u); }

    Client client;
    std::unique_ptr<ScriptedServer> server;
};

TEST_F(WebSocket, ExchangesTextAndBinaryOfAllLengths) {
    auto connection = open(echo, {}, {.max_message_bytes = 300'000});
    std::uint64_t sent = 0;
    for (const std::size_t size : {0u, 1u, 7u, 125u, 126u, 127u, 1535u, 1536u, 65'535u, 65'536u, 200'000u}) {
        for (const Opcode opcode : {Opcode::text, Opcode::binary}) {
            std::string payload(size, 'a');
            for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>('a' + i % 26);
            ASSERT_TRUE(connection->send(opcode, payload)) << size;
            sent += size;
            const Heard heard = hear(connection);
            ASSERT_FALSE(heard.error) << heard.error->message();
            EXPECT_EQ(heard.opcode, opcode);
            EXPECT_EQ(heard.payload, payload) << size;
        }
    }
    EXPECT_GT(connection->sent_bytes(), sent);
    EXPECT_GT(connection->received_bytes(), sent);
    EXPECT_GT(connection->last_received(), Clock::time_point{});
    close(connection);
    EXPECT_FALSE(connection->send(Opcode::text, "late"));
    EXPECT_FALSE(connection->ping());
    connection.reset();
}

TEST_F(WebSocket, PutsFragmentsTogetherAndAnswersPingsBetweenThem) {
    std::string pong;
    auto connection = open([&pong](Session& session) {
        session.accept();
        session.send_frame(0x01, "one ");
        session.ping("are you there");
        session.send_frame(0x00, "two ");
        session.send_frame(0x80, "three");
        if (const auto frame = session.read_frame()) pong = frame->payload;
        session.send_fragmented(std::string(10'000, 'z'), 700);
        session.hang();
    });
    EXPECT_EQ(hear(connection).payload, "one two three");
    EXPECT_EQ(hear(connection).payload, std::string(10'000, 'z'));
    EXPECT_EQ(pong, "are you there");
    connection->abort();
    connection.reset();
}

TEST_F(WebSocket, NotesPongsOfItsOwnPingsOnly) {
    auto connection = open([](Session& session) {
        session.accept();
        session.pong("99");
        session.pong("not a number");
        session.send_text("unsolicited");
        const auto first = session.read_frame();
        session.pong(first->payload);
        session.pong(first->payload);
        session.send_text("answered");
        session.hang();
    });
    EXPECT_EQ(hear(connection).payload, "unsolicited");
    EXPECT_EQ(connection->last_pong(), Clock::time_point{});
    const auto before = Clock::now();
    ASSERT_TRUE(connection->ping());
    const auto after = Clock::now();
    EXPECT_EQ(hear(connection).payload, "answered");
    EXPECT_GE(connection->last_pong_sent(), before);
    EXPECT_LE(connection->last_pong_sent(), after);
    EXPECT_GE(connection->last_pong(), connection->last_pong_sent());
    connection->abort();
    connection.reset();
}

TEST_F(WebSocket, SaysWithWhichCodeAndReasonTheServiceClosed) {
    auto connection = open([](Session& session) {
        session.accept();
        session.send_text("last");
        session.close(1011, "no decoder\nfree für dich");
    });
    EXPECT_EQ(hear(connection).payload, "last");
    const Heard heard = hear(connection);
    ASSERT_TRUE(heard.error);
    EXPECT_EQ(heard.error->code, Errc::closed_by_service);
    EXPECT_EQ(heard.error->context, "code=1011 reason=no decoder free für dich");
    EXPECT_FALSE(connection->send(Opcode::text, "late"));
    close(connection);
    connection.reset();
}

TEST_F(WebSocket, TellsTheReasonAlsoWhenASendHasAlreadyFailed) {
    std::atomic<bool> closed{false};
    auto connection = open([&closed](Session& session) {
        session.accept();
        session.send_frame(0x88, std::string{"\x03\xf3overloaded", 12});
        session.cut();
        closed = true;
    });
    ASSERT_TRUE(server->wait_until([&](const auto&) { return closed.load(); }));
    while (connection->send(Opcode::binary, "into the void")) {
    }
    const Heard heard = hear(connection);
    EXPECT_EQ(heard.error->code, Errc::closed_by_service);
    EXPECT_EQ(heard.error->context, "code=1011 reason=overloaded");
    connection.reset();
}

struct Ending {
    const char* name;
    Script script;
    Errc code;
    const char* context;
};

class WebSocketEnding : public WebSocket, public testing::WithParamInterface<Ending> {};

TEST_P(WebSocketEnding, IsReportedByRead) {
    auto connection = open(
        [](Session& session) {
            session.accept();
            GetParam().script(session);
        },
        {}, {.max_message_bytes = 1000});
    const Heard heard = hear(connection);
    ASSERT_TRUE(heard.error);
    EXPECT_EQ(heard.error->code, GetParam().code) << heard.error->message();
    EXPECT_THAT(heard.error->context, HasSubstr(GetParam().context));
    EXPECT_FALSE(connection->send(Opcode::text, "late"));
    connection.reset();
}

INSTANTIATE_TEST_SUITE_P(
    All, WebSocketEnding,
    testing::Values(
        Ending{"EndOfStream", [](Session& s) { s.cut(); }, Errc::connection_lost, "without a close frame"},
        Ending{"Reset", [](Session& s) { s.reset(); }, Errc::connection_lost, "reset by peer"},
        Ending{"HalfAFrame",
               [](Session& s) {
                   s.raw(std::string{"\x81\x20only this", 11}), s.cut();
               },
               Errc::connection_lost, ""},
        Ending{"CloseWithoutCode", [](Session& s) { s.send_frame(0x88, ""), s.hang(); }, Errc::closed_by_service,
               "code=none reason="},
        Ending{"TooBig", [](Session& s) { s.send_text(std::string(1001, 'x')), s.hang(); }, Errc::message_too_big,
               "max-message-bytes=1000"},
        Ending{"TooBigInFragments", [](Session& s) { s.send_fragmented(std::string(5000, 'x'), 100), s.hang(); },
               Errc::message_too_big, "max-message-bytes=1000"},
        Ending{"HugeLength",
               [](Session& s) {
                   s.raw(std::string{"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10}), s.hang();
               },
               Errc::message_too_big, ""},
        Ending{"BadUtf8", [](Session& s) { s.send_frame(0x81, "abc\xff"), s.hang(); }, Errc::protocol_violation, ""},
        Ending{"HalfACharacter", [](Session& s) { s.send_frame(0x81, "abc\xc3"), s.hang(); }, Errc::protocol_violation,
               ""},
        Ending{"ReservedBit", [](Session& s) { s.send_frame(0xC1, "abc"), s.hang(); }, Errc::protocol_violation, ""},
        Ending{"ReservedOpcode", [](Session& s) { s.send_frame(0x83, "abc"), s.hang(); }, Errc::protocol_violation, ""},
        Ending{"MaskedByService",
               [](Session& s) {
                   s.raw(std::string{"\x81\x81\1\2\3\4x", 7}), s.hang();
               },
               Errc::protocol_violation, ""},
        Ending{"ContinuationOfNothing", [](Session& s) { s.send_frame(0x80, "abc"), s.hang(); },
               Errc::protocol_violation, ""},
        Ending{"TextWithinText", [](Session& s) { s.send_frame(0x01, "a"), s.send_frame(0x81, "b"), s.hang(); },
               Errc::protocol_violation, ""},
        Ending{"LongPing", [](Session& s) { s.send_frame(0x89, std::string(126, 'p')), s.hang(); },
               Errc::protocol_violation, ""},
        Ending{"FragmentedPing", [](Session& s) { s.send_frame(0x09, "p"), s.hang(); }, Errc::protocol_violation, ""},
        Ending{"BadCloseCode",
               [](Session& s) {
                   s.send_frame(0x88, std::string{"\x03\xec", 2}), s.hang();
               },
               Errc::protocol_violation, ""},
        Ending{"CloseOfOneByte", [](Session& s) { s.send_frame(0x88, "x"), s.hang(); }, Errc::protocol_violation, ""},
        Ending{"CloseReasonNotUtf8",
               [](Session& s) {
                   s.send_frame(0x88, std::string{"\x03\xe8\xff", 3}), s.hang();
               },
               Errc::protocol_violation, ""},
        Ending{"CompressedWithoutAsking", [](Session& s) { s.send_frame(0xC2, "x"), s.hang(); },
               Errc::protocol_violation, ""}),
    [](const auto& test) { return test.param.name; });

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
            std::string frames;  // 64 KiB of empty pings
            for (int i = 0; i < 32 * 1024; ++i) frames.append("\x89\0", 2);
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
    client.loop.poll();
}

std::string sentence(std::size_t words) {
    std::string text;
    for (std::size_t i = 0; i < words; ++i) text += "word " + std::to_string(i * i) + ", ";
    return text;
}

struct WebSocketDeflate : WebSocket {
    std::shared_ptr<Connection> open_deflated(Script script, int client_window_bits = 15) {
        return open(std::move(script), {.permessage_deflate = true, .client_window_bits = client_window_bits},
                    {.permessage_deflate = true});
    }
    /// Sends messages of several sizes and wants each back.
    void expect_echo(const std::shared_ptr<Connection>& connection) {
        for (const std::size_t words : {0u, 1u, 10u, 1000u, 3u, 8000u, 1000u}) {
            const std::string payload = sentence(words);
            ASSERT_TRUE(connection->send(Opcode::text, payload));
            sent += payload.size();
            const Heard heard = hear(connection);
            ASSERT_FALSE(heard.error) << heard.error->message();
            EXPECT_EQ(heard.payload, payload);
        }
        close(connection);
    }
    std::size_t sent = 0;
};

TEST_F(WebSocketDeflate, CompressesBothWays) {
    const auto connection = open_deflated(echo);
    expect_echo(connection);
    EXPECT_LT(connection->sent_bytes(), sent / 2);
    EXPECT_LT(connection->received_bytes(), sent / 2);
}

TEST_F(WebSocketDeflate, KeepsToTheWindowThatTheServiceAllows) {
    const auto connection = open_deflated(echo, 9);
    expect_echo(connection);
    EXPECT_LT(connection->sent_bytes(), sent);
}

TEST_F(WebSocketDeflate, ServiceThatDeclinesGetsPlainMessages) {
    const auto connection = open(echo, {}, {.permessage_deflate = true});
    expect_echo(connection);
    EXPECT_GT(connection->sent_bytes(), sent);
}

TEST_F(WebSocketDeflate, IsNotOfferedUnlessAskedFor) {
    const auto connection = open(echo, {.permessage_deflate = true});
    expect_echo(connection);
    EXPECT_GT(connection->sent_bytes(), sent);
}

TEST_F(WebSocketDeflate, BombIsDefusedAtTheLimit) {
    const auto connection = open_deflated([](Session& session) {
        session.accept();
        session.send_text(std::string(50'000'000, 'a'));
        session.hang();
    });
    const Heard heard = hear(connection);
    ASSERT_TRUE(heard.error);
    EXPECT_EQ(heard.error->code, Errc::message_too_big);
    EXPECT_LE(client.memory.peak(), 3u * 262'144);
}

TEST_F(WebSocketDeflate, DamagedDataIsAProtocolViolation) {
    const auto connection = open_deflated([](Session& session) {
        session.accept();
        session.send_frame(0xC1, std::string(50, '\xff'));
        session.hang();
    });
    const Heard heard = hear(connection);
    ASSERT_TRUE(heard.error);
    EXPECT_EQ(heard.error->code, Errc::protocol_violation);
    EXPECT_THAT(heard.error->context, HasSubstr("compressed message is damaged"));
}

}  // namespace
}  // namespace asr_stream::websocket::test
