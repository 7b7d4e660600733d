#include "websocket/resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "support/dns_server.hpp"

namespace asr_stream::websocket {
namespace {

using asr_stream::test::DnsAnswer;
using asr_stream::test::DnsServer;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

boost::asio::awaitable<Result<Addresses>> wait(std::shared_ptr<Resolver::Lookup> lookup) {
    auto result = co_await lookup->wait();
    co_return result;
}

struct Resolving : testing::Test {
    using Outcome = std::optional<Result<Addresses>>;

    ResolverOptions options() {
        return {.servers = "127.0.0.1:" + std::to_string(dns.port()),
                .now = [this] { return now; },
                .timeout = timeout,
                .tries = 1};
    }
    void begin(Outcome& outcome, std::shared_ptr<Resolver::Lookup> lookup) {
        boost::asio::co_spawn(loop, wait(std::move(lookup)), [&outcome](std::exception_ptr, Result<Addresses> result) {
            outcome.emplace(std::move(result));
        });
    }
    template <class Condition>
    void run_until(Condition condition) {
        loop.restart();
        while (!condition()) loop.run_one_for(10ms);
    }
    Result<Addresses> resolve(const std::string& host) {
        Outcome outcome;
        begin(outcome, resolver().lookup(host));
        run_until([&] { return outcome.has_value(); });
        return *outcome;
    }
    std::vector<std::string> texts(const Result<Addresses>& result) {
        std::vector<std::string> list;
        if (!result) list.push_back(result.error().message());
        if (result)
            for (const auto& address : *result) list.push_back(address.to_string());
        return list;
    }
    Resolver& resolver() {
        if (!resolver_) resolver_.emplace(loop, options());
        return *resolver_;
    }

    Resolver::Clock::time_point now{1000h};
    std::chrono::milliseconds timeout{20'000};
    DnsServer dns;
    boost::asio::io_context loop;
    std::optional<Resolver> resolver_;
};

TEST_F(Resolving, GivesLiteralAddressesWithoutAskingAnybody) {
    EXPECT_THAT(texts(resolve("192.0.2.7")), ElementsAre("192.0.2.7"));
    EXPECT_THAT(texts(resolve("2001:db8::7")), ElementsAre("2001:db8::7"));
    EXPECT_EQ(dns.queries(), 0u);
    EXPECT_EQ(resolver().cached_names(), 0u);
}

TEST_F(Resolving, FindsLocalhostWithoutAskingAnybody) {
    for (const char* name : {"localhost", "LocalHost.", "asr.localhost"})
        EXPECT_THAT(texts(resolve(name)), ElementsAre("::1", "127.0.0.1")) << name;
    EXPECT_EQ(dns.queries(), 0u);
    EXPECT_FALSE(resolve("notlocalhost"));
    EXPECT_GT(dns.queries("notlocalhost"), 0u);
}

TEST_F(Resolving, AsksForBothFamiliesAndPutsIpv6First) {
    dns.set("both.example", {.v4 = {"192.0.2.1", "192.0.2.2"}, .v6 = {"2001:db8::1"}});
    EXPECT_THAT(texts(resolve("both.example")), ElementsAre("2001:db8::1", "192.0.2.1", "192.0.2.2"));
    EXPECT_EQ(dns.queries("both.example"), 2u);
}

TEST_F(Resolving, OneFamilyIsEnough) {
    dns.set("old.example", {.v4 = {"192.0.2.1"}});
    dns.set("new.example", {.v6 = {"2001:db8::1"}});
    EXPECT_THAT(texts(resolve("old.example")), ElementsAre("192.0.2.1"));
    EXPECT_THAT(texts(resolve("new.example")), ElementsAre("2001:db8::1"));
}

TEST_F(Resolving, KeepsAnswersForTheirTimeToLive) {
    dns.set("asr.example", {.v4 = {"192.0.2.1"}, .v6 = {"2001:db8::1"}, .ttl = 30});
    resolve("asr.example");
    dns.set("asr.example", {.v4 = {"192.0.2.9"}, .v6 = {"2001:db8::9"}, .ttl = 30});
    now += 29s;
    EXPECT_THAT(texts(resolve("asr.example")), ElementsAre("2001:db8::1", "192.0.2.1"));
    EXPECT_EQ(dns.queries("asr.example"), 2u);
    now += 1s;
    EXPECT_THAT(texts(resolve("asr.example")), ElementsAre("2001:db8::9", "192.0.2.9"));
    EXPECT_EQ(dns.queries("asr.example"), 4u);
}

TEST_F(Resolving, TimeToLiveHasBounds) {
    dns.set("short.example", {.v4 = {"192.0.2.1"}, .v6 = {"2001:db8::1"}, .ttl = 0});
    resolve("short.example");
    resolve("short.example");
    EXPECT_EQ(dns.queries("short.example"), 2u) << "a TTL of 0 counts as the least allowed";
    now += Resolver::min_ttl;
    resolve("short.example");
    EXPECT_EQ(dns.queries("short.example"), 4u);

    dns.set("long.example", {.v4 = {"192.0.2.1"}, .v6 = {"2001:db8::1"}, .ttl = 1'000'000});
    resolve("long.example");
    now += Resolver::max_ttl;
    resolve("long.example");
    EXPECT_EQ(dns.queries("long.example"), 4u);
}

TEST_F(Resolving, UnknownNameIsNotFoundAndRememberedBriefly) {
    const auto result = resolve("nowhere.example");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::host_not_found);
    EXPECT_EQ(result.error().context, "nowhere.example");
    const auto asked = dns.queries("nowhere.example");
    EXPECT_FALSE(resolve("nowhere.example"));
    EXPECT_EQ(dns.queries("nowhere.example"), asked);
    dns.set("nowhere.example", {.v4 = {"192.0.2.1"}});
    now += Resolver::negative_ttl;
    EXPECT_THAT(texts(resolve("nowhere.example")), ElementsAre("192.0.2.1"));
}

TEST_F(Resolving, NameThatExistsWithoutAddressesIsNotFound) {
    dns.set("mail.example", {});
    const auto result = resolve("mail.example");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::host_not_found);
}

TEST_F(Resolving, FailingServerIsAnotherErrorAndRememberedForASecond) {
    dns.set("broken.example", {.failure = true});
    const auto result = resolve("broken.example");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::resolve_failed);
    EXPECT_THAT(result.error().context, HasSubstr("broken.example: "));
    dns.set("broken.example", {.v4 = {"192.0.2.1"}});
    now += Resolver::failure_ttl;
    EXPECT_THAT(texts(resolve("broken.example")), ElementsAre("192.0.2.1"));
}

TEST_F(Resolving, SilentServerFailsAfterTheTimeOut) {
    timeout = 20ms;
    dns.set("silent.example", {.silent_v4 = true, .silent_v6 = true});
    const auto result = resolve("silent.example");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::resolve_failed);
    EXPECT_THAT(result.error().context, HasSubstr("Timeout"));
}

TEST_F(Resolving, OneHangingNameDoesNotDelayAnother) {
    dns.set("silent.example", {.silent_v4 = true, .silent_v6 = true});
    dns.set("quick.example", {.v4 = {"192.0.2.1"}, .v6 = {"2001:db8::1"}});
    Outcome hanging;
    const auto lookup = resolver().lookup("silent.example");
    begin(hanging, lookup);
    EXPECT_TRUE(resolve("quick.example"));
    EXPECT_FALSE(hanging);
    lookup->cancel();
    run_until([&] { return hanging.has_value(); });
    EXPECT_EQ(hanging->error().code, Errc::stopped);
}

TEST_F(Resolving, ServerThatIgnoresAaaaCostsOnlyTheShortWait) {
    dns.set("half.example", {.v4 = {"192.0.2.1"}, .silent_v6 = true});
    EXPECT_THAT(texts(resolve("half.example")), ElementsAre("192.0.2.1"));
    EXPECT_THAT(texts(resolve("half.example")), ElementsAre("192.0.2.1")) << "while AAAA is still being asked for";
    EXPECT_EQ(dns.queries("half.example"), 2u);
}

TEST_F(Resolving, LookupsOfOneNameShareTheQuery) {
    dns.set("busy.example", {.v4 = {"192.0.2.1"}, .v6 = {"2001:db8::1"}});
    std::vector<Outcome> outcomes(50);
    for (auto& outcome : outcomes) begin(outcome, resolver().lookup("busy.example"));
    run_until(
        [&] { return std::ranges::all_of(outcomes, [](const Outcome& outcome) { return outcome.has_value(); }); });
    for (const auto& outcome : outcomes) EXPECT_EQ((*outcome)->size(), 2u);
    EXPECT_EQ(dns.queries("busy.example"), 2u);
}

TEST_F(Resolving, CacheAndUnansweredNamesAreBounded) {
    for (std::size_t i = 0; i < Resolver::max_names + 10; ++i) {
        const std::string name = "n" + std::to_string(i) + ".example";
        dns.set(name, {.v4 = {"192.0.2.1"}, .v6 = {"2001:db8::1"}});
        ASSERT_TRUE(resolve(name));
        EXPECT_LE(resolver().cached_names(), Resolver::max_names);
    }
    std::vector<std::shared_ptr<Resolver::Lookup>> waiting;
    for (std::size_t i = 0; i < Resolver::max_unanswered; ++i) {
        const std::string name = "silent" + std::to_string(i) + ".example";
        dns.set(name, {.silent_v4 = true, .silent_v6 = true});
        waiting.push_back(resolver().lookup(name));
    }
    const auto result = resolve("one.more.example");
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().context, HasSubstr("too many names"));
    EXPECT_EQ(resolver().cached_names(), Resolver::max_names);
}

TEST_F(Resolving, MayEndWhileItWaits) {
    dns.set("silent.example", {.silent_v4 = true, .silent_v6 = true});
    dns.set("half.example", {.v4 = {"192.0.2.1"}, .silent_v6 = true});
    Outcome outcome;
    const auto lookup = resolver().lookup("silent.example");
    begin(outcome, lookup);
    const auto half = resolver().lookup("half.example");
    run_until([&] { return dns.queries("half.example") == 2; });
    resolver_.reset();
    lookup->cancel();
    run_until([&] { return outcome.has_value(); });
    EXPECT_EQ(outcome->error().code, Errc::stopped);
}

TEST_F(Resolving, UnusableServerListIsAFailureOfEachLookup) {
    auto wrong = options();
    wrong.servers = "not an address";
    resolver_.emplace(loop, wrong);
    const auto result = resolve("asr.example");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::resolve_failed);
}

}  // namespace
}  // namespace asr_stream::websocket
