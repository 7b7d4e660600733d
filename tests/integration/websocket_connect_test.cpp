#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include "support/dns_server.hpp"
#include "websocket_client.hpp"

/// Reaching a service: every step of a dial, and how each fails.
namespace asr_stream::websocket::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

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

/// Names are asked of a server of the test's own.
struct ConnectingByName : testing::Test {
    ResolverOptions resolver_options() { return {.servers = "127.0.0.1:" + std::to_string(dns.port())}; }
    DnsServer dns;
    Client client{resolver_options()};
};

TEST_F(ConnectingByName, UnknownHostIsNamed) {
    const auto connection = client.dial("ws://nowhere.example:2700/");
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().code, Errc::host_not_found);
    EXPECT_EQ(connection.error().context, "ws://nowhere.example:2700: nowhere.example");
}

TEST_F(ConnectingByName, AddressThatHangsDoesNotHoldUpTheNext) {
    ScriptedServer server{hang_after_accept};
    SilentPort silent{"::1", server.port()};
    dns.set("asr.example", {.v4 = {"127.0.0.1"}, .v6 = {"::1"}});
    const auto connection = client.dial("ws://asr.example:" + std::to_string(server.port()));
    ASSERT_TRUE(connection) << connection.error().message();
    EXPECT_EQ((*connection)->timings().address, "127.0.0.1:" + std::to_string(server.port()));
}

TEST_F(ConnectingByName, NameThatHangsRunsIntoTheTimeOutOrAbort) {
    dns.set("silent.example", {.silent_v4 = true, .silent_v6 = true});
    const auto late = client.dial({.url = "ws://silent.example", .timeout = 50ms});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::connect_timeout);
    EXPECT_THAT(late.error().context, HasSubstr("step resolve "));
    const auto dialer = client.dialer({.url = "ws://silent.example", .timeout = 60s});
    asio::post(client.loop, [&dialer] { dialer->abort(); });
    const auto stopped = client.run(dialer->dial());
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, Errc::stopped);
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

TEST_F(Connecting, ToleratesADeadNetworkForTwoStallTimeOuts) {
    Profile profile;
    profile.stall_timeout = 300ms;
    EXPECT_EQ(connect_options(profile, "ws://a").unacknowledged_timeout, 600ms);
}

TEST_F(Connecting, WrongSettingsAreRefusedBeforeAnyPacket) {
    EXPECT_EQ(error_of({.url = "http://127.0.0.1/"}).code, Errc::invalid_url);
    EXPECT_EQ(error_of({.url = "ws://127.0.0.1/", .headers = {{"Host", "x"}}}).code, Errc::invalid_setting);
    EXPECT_EQ(error_of({.url = "ws://127.0.0.1/", .headers = {{"X", "a\r\nb: c"}}}).code, Errc::invalid_setting);
    EXPECT_EQ(error_of({.url = "ws://127.0.0.1/", .subprotocol = "a, b"}).code, Errc::invalid_setting);
    EXPECT_EQ(error_of({.url = "ws://127.0.0.1/", .proxy = "socks5://127.0.0.1"}).code, Errc::invalid_setting);
}

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

}  // namespace
}  // namespace asr_stream::websocket::test
