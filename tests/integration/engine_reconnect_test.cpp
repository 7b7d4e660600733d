#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "engine_harness.hpp"

namespace asr_stream::test {
namespace {

using namespace std::chrono_literals;

/// The peers of all sessions, for scripts that run one after the other.
class Peers {
  public:
    JsonPeer& add() {
        const std::lock_guard lock{mutex_};
        return *peers_.emplace_back(std::make_unique<JsonPeer>());
    }
    [[nodiscard]] JsonPeer& at(std::size_t index) const {
        const std::lock_guard lock{mutex_};
        return *peers_.at(index);
    }
    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock{mutex_};
        return peers_.size();
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<JsonPeer>> peers_;
};

/// The last session heard everything from where it resumed to `end`, sample for sample.
void expect_complete(const JsonPeer& peer, std::uint64_t end) {
    ASSERT_FALSE(peer.audio.empty());
    EXPECT_EQ(peer.wrong(), 0u);
    std::uint64_t next = peer.start.at("resume_ms").to_number<std::uint64_t>() * 8;
    for (const auto& one : peer.audio) {
        EXPECT_EQ(one.position, next);
        next = one.position + one.samples.size();
    }
    EXPECT_EQ(next, end);
}

TEST(EngineReconnect, AfterALostConnectionTheReplayBeginsAtTheConfirmedPosition) {
    Peers peers;
    ScriptedServer server{[&](Session& session) {
        JsonPeer& peer = peers.add();
        if (session.index() > 0) return transcribe_all(session, peer);
        session.accept();
        peer.read_samples(session, 8000);
        session.send_text(final_message("first", 0, 600));
        peer.read_samples(session, 8160);
        session.reset();
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    std::uint64_t at = push_audio(stream, 0, 8000);
    ASSERT_TRUE(sink->wait_for(EventKind::final));
    at = push_audio(stream, at, 160);
    ASSERT_TRUE(sink->wait_for(EventKind::connected, 2));
    at = push_audio(stream, at, 4000);
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    sink->expect_well_formed();
    EXPECT_EQ(peers.at(1).start.at("resume_ms").to_number<int>(), 600);
    EXPECT_EQ(peers.at(1).start.at("attempt").to_number<int>(), 2);
    expect_complete(peers.at(1), at);
}

/// Runs a first session of `first`, then a second that transcribes all; checks that no audio was lost between them.
void expect_replay_after(const std::function<void(Session&, JsonPeer&)>& first, Errc reason, StreamConfig config = {}) {
    Peers peers;
    ScriptedServer server{[&](Session& session) {
        JsonPeer& peer = peers.add();
        if (session.index() > 0) return transcribe_all(session, peer);
        session.accept();
        peer.read_samples(session, 8000);
        session.send_text(final_message("first", 0, 500));
        first(session, peer);
    }};
    const auto url = server.url();
    if (config.profile.endpoints.empty()) config = json_stream(url);
    config.profile.endpoints = {{url, 1}};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(config, sink);
    std::uint64_t at = push_audio(stream, 0, 8000);
    while (sink->events(EventKind::disconnected).empty()) {  // a call goes on, whatever the service does
        at = push_audio(stream, at, 160);
        std::this_thread::sleep_for(5ms);
    }
    ASSERT_TRUE(sink->wait_for(EventKind::connected, 2));
    at = push_audio(stream, at, 1600);
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    sink->expect_well_formed();
    EXPECT_EQ(sink->events(EventKind::disconnected)[0].error->code, reason)
        << sink->events(EventKind::disconnected)[0].error->message();
    EXPECT_EQ(peers.at(1).start.at("resume_ms").to_number<int>(), 500);
    expect_complete(peers.at(1), at);
    EXPECT_TRUE(sink->closed().drained);
    const auto finals = sink->events(EventKind::final);
    ASSERT_EQ(finals.size(), 2u);
    EXPECT_EQ(finals[1].transcript.start, 500ms) << "on the call's clock";
    EXPECT_EQ(finals[1].utterance, 2u);
    EXPECT_FALSE(finals[1].replayed);
    EXPECT_GT(stream.stats().replayed_samples, 0u);
    EXPECT_EQ(stream.stats().reconnects, 1u);
    EXPECT_TRUE(engine.wait_until_all_memory_is_back());
}

TEST(EngineReconnect, ReplaysAfterACut) {
    expect_replay_after([](Session& session, JsonPeer&) { session.cut(); }, Errc::connection_lost);
}

TEST(EngineReconnect, ReplaysAfterTheServiceClosedInMidUtterance) {
    expect_replay_after([](Session& session, JsonPeer&) { session.close(1001, "restart"); }, Errc::closed_by_service);
}

TEST(EngineReconnect, ReplaysAfterAnUnaskedEnd) {
    expect_replay_after(
        [](Session& session, JsonPeer&) {
            session.send_text(end_message);
            session.hang();
        },
        Errc::closed_by_service);
}

TEST(EngineReconnect, ReplaysAfterTextThatIsNotUtf8) {
    expect_replay_after(
        [](Session& session, JsonPeer&) {
            session.send_text("{\"type\":\"partial\",\"text\":\"\xff\xfe\"}");
            session.hang();
        },
        Errc::protocol_violation);
}

TEST(EngineReconnect, ReplaysAfterAMessageThatIsTooBig) {
    expect_replay_after(
        [](Session& session, JsonPeer&) {
            session.flood(1u << 20);
            session.send_text(std::string(300'000, ' '));
            session.hang();
        },
        Errc::message_too_big);
}

TEST(EngineReconnect, ReplaysAfterAFatalErrorOfTheService) {
    expect_replay_after(
        [](Session& session, JsonPeer&) {
            session.send_text(R"({"type":"error","code":"overloaded","message":"come back","fatal":true})");
            session.hang();
        },
        Errc::service_overloaded);
}

TEST(EngineReconnect, ReplaysAfterTheServiceFroze) {
    auto config = json_stream("ws://x/");
    config.profile.stall_timeout = 1500ms;
    expect_replay_after(
        [](Session& session, JsonPeer&) {
            while (session.read_frame()) {  // it takes audio and pings, and answers nothing
            }
        },
        Errc::stalled, config);
}

TEST(EngineReconnect, EstimatedFinalsAreMarkedWhenAudioIsHeardTwice) {
    std::atomic<int> sessions{0};
    const std::string final = R"({"type":"transcription","is_final":true,"alternatives":[{"transcript":"yes"}]})";
    ScriptedServer server{[&](Session& session) {
        session.accept();
        const bool first = sessions++ == 0;
        std::size_t bytes = 0;
        while (const auto message = session.read()) {
            if (message->binary) bytes += message->payload.size();
            if (first && bytes == 32'000) {
                session.send_text(final);
                return session.cut();
            }
            if (!message->binary && message->payload.find("stop") != std::string::npos) {
                session.send_text(final);
                return session.close(1000);
            }
        }
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.dialect = "jambonz";
    Stream stream = engine.add(config, sink);
    push_audio(stream, 0, 16'000);
    ASSERT_TRUE(sink->wait_for(EventKind::connected, 2));
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    const auto finals = sink->events(EventKind::final);
    ASSERT_EQ(finals.size(), 2u);
    EXPECT_FALSE(finals[0].replayed);
    EXPECT_TRUE(finals[1].replayed);
    EXPECT_GT(stream.stats().replayed_samples, 0u);
}

TEST(EngineReconnect, TriesAgainUntilTheServiceAccepts) {
    Peers peers;
    ScriptedServer server{[&](Session& session) {
        if (session.index() < 3) return session.refuse(503, "Service Unavailable");
        transcribe_all(session, peers.add());
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    const auto at = push_audio(stream, 0, 4000);
    ASSERT_TRUE(sink->wait_for(EventKind::connected));
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    EXPECT_EQ(sink->events(EventKind::error).size(), 3u);
    for (const auto& event : sink->events(EventKind::error)) EXPECT_EQ(event.error->code, Errc::handshake_refused);
    EXPECT_EQ(stream.stats().connect_failures, 3u);
    expect_complete(peers.at(0), at);
    EXPECT_TRUE(sink->closed().drained);
}

TEST(EngineReconnect, GivesUpAfterReconnectAttempts) {
    ScriptedServer server{[](Session& session) { session.refuse(503, "Service Unavailable"); }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.reconnect_attempts = 2;
    Stream stream = engine.add(config, sink);
    ASSERT_TRUE(sink->wait_closed());
    sink->expect_well_formed();
    EXPECT_EQ(sink->closed().error->code, Errc::reconnects_exhausted);
    EXPECT_NE(sink->closed().error->context.find("503"), std::string::npos);
    EXPECT_EQ(sink->events(EventKind::error).size(), 3u);
    EXPECT_EQ(server.connections(), 3u);
    EXPECT_TRUE(eventually([&] { return engine->stats().streams_failed == 1; }));
    EXPECT_TRUE(
        eventually([&] { return engine.logged("closed: all reconnect-attempts failed: 2 reconnects; the last: "); }));
}

TEST(EngineReconnect, DoesNotComeBackWhereItIsNotWelcome) {
    ScriptedServer server{[](Session& session) { session.refuse(401, "Unauthorized", "no such key"); }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    ASSERT_TRUE(sink->wait_closed());
    EXPECT_EQ(sink->closed().error->code, Errc::handshake_refused);
    EXPECT_NE(sink->closed().error->context.find("HTTP 401"), std::string::npos);
    EXPECT_FALSE(sink->closed().drained);
    EXPECT_EQ(server.connections(), 1u);
}

TEST(EngineReconnect, PrefersAnEndpointThatHasNotJustFailed) {
    Peers peers;
    ScriptedServer server{[&](Session& session) { transcribe_all(session, peers.add()); }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.endpoints = {{"ws://127.0.0.1:" + std::to_string(unused_port()) + "/", 1000}, {server.url(), 1}};
    Stream stream = engine.add(config, sink);
    push_audio(stream, 0, 160);
    ASSERT_TRUE(sink->wait_for(EventKind::connected));
    EXPECT_LE(sink->events(EventKind::error).size(), 1u);
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    EXPECT_TRUE(sink->closed().drained);
}

TEST(EngineReconnect, AnIdleConnectionThatDiedIsNoticed) {
    ScriptedServer server{[](Session& session) {
        session.accept();
        if (session.index() == 0)
            session.hang();
        else
            read_on(session);
    }};
    TestEngine engine;
    const auto events = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.stall_timeout = 100ms;
    config.profile.idle_timeout = 300ms;
    Stream stream = engine.add(config, events);
    ASSERT_TRUE(events->wait_for(EventKind::connected, 2));
    EXPECT_EQ(events->events(EventKind::disconnected).at(0).error->code, Errc::idle_timeout);
    EXPECT_GE(stream.stats().idle_timeouts, 1u);
    stream.abort();
    ASSERT_TRUE(events->wait_closed());
}

TEST(EngineReconnect, APingKeepsAnIdleConnection) {
    ScriptedServer server{sink};
    TestEngine engine;
    const auto events = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.stall_timeout = 3000ms;
    config.profile.idle_timeout = 3000ms;
    Stream stream = engine.add(config, events);
    ASSERT_TRUE(events->wait_for(EventKind::connected));
    const auto before = stream.stats().received_bytes;
    push_audio(stream, 0, 160);
    EXPECT_TRUE(eventually([&] {  // pongs come, at first often, then seldom
        stream.send_text("x");
        std::this_thread::sleep_for(20ms);
        return stream.stats().received_bytes >= before + 12;
    }));
    EXPECT_TRUE(events->events(EventKind::disconnected).empty());
    stream.abort();
    ASSERT_TRUE(events->wait_closed());
}

TEST(EngineReconnect, BeyondQueueMsTheOldestIsDroppedWhileTheServiceDoesNotRead) {
    std::atomic<bool> go{false};
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) {
                              session.accept();
                              while (!go) std::this_thread::sleep_for(1ms);
                              peer.read_until_stop(session);
                              session.send_text(end_message);
                              read_on(session);
                          },
                          {.receive_buffer_bytes = 4096}};
    TestEngine engine;
    const auto events = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.queue_ms = 1000ms;
    config.profile.stall_timeout = 20'000ms;
    config.profile.idle_timeout = 60'000ms;
    config.profile.replay_ms = 60'000ms;
    config.profile.call_memory_bytes = 4u << 20;
    Stream stream = engine.add(config, events);
    ASSERT_TRUE(events->wait_for(EventKind::connected));
    std::uint64_t at = 0;
    while (stream.stats().queue_dropped_samples == 0 && at < 8000u * 600) at = push_audio(stream, at, 1600);
    ASSERT_GT(stream.stats().queue_dropped_samples, 0u);
    EXPECT_TRUE(eventually([&] { return engine.logged("ms of audio dropped"); }));
    go = true;
    stream.stop();
    ASSERT_TRUE(events->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    EXPECT_EQ(peer.wrong(), 0u) << "what came is at its place";
    EXPECT_EQ(peer.samples() + stream.stats().queue_dropped_samples, at) << "all else was dropped, and counted";
    milliseconds gap{};
    for (const auto& event : events->events()) gap += event.gap;
    EXPECT_EQ(gap.count(), static_cast<std::int64_t>(stream.stats().queue_dropped_samples / 8));
}

}  // namespace
}  // namespace asr_stream::test
