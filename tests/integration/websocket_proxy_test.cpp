#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/certificates.hpp"
#include "support/connect_proxy.hpp"
#include "websocket_client.hpp"

/// Through an HTTP proxy.
namespace asr_stream::websocket::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Proxied : Connecting {
    static std::string url_of(const ConnectProxy& proxy, const std::string& user = {}) {
        return "http://" + user + "127.0.0.1:" + std::to_string(proxy.port());
    }
    Error error_through(const std::string& answer) {
        ConnectProxy proxy{{.authorization = {}, .answer = answer}};
        return error_of({.url = "ws://asr.example:2700", .proxy = url_of(proxy)});
    }
};

TEST_F(Proxied, ReachesAServiceByTheNameTheProxyKnows) {
    ScriptedServer server{echo};
    ConnectProxy proxy;
    const std::string port = std::to_string(server.port());
    const auto connection = client.dial({.url = "ws://only.the.proxy.knows:" + port, .proxy = url_of(proxy)});
    ASSERT_TRUE(connection) << connection.error().message();
    EXPECT_THAT(proxy.targets(), ElementsAre("only.the.proxy.knows:" + port));
    EXPECT_GT((*connection)->timings().proxy.count(), 0);
    ASSERT_TRUE((*connection)->send(Opcode::text, "through"));
    EXPECT_EQ(hear(*connection).payload, "through");
    (*connection)->abort();
}

TEST_F(Proxied, DoesTlsWithinTheTunnel) {
    Certificates authority;
    const auto files = authority.issue({.dns = {"asr.example"}});
    ScriptedServer server{echo, {.tls = ServerTls{files.certificate, files.key}}};
    ConnectProxy proxy;
    const auto connection = client.dial(
        {.url = server.url("/", "asr.example"), .proxy = url_of(proxy), .tls = tls_files(authority.ca_file())});
    ASSERT_TRUE(connection) << connection.error().message();
    ASSERT_TRUE((*connection)->send(Opcode::text, "through"));
    EXPECT_EQ(hear(*connection).payload, "through");
    (*connection)->abort();
}

TEST_F(Proxied, SendsUserAndPassword) {
    ScriptedServer server{hang_after_accept};
    ConnectProxy proxy{{.authorization = "Basic dXNlcjpwQHNz", .answer = {}}};  // user:p@ss
    const auto connection = client.dial({.url = server.url(), .proxy = url_of(proxy, "user:p%40ss@")});
    EXPECT_TRUE(connection) << connection.error().message();
    const Error error = error_of({.url = server.url(), .proxy = url_of(proxy)});
    EXPECT_EQ(error.code, Errc::proxy_refused);
    EXPECT_THAT(error.context, AllOf(HasSubstr("HTTP 407"), HasSubstr("user:password@host")));
}

TEST_F(Proxied, RefusalsAndJunkAreNamed) {
    EXPECT_THAT(error_through("HTTP/1.1 403 Forbidden\r\n\r\n").context, HasSubstr("HTTP 403 Forbidden"));
    EXPECT_THAT(error_through("SSH-2.0-x\r\n\r\n").context, HasSubstr("not HTTP"));
    EXPECT_THAT(error_through("HTTP/1.1 200 OK\r\n").context, HasSubstr("closed the connection"));
    EXPECT_THAT(error_through("HTTP/1.1 200 OK\r\n\r\nearly").context, HasSubstr("before the tunnel"));
    EXPECT_THAT(error_through("HTTP/1.1 200 OK\r\nX: " + std::string(9000, 'x')).context, HasSubstr("8 KiB"));
    EXPECT_EQ(error_through("HTTP/1.1 403 Forbidden\r\n\r\n").code, Errc::proxy_refused);
    EXPECT_THAT(error_through("HTTP/1.1 403 Forbidden\r\n\r\n").context, HasSubstr("through proxy 127.0.0.1:"));
}

TEST_F(Proxied, ServiceThatHangsUpIsNotTakenForTheProxysAnswer) {
    ScriptedServer server{[](Session& session) {
        session.request();
        session.cut();
    }};
    ConnectProxy proxy;
    const Error error = error_of({.url = server.url(), .proxy = url_of(proxy)});
    EXPECT_EQ(error.code, Errc::handshake_failed);
    EXPECT_THAT(error.context, HasSubstr("without an answer"));
}

TEST_F(Proxied, ProxyThatIsDownIsARefusedConnect) {
    const Error error =
        error_of({.url = "ws://asr.example", .proxy = "http://127.0.0.1:" + std::to_string(unused_port())});
    EXPECT_EQ(error.code, Errc::connect_refused);
}

}  // namespace
}  // namespace asr_stream::websocket::test
