#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "websocket_client.hpp"

/// permessage-deflate, RFC 7692.
namespace asr_stream::websocket::test {
namespace {

using testing::HasSubstr;

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
