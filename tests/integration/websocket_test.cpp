#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <ostream>

#include "websocket_client.hpp"

/// What an open connection carries, and how read() tells that it ended.
namespace asr_stream::websocket::test {
namespace {

using testing::HasSubstr;

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
    friend void PrintTo(const Ending& ending, std::ostream* out) { *out << ending.name; }
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

}  // namespace
}  // namespace asr_stream::websocket::test
