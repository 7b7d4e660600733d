#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "engine_harness.hpp"

namespace asr_stream::test {
namespace {

using namespace std::chrono_literals;

std::string url_of(std::uint16_t port) { return "ws://127.0.0.1:" + std::to_string(port) + "/"; }

TEST(EngineLifecycle, StopBeforeAnythingWasSaidEndsAtOnce) {
    const SilentPort silent;
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(url_of(silent.port())), sink);
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    sink->expect_well_formed();
    EXPECT_TRUE(sink->closed().drained);
    EXPECT_FALSE(sink->closed().error);
    EXPECT_TRUE(engine.wait_until_all_memory_is_back());
}

TEST(EngineLifecycle, StopWhileConnectingWithAudioIsBoundedByTheDrainTimeout) {
    const SilentPort silent;
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream(url_of(silent.port()));
    config.profile.drain_timeout = 50ms;
    Stream stream = engine.add(config, sink);
    push_audio(stream, 0, 160);
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    EXPECT_FALSE(sink->closed().drained);
    EXPECT_EQ(sink->closed().error->code, Errc::drain_timeout);
    EXPECT_EQ(stream.stats().drain_timeouts, 1u);
    EXPECT_TRUE(engine.wait_until_all_memory_is_back());
}

TEST(EngineLifecycle, AServiceThatNeverEndsIsLeftAfterTheDrainTimeout) {
    ScriptedServer server{sink};
    TestEngine engine;
    const auto events = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.drain_timeout = 100ms;
    Stream stream = engine.add(config, events);
    push_audio(stream, 0, 160);
    ASSERT_TRUE(events->wait_for(EventKind::connected));
    stream.stop();
    ASSERT_TRUE(events->wait_closed());
    EXPECT_FALSE(events->closed().drained);
    EXPECT_EQ(events->closed().error->code, Errc::drain_timeout);
    events->expect_well_formed();
}

TEST(EngineLifecycle, AServiceThatNeverAnswersTheCloseIsLeftToo) {
    ScriptedServer server{[](Session& session) {
        session.accept();
        JsonPeer peer;
        peer.read_until_stop(session);
        session.send_text(end_message);
        session.hang();
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    push_audio(stream, 0, 160);
    ASSERT_TRUE(sink->wait_for(EventKind::connected));
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    EXPECT_TRUE(sink->closed().drained) << "all results were here before the close";
    EXPECT_TRUE(engine.wait_until_all_memory_is_back());
}

TEST(EngineLifecycle, AConnectionLostAfterTheStopIsNotMadeAgain) {
    ScriptedServer server{[](Session& session) {
        session.accept();
        JsonPeer peer;
        peer.read_until_stop(session);
        session.reset();
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    push_audio(stream, 0, 160);
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    EXPECT_FALSE(sink->closed().drained);
    EXPECT_EQ(sink->closed().error->code, Errc::connection_lost);
    EXPECT_EQ(server.connections(), 1u);
}

TEST(EngineLifecycle, AbortWaitsForNothingInAnyState) {
    const SilentPort silent;
    ScriptedServer server{hang};  // TCP connects, the upgrade is never answered
    ScriptedServer listening{sink};
    const auto unused = url_of(unused_port());
    TestEngine engine;
    for (const auto& [url, wait_for] : {std::pair{url_of(silent.port()), -1}, std::pair{server.url(), -1},
                                        std::pair{unused, static_cast<int>(EventKind::error)},
                                        std::pair{listening.url(), static_cast<int>(EventKind::connected)}}) {
        const auto events = std::make_shared<RecordingSink>();
        auto config = json_stream(url);
        config.profile.reconnect_backoff = 60'000ms;
        config.profile.reconnect_backoff_max = 60'000ms;
        Stream stream = engine.add(config, events);
        push_audio(stream, 0, 160);
        if (wait_for >= 0) {
            ASSERT_TRUE(events->wait_for(static_cast<EventKind>(wait_for)));
        }
        stream.abort();
        ASSERT_TRUE(events->wait_closed());
        EXPECT_FALSE(events->closed().error);
        EXPECT_FALSE(events->closed().drained);
        stream.abort();
        stream.stop();
        events->expect_well_formed();
    }
    EXPECT_TRUE(engine.wait_until_all_memory_is_back());
}

TEST(EngineLifecycle, AbortWhileDrainingAndWhileClosing) {
    ScriptedServer server{[](Session& session) {
        session.accept();
        JsonPeer peer;
        peer.read_until_stop(session);
        if (session.index() == 1) session.send_text(end_message);
        session.hang();
    }};
    TestEngine engine;
    for (int i = 0; i < 2; ++i) {
        const auto events = std::make_shared<RecordingSink>();
        Stream stream = engine.add(json_stream(server.url()), events);
        push_audio(stream, 0, 160);
        ASSERT_TRUE(events->wait_for(EventKind::connected));
        stream.stop();
        EXPECT_TRUE(eventually([&] { return stream.stats().sent_frames == 1; }));
        stream.abort();
        ASSERT_TRUE(events->wait_closed());
        events->expect_well_formed();
    }
    EXPECT_TRUE(engine.wait_until_all_memory_is_back());
}

TEST(EngineLifecycle, StopWhileBackingOffEndsWithTheReason) {
    TestEngine engine;
    const auto events = std::make_shared<RecordingSink>();
    auto config = json_stream(url_of(unused_port()));
    config.profile.reconnect_backoff = 60'000ms;
    config.profile.reconnect_backoff_max = 60'000ms;
    Stream stream = engine.add(config, events);
    push_audio(stream, 0, 160);
    ASSERT_TRUE(events->wait_for(EventKind::error));
    stream.stop();
    ASSERT_TRUE(events->wait_closed());
    EXPECT_EQ(events->closed().error->code, Errc::connect_refused);
    EXPECT_FALSE(events->closed().drained);
}

TEST(EngineLifecycle, TheEngineMayGoWithStreamsInEveryState) {
    const SilentPort silent;
    ScriptedServer hanging{hang};
    ScriptedServer listening{sink};
    ScriptedServer closing{[](Session& session) {
        session.accept();
        JsonPeer peer;
        peer.read_until_stop(session);
        session.send_text(end_message);
        session.hang();
    }};
    TestEngine engine{{.loop_threads = 2}};
    std::vector<std::shared_ptr<RecordingSink>> sinks;
    std::vector<Stream> streams;
    for (const auto& url :
         {url_of(silent.port()), hanging.url(), listening.url(), closing.url(), url_of(unused_port())})
        for (int i = 0; i < 4; ++i) {
            auto config = json_stream(url);
            config.profile.reconnect_backoff = 60'000ms;
            config.profile.reconnect_backoff_max = 60'000ms;
            sinks.push_back(std::make_shared<RecordingSink>());
            streams.push_back(engine.add(config, sinks.back()));
            push_audio(streams.back(), 0, 320);
            if (i % 2 == 1) streams.back().stop();
        }
    engine.destroy();
    for (const auto& sink : sinks) {
        ASSERT_EQ(sink->events(EventKind::closed).size(), 1u);
        sink->expect_well_formed();
        EXPECT_EQ(sink.use_count(), 1) << "the sink is let go after closed";
    }
    EXPECT_EQ(sinks[0]->closed().error->code, Errc::shutting_down);
    for (Stream& stream : streams) {  // handles outlive the engine
        EXPECT_TRUE(stream.is_closed());
        EXPECT_FALSE(stream.push(audio_at(0, 160)));
        stream.stop();
        stream.send_text("x");
        EXPECT_EQ(stream.stats().pushed_samples, 320u);
    }
}

TEST(EngineLifecycle, DrainStopsAllStreamsAndRefusesNewOnes) {
    ScriptedServer server{[](Session& session) {
        JsonPeer peer;
        transcribe_all(session, peer);
    }};
    TestEngine engine;
    std::vector<std::shared_ptr<RecordingSink>> sinks;
    for (int i = 0; i < 5; ++i) {
        sinks.push_back(std::make_shared<RecordingSink>());
        Stream stream = engine.add(json_stream(server.url()), sinks.back());
        push_audio(stream, 0, 800);
        ASSERT_TRUE(sinks.back()->wait_for(EventKind::connected));
    }
    EXPECT_TRUE(engine->drain(20s));
    for (const auto& sink : sinks) {
        EXPECT_TRUE(sink->closed().drained);
        EXPECT_EQ(sink->events(EventKind::final).size(), 1u);
    }
    const auto refused = engine->add_stream(json_stream(server.url()), sinks[0]);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::shutting_down);
}

TEST(EngineLifecycle, DrainSaysWhenItsTimeIsOver) {
    ScriptedServer server{sink};
    TestEngine engine;
    const auto events = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), events);
    ASSERT_TRUE(events->wait_for(EventKind::connected));
    push_audio(stream, 0, 160);
    EXPECT_FALSE(engine->drain(50ms));
    engine.destroy();
    ASSERT_TRUE(events->wait_closed());
    EXPECT_EQ(events->closed().error->code, Errc::shutting_down);
}

TEST(EngineLifecycle, MoreThanMaxStreamsAreRefusedAndCounted) {
    ScriptedServer server{sink};
    TestEngine engine{{.max_streams = 2}};
    const auto events = std::make_shared<RecordingSink>();
    Stream first = engine.add(json_stream(server.url()), events);
    Stream second = engine.add(json_stream(server.url()), std::make_shared<RecordingSink>());
    const auto refused = engine->add_stream(json_stream(server.url()), events);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::stream_limit);
    EXPECT_EQ(engine->stats().streams, 2u);
    EXPECT_EQ(engine->stats().streams_refused, 1u);
    first.abort();
    ASSERT_TRUE(events->wait_closed());
    EXPECT_TRUE(eventually([&] { return engine->stats().streams == 1; }));
    EXPECT_TRUE(engine->add_stream(json_stream(server.url()), std::make_shared<RecordingSink>()));
}

TEST(EngineLifecycle, ConnectsBeyondConnectRateWaitTheirTurn) {
    ScriptedServer server{sink};
    TestEngine engine{{.connect_rate = 20}};
    std::vector<std::shared_ptr<RecordingSink>> sinks;
    std::vector<Stream> streams;
    for (int i = 0; i < 6; ++i) {
        sinks.push_back(std::make_shared<RecordingSink>());
        streams.push_back(engine.add(json_stream(server.url()), sinks.back()));
    }
    streams[3].abort();  // gives its turn to the next
    for (std::size_t i = 0; i < sinks.size(); ++i)
        ASSERT_TRUE(i == 3 ? sinks[i]->wait_closed() : sinks[i]->wait_for(EventKind::connected)) << i;
    EXPECT_GE(engine->stats().sum.connects_delayed, 1u);
    EXPECT_LE(engine->stats().sum.connects, server.connections());
}

TEST(EngineLifecycle, ABadConfigurationIsRefusedBeforeAnythingStarts) {
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream("ws://127.0.0.1:1/");
    config.profile.replay_ms = 1ms;
    const auto refused = engine->add_stream(config, sink);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_setting);
    EXPECT_EQ(engine->stats().streams_total, 0u);
    EXPECT_FALSE(Engine::create({.loop_threads = 0}, {}));
}

TEST(EngineLifecycle, AStreamThatNeedsTooMuchMemoryEndsAlone) {
    ScriptedServer server{[](Session& session) {
        session.accept();
        JsonPeer peer;
        peer.read_samples(session, 160);
        session.send_text(std::string(3u << 20, ' '));
        read_on(session);
    }};
    ScriptedServer good{sink};
    TestEngine engine;
    const auto neighbour = std::make_shared<RecordingSink>();
    Stream other = engine.add(json_stream(good.url()), neighbour);
    const auto events = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.max_message_bytes = 4u << 20;
    config.profile.call_memory_bytes = 1u << 20;
    Stream stream = engine.add(config, events);
    push_audio(stream, 0, 160);
    ASSERT_TRUE(events->wait_closed());
    EXPECT_EQ(events->closed().error->code, Errc::memory_limit) << events->closed().error->message();
    EXPECT_GE(stream.stats().memory_refusals, 1u);
    EXPECT_LE(stream.stats().memory_peak_bytes, std::size_t{1} << 20);
    ASSERT_TRUE(neighbour->wait_for(EventKind::connected));
    EXPECT_FALSE(other.is_closed());
    other.abort();
    ASSERT_TRUE(neighbour->wait_closed());
    EXPECT_TRUE(engine.wait_until_all_memory_is_back());
}

TEST(EngineLifecycle, ARingThatDoesNotFitIsRefusedAtOnce) {
    TestEngine engine;
    auto config = json_stream("ws://127.0.0.1:1/");
    config.profile.ring_ms = 10'000ms;
    config.profile.replay_ms = 20'000ms;
    config.sample_rate = 48'000;
    config.profile.sample_rate = 8000;
    config.profile.call_memory_bytes = 640'000;
    const auto refused = engine->add_stream(config, std::make_shared<RecordingSink>());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::memory_limit);
    EXPECT_EQ(engine->stats().streams, 0u);
}

TEST(EngineLifecycle, WhatCannotBeReadIsCountedAndTheStreamGoesOn) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) {
        session.accept();
        peer.read_samples(session, 160);
        session.send_text("{\"type\":\"fin");
        session.send_text("[]");
        session.send_text(R"({"type":"astonishment"})");
        session.send_binary("\x01\x02");
        session.send_text(R"({"type":"error","code":"hiccup","message":"never mind","fatal":false})");
        peer.read_until_stop(session);
        session.send_text(end_message);
        read_on(session);
    }};
    TestEngine engine;
    const auto events = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), events);
    push_audio(stream, 0, 160);
    ASSERT_TRUE(events->wait_for(EventKind::error));
    push_audio(stream, 160, 160);
    stream.stop();
    ASSERT_TRUE(events->wait_closed());
    EXPECT_TRUE(events->closed().drained);
    EXPECT_GE(stream.stats().bad_messages, 3u);
    EXPECT_EQ(events->events(EventKind::error).size(), 1u);
    EXPECT_TRUE(engine.logged("message from the service not understood"));
    EXPECT_EQ(server.connections(), 1u);
}

TEST(EngineLifecycle, AFloodOfPartialsIsCoalescedAndOneOfFinalsEndsTheStream) {
    ScriptedServer server{[](Session& session) {
        session.accept();
        JsonPeer peer;
        peer.read_samples(session, 160);
        for (int i = 0; i < 500; ++i) session.send_text(partial_message("word " + std::to_string(i)));
        for (int i = 0; i < 500; ++i) session.send_text(final_message("x", 0, 1));
        read_on(session);
    }};
    TestEngine engine;
    const auto events = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.partial_interval = 10'000ms;
    config.profile.max_finals_per_second = 20;
    Stream stream = engine.add(config, events);
    push_audio(stream, 0, 160);
    ASSERT_TRUE(events->wait_closed());
    EXPECT_EQ(events->closed().error->code, Errc::too_many_finals);
    EXPECT_EQ(events->events(EventKind::partial).size(), 1u);
    EXPECT_EQ(events->events(EventKind::error).size(), 1u);
    EXPECT_GE(stream.stats().partials_coalesced, 498u);
    EXPECT_GE(events->events(EventKind::final).size(), 20u);
}

TEST(EngineLifecycle, APartialThatWasHeldBackIsDeliveredInTime) {
    ScriptedServer server{[](Session& session) {
        session.accept();
        JsonPeer peer;
        peer.read_samples(session, 160);
        session.send_text(partial_message("a"));
        session.send_text(partial_message("a b"));
        session.send_text(partial_message("a b c"));
        read_on(session);
    }};
    TestEngine engine;
    const auto events = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.partial_interval = 200ms;
    Stream stream = engine.add(config, events);
    push_audio(stream, 0, 160);
    ASSERT_TRUE(
        events->wait_for([](const auto& all) { return !all.empty() && all.back().transcript.text == "a b c"; }));
    stream.abort();
    ASSERT_TRUE(events->wait_closed());
}

TEST(EngineLifecycle, ManyStreamsOnTwoThreadsPushedFromFour) {
    ScriptedServer server{[](Session& session) {
        JsonPeer peer;
        transcribe_all(session, peer);
    }};
    TestEngine engine{{.loop_threads = 2}};
    constexpr std::size_t count = 24;
    std::vector<std::shared_ptr<RecordingSink>> sinks(count);
    std::vector<std::thread> pushers;
    for (std::size_t part = 0; part < 4; ++part)
        pushers.emplace_back([&, part] {
            for (std::size_t i = part; i < count; i += 4) {
                sinks[i] = std::make_shared<RecordingSink>();
                Stream stream = engine.add(json_stream(server.url()), sinks[i]);
                push_audio(stream, 0, 4000);
                static_cast<void>(engine->metrics());
                stream.stop();
            }
        });
    for (auto& pusher : pushers) pusher.join();
    for (const auto& sink : sinks) {
        ASSERT_TRUE(sink->wait_closed());
        sink->expect_well_formed();
        EXPECT_TRUE(sink->closed().drained);
        EXPECT_EQ(sink->events(EventKind::final).size(), 1u);
    }
    EXPECT_TRUE(engine.wait_until_all_memory_is_back());
    const auto stats = engine->stats();
    EXPECT_EQ(stats.streams_total, count);
    EXPECT_EQ(stats.sum.sent_samples, count * 4000);
}

TEST(EngineLifecycle, ASinkMayDropTheLastHandleAndStopOthers) {
    ScriptedServer server{[](Session& session) {
        JsonPeer peer;
        transcribe_all(session, peer);
    }};
    TestEngine engine;
    const auto second_sink = std::make_shared<RecordingSink>();
    Stream second = engine.add(json_stream(server.url()), second_sink);
    const auto first_sink = std::make_shared<RecordingSink>();
    Stream first;
    std::atomic<bool> is_known{false};
    first_sink->also = [&](const Event& event) {
        while (!is_known) std::this_thread::yield();  // the test's own thread is about to set it
        if (event.kind == EventKind::connected) first.stop();
        if (event.kind != EventKind::closed) return;
        first = Stream{};
        second.stop();
    };
    first = engine.add(json_stream(server.url()), first_sink);
    is_known = true;
    ASSERT_TRUE(first_sink->wait_closed());
    ASSERT_TRUE(second_sink->wait_closed());
    EXPECT_TRUE(engine.wait_until_all_memory_is_back());
}

}  // namespace
}  // namespace asr_stream::test
