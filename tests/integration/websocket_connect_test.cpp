#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "support/certificates.hpp"
#include "support/connect_proxy.hpp"
#include "websocket_client.hpp"

/// Reaching a service: every step of a dial, and how each fails.
namespace asr_stream::websocket::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

struct Connecting : testing::Test {
    Heard hear(const std::shared_ptr<Connection>& connection) { return client.run(test::hear(connection)); }
    Error error_of(ConnectOptions options) {
        const auto connection = client.dial(std::move(options));
        return connection ? Error{} : connection.error();
    }
    void TearDown() override { EXPECT_EQ(client.memory.outstanding(), 0u); }

    Client client;
};

TEST_F(Connecting, SendsTheUpgradeThatWasConfigured) {
    Request request;
    ScriptedServer server{[&request](Session& session) {
        request = *session.request();
        session.accept("asr.v1");
        session.send_text("ready");
        session.hang();
    }};
    const auto connection =
        client.dial({.url = server.url("/asr?model=a%20b"),
                     .headers = {{"Authorization", "Token secret"}, {"X-Call", "1"}, {"X-Call", "2"}},
                     .subprotocol = "asr.v1"});
    ASSERT_TRUE(connection) << connection.error().message();
    EXPECT_EQ(hear(*connection).payload, "ready");
    EXPECT_EQ(request.target, "/asr?model=a%20b");
    EXPECT_EQ(request.header("host"), "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_EQ(request.header("authorization"), "Token secret");
    EXPECT_EQ(request.header("sec-websocket-protocol"), "asr.v1");
    EXPECT_EQ(request.header("sec-websocket-version"), "13");
    EXPECT_EQ(request.header("sec-websocket-extensions"), "");
    EXPECT_THAT(request.header("user-agent"), StartsWith("asr_stream/"));
    EXPECT_EQ(std::ranges::count(request.headers, "X-Call", &std::pair<std::string, std::string>::first), 2);
    EXPECT_EQ((*connection)->subprotocol(), "asr.v1");
    (*connection)->abort();
}

TEST_F(Connecting, OwnUserAgentReplacesOurs) {
    std::string agent;
    ScriptedServer server{[&agent](Session& session) {
        agent = session.request()->header("User-Agent");
        session.accept();
        session.send_text("ready");
        session.hang();
    }};
    const auto connection = client.dial({.url = server.url(), .headers = {{"user-agent", "switch/1"}}});
    ASSERT_TRUE(connection);
    EXPECT_EQ(hear(*connection).payload, "ready");
    EXPECT_EQ(agent, "switch/1");
}

TEST_F(Connecting, ReportsItsTimings) {
    ScriptedServer server{hang_after_accept};
    const auto dialer = client.dialer({.url = server.url("/", "localhost")});
    const auto connection = client.run(dialer->dial());
    ASSERT_TRUE(connection) << connection.error().message();
    const ConnectTimings& timings = (*connection)->timings();
    EXPECT_EQ(timings.address, "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_GT(timings.resolve.count(), 0);
    EXPECT_GE(timings.connect, timings.resolve);
    EXPECT_GE(timings.handshake, timings.connect);
    EXPECT_EQ(timings.proxy.count(), 0);
    EXPECT_EQ(timings.tls.count(), 0);
    EXPECT_EQ(&dialer->timings(), &timings);
}

TEST_F(Connecting, SpeaksIpv6) {
    ScriptedServer server{echo, {.address = "::1"}};
    const auto connection = client.dial(server.url());
    ASSERT_TRUE(connection) << connection.error().message();
    EXPECT_EQ((*connection)->timings().address, "[::1]:" + std::to_string(server.port()));
    ASSERT_TRUE((*connection)->send(Opcode::text, "over six"));
    EXPECT_EQ(hear(*connection).payload, "over six");
    (*connection)->abort();
}

TEST_F(Connecting, FallsBackToTheFamilyThatAnswers) {
    // "localhost" is ::1 and 127.0.0.1; only one of them listens.
    for (const char* address : {"127.0.0.1", "::1"}) {
        ScriptedServer server{hang_after_accept, {.address = address}};
        const auto connection = client.dial("ws://localhost:" + std::to_string(server.port()));
        ASSERT_TRUE(connection) << address << connection.error().message();
        EXPECT_THAT((*connection)->timings().address, HasSubstr(address));
    }
}

TEST_F(Connecting, ServiceMaySendWithItsAnswer) {
    ScriptedServer server{[](Session& session) {
        session.accept();
        session.send_fragmented(std::string(5000, 'a'), 999);
        session.hang();
    }};
    const auto connection = client.dial(server.url());
    ASSERT_TRUE(connection);
    EXPECT_EQ(hear(*connection).payload, std::string(5000, 'a'));
    (*connection)->abort();
}

TEST_F(Connecting, RefusedPortIsNamed) {
    const std::string port = std::to_string(unused_port());
    const Error error = error_of({.url = "ws://127.0.0.1:" + port});
    EXPECT_EQ(error.code, Errc::connect_refused);
    EXPECT_EQ(error.context, "ws://127.0.0.1:" + port + ": 127.0.0.1:" + port + " Connection refused");
}

TEST_F(Connecting, RefusedNameTellsOfEveryAddress) {
    const std::string port = std::to_string(unused_port());
    const Error error = error_of({.url = "ws://localhost:" + port});
    EXPECT_EQ(error.code, Errc::connect_refused);
    EXPECT_THAT(error.context, AllOf(HasSubstr("127.0.0.1:" + port), HasSubstr("[::1]:" + port)));
}

TEST_F(Connecting, UnreachableNetworkIsAConnectFailure) {
    const Error error = error_of({.url = "ws://255.255.255.255:1"});
    EXPECT_EQ(error.code, Errc::connect_failed);
    EXPECT_THAT(error.context, HasSubstr("255.255.255.255:1 "));
}

TEST_F(Connecting, WrongSettingsAreRefusedBeforeAnyPacket) {
    EXPECT_EQ(error_of({.url = "http://127.0.0.1/"}).code, Errc::invalid_url);
    EXPECT_EQ(error_of({.url = "ws://127.0.0.1/", .headers = {{"Host", "x"}}}).code, Errc::invalid_setting);
    EXPECT_EQ(error_of({.url = "ws://127.0.0.1/", .headers = {{"X", "a\r\nb: c"}}}).code, Errc::invalid_setting);
    EXPECT_EQ(error_of({.url = "ws://127.0.0.1/", .subprotocol = "a, b"}).code, Errc::invalid_setting);
    EXPECT_EQ(error_of({.url = "ws://127.0.0.1/", .proxy = "socks5://127.0.0.1"}).code, Errc::invalid_setting);
}

struct Answer {
    const char* name;
    Script script;
    Errc code;
    const char* context;
};

constexpr auto switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";

void answer_raw(Session& session, const std::string& text) {
    if (session.request() != nullptr) session.raw(text);
}

class ConnectingAnswer : public Connecting, public testing::WithParamInterface<Answer> {};

TEST_P(ConnectingAnswer, OtherThanAnUpgradeIsExplained) {
    ScriptedServer server{GetParam().script};
    const Error error = error_of({.url = server.url()});
    EXPECT_EQ(error.code, GetParam().code) << error.message();
    EXPECT_THAT(error.context, HasSubstr(GetParam().context));
    EXPECT_LT(error.context.size(), 400u);
}

INSTANTIATE_TEST_SUITE_P(
    All, ConnectingAnswer,
    testing::Values(
        Answer{"Unauthorized", [](Session& s) { s.refuse(401, "Unauthorized", "no\r\n token \x01 here"); },
               Errc::handshake_refused, "HTTP 401 Unauthorized: no token ? here"},
        Answer{"Forbidden", [](Session& s) { s.refuse(403, "Forbidden"); }, Errc::handshake_refused,
               "HTTP 403 Forbidden"},
        Answer{"NotFound", [](Session& s) { s.refuse(404, "Not Found", std::string(5000, 'x')); },
               Errc::handshake_refused, "HTTP 404 Not Found: xxx"},
        Answer{"Unavailable", [](Session& s) { s.refuse(503, "Service Unavailable", "busy"); }, Errc::handshake_refused,
               "HTTP 503 Service Unavailable: busy"},
        Answer{"Moved",
               [](Session& s) {
                   s.refuse(301, "Moved", "", {{"Location", "https://other/"}});
               },
               Errc::handshake_refused, "HTTP 301 Moved to https://other/"},
        Answer{"Ordinary", [](Session& s) { s.refuse(200, "OK", "<html>"); }, Errc::handshake_refused,
               "HTTP 200 OK: <html>"},
        Answer{"BodyWithoutEnd",
               [](Session& s) {
                   answer_raw(s, "HTTP/1.1 500 Broken\r\n\r\n");
                   while (s.raw(std::string(4096, 'x'))) {
                   }
               },
               Errc::handshake_refused, "HTTP 500 Broken"},
        Answer{"BodyCutShort",
               [](Session& s) { answer_raw(s, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 99\r\n\r\nhalf"), s.cut(); },
               Errc::handshake_refused, "HTTP 502 Bad Gateway"},
        Answer{"NotHttp", [](Session& s) { s.raw("SSH-2.0-OpenSSH_9.2\r\n"), s.hang(); }, Errc::handshake_failed,
               "bad version"},
        Answer{"Bytes", [](Session& s) { s.raw(std::string(3000, '\0')), s.hang(); }, Errc::handshake_failed, ""},
        Answer{"HugeHeader",
               [](Session& s) {
                   answer_raw(s, std::string{switching} + "X: ");
                   while (s.raw(std::string(4096, 'x'))) {
                   }
               },
               Errc::handshake_failed, "limit"},
        Answer{"HalfAHeader", [](Session& s) { answer_raw(s, std::string{switching}), s.cut(); },
               Errc::handshake_failed, ""},
        Answer{"NothingAtAll", [](Session& s) { s.request(), s.cut(); }, Errc::handshake_failed, "without an answer"},
        Answer{"Reset", [](Session& s) { s.request(), s.reset(); }, Errc::handshake_failed, "reset"},
        Answer{
            "WrongAccept",
            [](Session& s) { answer_raw(s, std::string{switching} + "Sec-WebSocket-Accept: AAAA\r\n\r\n"), s.hang(); },
            Errc::handshake_failed, "Sec-WebSocket-Accept"},
        Answer{"NoAccept", [](Session& s) { answer_raw(s, std::string{switching} + "\r\n"), s.hang(); },
               Errc::handshake_failed, "Sec-WebSocket-Accept"},
        Answer{"NoUpgradeHeader",
               [](Session& s) { answer_raw(s, "HTTP/1.1 101 OK\r\nConnection: Upgrade\r\n\r\n"), s.hang(); },
               Errc::handshake_failed, "Upgrade"},
        Answer{"OtherSubprotocol", [](Session& s) { s.accept("unasked"), s.hang(); }, Errc::handshake_failed,
               "subprotocol 'unasked', offered was none"},
        Answer{"UnaskedExtension",
               [](Session& s) {
                   s.accept({}, {{"Sec-WebSocket-Extensions", "permessage-deflate"}}), s.hang();
               },
               Errc::handshake_failed, "extension that was not offered"}),
    [](const auto& test) { return test.param.name; });

struct Hanging : Connecting {
    static constexpr auto time = 60ms;
    /// Lets a dial run into its time-out, then another into abort().
    void expect_hang(ConnectOptions options, const std::string& step) {
        options.timeout = time;
        const Error error = error_of(options);
        EXPECT_EQ(error.code, Errc::connect_timeout) << error.message();
        EXPECT_THAT(error.context, AllOf(HasSubstr("step " + step + " "), HasSubstr("connect-timeout=60 ms")));

        options.timeout = 60s;
        const auto dialer = client.dialer(options);
        std::optional<Dialed> dialed;
        asio::co_spawn(client.loop, dialer->dial(),
                       [&](std::exception_ptr, Dialed result) { dialed = std::move(result); });
        client.loop.restart();
        for (int i = 0; i < 50; ++i) client.loop.run_one_for(1ms);
        ASSERT_FALSE(dialed);
        dialer->abort();
        client.run_until([&] { return dialed.has_value(); });
        EXPECT_EQ(dialed->error().code, Errc::stopped);
        dialer->abort();
    }
};

TEST_F(Hanging, AtConnect) {
    SilentPort silent;
    expect_hang({.url = "ws://127.0.0.1:" + std::to_string(silent.port())}, "connect");
}

TEST_F(Hanging, AtTheProxy) {
    ScriptedServer proxy{asr_stream::test::hang};
    expect_hang({.url = "ws://127.0.0.1:1", .proxy = "http://127.0.0.1:" + std::to_string(proxy.port())}, "proxy");
}

TEST_F(Hanging, AtTls) {
    ScriptedServer server{asr_stream::test::hang};
    expect_hang({.url = "wss://127.0.0.1:" + std::to_string(server.port())}, "TLS");
}

TEST_F(Hanging, AtTheHandshake) {
    ScriptedServer server{asr_stream::test::hang};
    expect_hang({.url = server.url()}, "handshake");
}

TEST_F(Hanging, AtAHandshakeThatDrips) {
    ScriptedServer server{[](Session& session) {
        session.raw("HTTP/1.1 101 Sw");
        session.hang();
    }};
    expect_hang({.url = server.url()}, "handshake");
}

TEST_F(Connecting, AbortBeforeDialEndsItAtOnce) {
    ScriptedServer server{echo};
    const auto dialer = client.dialer({.url = server.url()});
    dialer->abort();
    const auto connection = client.run(dialer->dial());
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().code, Errc::stopped);
}

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

TEST_F(Proxied, ProxyThatIsDownIsARefusedConnect) {
    const Error error =
        error_of({.url = "ws://asr.example", .proxy = "http://127.0.0.1:" + std::to_string(unused_port())});
    EXPECT_EQ(error.code, Errc::connect_refused);
}

}  // namespace
}  // namespace asr_stream::websocket::test
