#include "engine/connection_fsm.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace asr_stream::engine {

/// What a failing test shows of an action.
std::ostream& operator<<(std::ostream& out, const Action& action);

std::ostream& operator<<(std::ostream& out, const Action& action) {
    if (const auto* one = std::get_if<Connect>(&action)) return out << "Connect{" << one->attempt << "}";
    if (const auto* one = std::get_if<BackOff>(&action)) return out << "BackOff{" << one->delay.count() << "}";
    if (const auto* one = std::get_if<Finish>(&action))
        return out << "Finish{" << (one->error ? one->error->message() : "as asked")
                   << (one->drained ? ", drained}" : "}");
    return out << "action " << action.index();
}

namespace {

using namespace std::chrono_literals;
using State = ConnectionFsm::State;

const Action nothing{};
constexpr double no_jitter = 0.5;

Error error(Errc code, std::string context = {}) { return {code, std::move(context)}; }
Action finish(Errc code) { return Finish{error(code), false}; }
Action as_asked(bool drained) { return Finish{std::nullopt, drained}; }

ConnectionFsm streaming(ConnectionFsm::Limits limits = {}) {
    ConnectionFsm fsm{limits};
    EXPECT_EQ(fsm.start(), Action{Connect{1}});
    EXPECT_EQ(fsm.on_connected(false), Action{StartStreaming{}});
    return fsm;
}

ConnectionFsm draining() {
    auto fsm = streaming();
    EXPECT_EQ(fsm.on_stop(true), Action{Drain{}});
    return fsm;
}

TEST(ConnectionFsm, StreamsAsSoonAsItIsConnected) {
    ConnectionFsm fsm{{}};
    EXPECT_EQ(fsm.state(), State::idle);
    EXPECT_EQ(fsm.start(), Action{Connect{1}});
    EXPECT_FALSE(fsm.has_connection());
    EXPECT_EQ(fsm.on_connected(false), Action{StartStreaming{}});
    EXPECT_EQ(fsm.state(), State::streaming);
    EXPECT_TRUE(fsm.takes_audio());
}

TEST(ConnectionFsm, WaitsForAServiceThatSaysWhenItIsReady) {
    ConnectionFsm fsm{{}};
    EXPECT_EQ(fsm.start(), Action{Connect{1}});
    EXPECT_EQ(fsm.on_connected(true), Action{WaitForReady{}});
    EXPECT_TRUE(fsm.has_connection());
    EXPECT_FALSE(fsm.takes_audio());
    EXPECT_EQ(fsm.on_ready(), Action{StartStreaming{}});
    EXPECT_EQ(fsm.on_ready(), nothing) << "a service that repeats itself changes nothing";
}

TEST(ConnectionFsm, BacksOffTwiceAsLongEachTimeThenGivesUp) {
    ConnectionFsm fsm{{.attempts = 3, .first_delay = 200ms, .longest_delay = 500ms}};
    EXPECT_EQ(fsm.start(), Action{Connect{1}});
    EXPECT_EQ(fsm.on_failed(error(Errc::connect_refused), no_jitter), Action{BackOff{200ms}});
    EXPECT_EQ(fsm.on_backoff_elapsed(), Action{Connect{2}});
    EXPECT_EQ(fsm.on_failed(error(Errc::connect_refused), no_jitter), Action{BackOff{400ms}});
    EXPECT_EQ(fsm.on_backoff_elapsed(), Action{Connect{3}});
    EXPECT_EQ(fsm.on_failed(error(Errc::connect_refused), no_jitter), Action{BackOff{500ms}});
    EXPECT_EQ(fsm.on_backoff_elapsed(), Action{Connect{4}});
    const Action last = fsm.on_failed(error(Errc::connect_timeout, "127.0.0.1:9"), no_jitter);
    EXPECT_EQ(last, finish(Errc::reconnects_exhausted));
    EXPECT_EQ(std::get<Finish>(last).error->context, "3 reconnects; the last: connect timed out: 127.0.0.1:9");
    EXPECT_EQ(fsm.state(), State::closed);
}

TEST(ConnectionFsm, JitterSpreadsTheDelayByAQuarterEitherWay) {
    for (const auto& [jitter, delay] : {std::pair{0.0, 150ms}, std::pair{0.5, 200ms}, std::pair{1.0, 250ms}}) {
        ConnectionFsm fsm{{.attempts = 1, .first_delay = 200ms}};
        EXPECT_EQ(fsm.start(), Action{Connect{1}});
        EXPECT_EQ(fsm.on_failed(error(Errc::connect_refused), jitter), Action{BackOff{delay}});
    }
}

TEST(ConnectionFsm, ManyFailuresDoNotOverflowTheDelay) {
    ConnectionFsm fsm{{.attempts = 1000, .first_delay = 60s, .longest_delay = 600s}};
    Action action = fsm.start();
    for (int i = 0; i < 1000; ++i) {
        action = fsm.on_failed(error(Errc::connect_refused), no_jitter);
        ASSERT_TRUE(std::holds_alternative<BackOff>(action));
        EXPECT_LE(std::get<BackOff>(action).delay, 600s);
        EXPECT_GE(std::get<BackOff>(action).delay, 60s);
        ASSERT_TRUE(std::holds_alternative<Connect>(fsm.on_backoff_elapsed()));
    }
}

TEST(ConnectionFsm, AUsefulSessionBeginsTheCountingAnew) {
    auto fsm = streaming({.attempts = 1, .first_delay = 100ms});
    for (int i = 0; i < 5; ++i) {
        fsm.on_useful();
        EXPECT_EQ(fsm.on_failed(error(Errc::connection_lost), no_jitter), Action{BackOff{100ms}});
        EXPECT_TRUE(std::holds_alternative<Connect>(fsm.on_backoff_elapsed()));
        EXPECT_EQ(fsm.on_connected(false), Action{StartStreaming{}});
    }
    EXPECT_EQ(fsm.on_failed(error(Errc::closed_by_service), no_jitter), finish(Errc::reconnects_exhausted))
        << "the last session was of no use";
}

TEST(ConnectionFsm, WithoutAttemptsTheFirstFailureIsTheLastAndKeepsItsName) {
    auto fsm = streaming({.attempts = 0});
    EXPECT_EQ(fsm.on_failed(error(Errc::connection_lost), no_jitter), finish(Errc::connection_lost));
}

TEST(ConnectionFsm, DoesNotRetryWhatWillNotMendItself) {
    for (const Error& hopeless :
         {error(Errc::tls_untrusted), error(Errc::tls_hostname_mismatch), error(Errc::tls_config),
          error(Errc::invalid_url), error(Errc::handshake_refused, "HTTP 401 Unauthorized"),
          error(Errc::handshake_refused, "ws://10.0.0.1:8080/: HTTP 404"),
          error(Errc::proxy_refused, "HTTP 407 Proxy Authentication Required"),
          error(Errc::handshake_refused, "ws://asr503/: HTTP 301 Moved to https://x")}) {
        ConnectionFsm fsm{{}};
        EXPECT_EQ(fsm.start(), Action{Connect{1}});
        EXPECT_EQ(fsm.on_failed(hopeless, no_jitter), (Action{Finish{hopeless, false}})) << hopeless.message();
    }
}

TEST(ConnectionFsm, RetriesWhatMayMendItself) {
    for (const Error& passing :
         {error(Errc::handshake_refused, "HTTP 503 Service Unavailable"),
          error(Errc::handshake_refused, "ws://10.0.0.1:401/v404: HTTP 429"), error(Errc::handshake_refused),
          error(Errc::proxy_refused, "HTTP 502"), error(Errc::service_overloaded), error(Errc::host_not_found),
          error(Errc::message_too_big), error(Errc::protocol_violation)}) {
        ConnectionFsm fsm{{}};
        EXPECT_EQ(fsm.start(), Action{Connect{1}});
        EXPECT_EQ(fsm.on_failed(passing, no_jitter), Action{BackOff{200ms}}) << passing.message();
    }
}

TEST(ConnectionFsm, StopSendsTheRestWaitsForTheEndAndClosesWithAHandshake) {
    auto fsm = draining();
    EXPECT_TRUE(fsm.is_stopping());
    EXPECT_TRUE(fsm.takes_audio());
    EXPECT_EQ(fsm.on_stop(true), nothing) << "a second stop changes nothing";
    EXPECT_EQ(fsm.on_end(true), Action{CloseHandshake{}});
    EXPECT_EQ(fsm.on_end(true), nothing);
    EXPECT_EQ(fsm.on_closed(), as_asked(true));
    EXPECT_EQ(fsm.on_closed(), nothing);
}

TEST(ConnectionFsm, AServiceThatClosesAfterItsLastResultHasDrained) {
    auto fsm = draining();
    EXPECT_EQ(fsm.on_drained_by_close(), as_asked(true));
}

TEST(ConnectionFsm, AnEndBeforeAllAudioWasSentHasNotDrained) {
    auto fsm = draining();
    EXPECT_EQ(fsm.on_end(false), Action{CloseHandshake{}});
    EXPECT_EQ(fsm.on_closed(), as_asked(false));
}

TEST(ConnectionFsm, ALateServiceIsClosedAndTheStreamSaysSo) {
    auto fsm = draining();
    EXPECT_EQ(fsm.on_drain_timeout(), Action{CloseHandshake{}});
    EXPECT_EQ(fsm.on_drain_timeout(), nothing);
    EXPECT_EQ(fsm.on_closed(), finish(Errc::drain_timeout));
}

TEST(ConnectionFsm, AConnectionLostWhileClosingEndsItAllTheSame) {
    auto fsm = draining();
    EXPECT_EQ(fsm.on_end(true), Action{CloseHandshake{}});
    EXPECT_EQ(fsm.on_failed(error(Errc::connection_lost), no_jitter), as_asked(true));
    auto closing = draining();
    EXPECT_EQ(closing.on_end(true), Action{CloseHandshake{}});
    EXPECT_EQ(closing.on_drained_by_close(), as_asked(true));
}

TEST(ConnectionFsm, DoesNotReconnectAfterStop) {
    auto fsm = draining();
    EXPECT_EQ(fsm.on_failed(error(Errc::connection_lost), no_jitter), finish(Errc::connection_lost));
}

TEST(ConnectionFsm, StopWhileConnectingStillDeliversWhatWasSaid) {
    ConnectionFsm fsm{{}};
    EXPECT_EQ(fsm.start(), Action{Connect{1}});
    EXPECT_EQ(fsm.on_stop(true), nothing);
    EXPECT_EQ(fsm.on_connected(true), Action{WaitForReady{}});
    EXPECT_EQ(fsm.on_ready(), Action{Drain{}});
    EXPECT_EQ(fsm.on_end(true), Action{CloseHandshake{}});
}

TEST(ConnectionFsm, StopWhileConnectingWithNothingToSayEndsAtOnce) {
    ConnectionFsm fsm{{}};
    EXPECT_EQ(fsm.start(), Action{Connect{1}});
    EXPECT_EQ(fsm.on_stop(false), as_asked(true));
    EXPECT_EQ(fsm.on_connected(false), nothing) << "the dial that was under way is not meant any more";
}

TEST(ConnectionFsm, StopWhileConnectingIsBoundedByTheDrainTimeout) {
    ConnectionFsm fsm{{}};
    EXPECT_EQ(fsm.start(), Action{Connect{1}});
    EXPECT_EQ(fsm.on_stop(true), nothing);
    EXPECT_EQ(fsm.on_drain_timeout(), finish(Errc::drain_timeout));
}

TEST(ConnectionFsm, StopWhileBackingOffEndsWithWhatWentWrong) {
    auto fsm = streaming();
    EXPECT_EQ(fsm.on_failed(error(Errc::stalled), no_jitter), Action{BackOff{200ms}});
    EXPECT_EQ(fsm.on_stop(true), finish(Errc::stalled));
    auto silent = streaming();
    EXPECT_EQ(silent.on_failed(error(Errc::stalled), no_jitter), Action{BackOff{200ms}});
    EXPECT_EQ(silent.on_stop(false), as_asked(true));
}

TEST(ConnectionFsm, AFatalErrorEndsEveryState) {
    ConnectionFsm connecting{{}};
    EXPECT_EQ(connecting.start(), Action{Connect{1}});
    EXPECT_EQ(connecting.on_fatal(error(Errc::memory_limit)), finish(Errc::memory_limit));
    auto fsm = draining();
    EXPECT_EQ(fsm.on_fatal(error(Errc::too_many_finals)), finish(Errc::too_many_finals));
    EXPECT_EQ(fsm.on_fatal(error(Errc::too_many_finals)), nothing);
}

TEST(ConnectionFsm, AbortEndsEveryStateAndOnlyOnce) {
    ConnectionFsm idle{{}};
    EXPECT_EQ(idle.on_abort(), as_asked(false));
    EXPECT_EQ(idle.on_abort(), nothing);
    auto backing_off = streaming();
    EXPECT_EQ(backing_off.on_failed(error(Errc::stalled), no_jitter), Action{BackOff{200ms}});
    EXPECT_EQ(backing_off.on_abort(), as_asked(false));
    auto closing = draining();
    EXPECT_EQ(closing.on_end(true), Action{CloseHandshake{}});
    EXPECT_EQ(closing.on_abort(), as_asked(true));
}

TEST(ConnectionFsm, EventsThatComeTooLateDoNothing) {
    auto fsm = streaming();
    EXPECT_EQ(fsm.on_abort(), as_asked(false));
    EXPECT_EQ(fsm.on_connected(true), nothing);
    EXPECT_EQ(fsm.on_ready(), nothing);
    EXPECT_EQ(fsm.on_failed(error(Errc::stalled), no_jitter), nothing);
    EXPECT_EQ(fsm.on_backoff_elapsed(), nothing);
    EXPECT_EQ(fsm.on_stop(true), nothing);
    EXPECT_EQ(fsm.on_end(true), nothing);
    EXPECT_EQ(fsm.on_drained_by_close(), nothing);
    EXPECT_EQ(fsm.on_drain_timeout(), nothing);
    EXPECT_EQ(fsm.on_closed(), nothing);
}

TEST(ConnectionFsm, KnowsAnOrdinaryCloseFromOthers) {
    EXPECT_TRUE(is_normal_close(error(Errc::closed_by_service, "code=1000 reason=done")));
    EXPECT_TRUE(is_normal_close(error(Errc::closed_by_service, "code=none reason=")));
    EXPECT_FALSE(is_normal_close(error(Errc::closed_by_service, "code=1011 reason=")));
    EXPECT_FALSE(is_normal_close(error(Errc::connection_lost, "code=1000")));
}

TEST(ConnectionFsm, StatesHaveNames) {
    EXPECT_EQ(name_of(State::backing_off), "backing_off");
    EXPECT_EQ(name_of(State::closed), "closed");
}

}  // namespace
}  // namespace asr_stream::engine
