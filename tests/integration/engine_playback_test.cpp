#include <gtest/gtest.h>

#include <cstring>

#include "engine_harness.hpp"

/// What the service sends for the call, what it hears of it, and who tells when the caller speaks.
namespace asr_stream::test {
namespace {

using namespace std::chrono_literals;

std::string bytes_of(const std::vector<std::int16_t>& samples) {
    std::string bytes(samples.size() * sizeof(std::int16_t), '\0');
    std::memcpy(bytes.data(), samples.data(), bytes.size());
    return bytes;
}

StreamConfig playback_stream(const std::string& url) {
    auto config = json_stream(url);
    config.profile.playback = true;
    return config;
}

/// Stops the stream and waits until service and client are done with each other.
void end(Stream& stream, const RecordingSink& sink, const ScriptedServer& server) {
    stream.stop();
    ASSERT_TRUE(sink.wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    sink.expect_well_formed();
}

/// Pushes frames of 20 ms, each as soon as the ring takes it.
void push_all(Stream& stream, std::span<const std::int16_t> samples) {
    constexpr std::size_t frame = 160;
    for (; !samples.empty(); samples = samples.subspan(std::min(frame, samples.size()))) {
        EXPECT_TRUE(eventually([&] { return stream.pending_samples() + frame <= 3000; }));
        EXPECT_TRUE(stream.push(samples.first(std::min(frame, samples.size()))));
    }
}

std::vector<std::int16_t> silence(std::size_t count) { return std::vector<std::int16_t>(count, 0); }

TEST(EnginePlayback, AudioMarksAndClearsReachTheSinkInOrder) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) {
        session.accept();
        peer.read_samples(session, 160);
        session.send_text(R"({"type":"play","data":"AQACAP//","sample_rate":16000})");
        session.send_binary(bytes_of(audio_at(0, 20'000)));
        session.send_text(R"({"type":"mark","name":"greeting"})");
        session.send_text(partial_message("yes"));
        session.send_text(R"({"type":"clear"})");
        peer.read_until_stop(session);
        session.send_text(final_message("yes", 0, 20));
        session.send_text(end_message);
        read_on(session);
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = playback_stream(server.url());
    config.profile.playback_rate = 24'000;
    Stream stream = engine.add(config, sink);
    stream.push(audio_at(0, 160));
    ASSERT_TRUE(sink->wait_for(EventKind::clear));
    end(stream, *sink, server);

    EXPECT_EQ(peer.start.at("playback").at("sample_rate").to_number<int>(), 24'000);
    std::vector<EventKind> kinds;
    for (const auto& event : sink->events()) kinds.push_back(event.kind);
    EXPECT_EQ(kinds, (std::vector{EventKind::connected, EventKind::audio, EventKind::audio, EventKind::mark,
                                  EventKind::partial, EventKind::clear, EventKind::final, EventKind::closed}));
    const auto audio = sink->events(EventKind::audio);
    EXPECT_EQ(audio[0].samples, (std::vector<std::int16_t>{1, 2, -1}));
    EXPECT_EQ(audio[0].sample_rate, 16'000u);
    EXPECT_EQ(audio[1].samples, audio_at(0, 20'000));
    EXPECT_EQ(audio[1].sample_rate, 24'000u) << "binary audio has the playback rate";
    EXPECT_EQ(sink->events(EventKind::mark)[0].mark, "greeting");
    EXPECT_EQ(stream.stats().playback_dropped, 0u);
    EXPECT_EQ(stream.stats().bad_messages, 0u);
}

TEST(EnginePlayback, BinaryAudioHasTheRateOnTheWireUnlessAnotherIsSet) {
    ScriptedServer server{[](Session& session) {
        session.accept();
        session.send_binary(bytes_of({7}));
        read_on(session);
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = playback_stream(server.url());
    config.profile.sample_rate = 16'000;
    Stream stream = engine.add(config, sink);
    ASSERT_TRUE(sink->wait_for(EventKind::audio));
    EXPECT_EQ(sink->events(EventKind::audio)[0].sample_rate, 16'000u);
    stream.abort();
    ASSERT_TRUE(sink->wait_closed());
}

TEST(EnginePlayback, WithoutPlaybackItIsDroppedAndCounted) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) {
        session.accept();
        session.send_text(R"({"type":"play","data":"AQACAP//"})");
        session.send_binary("abc");
        session.send_text(R"({"type":"mark","name":"greeting"})");
        session.send_text(R"({"type":"clear"})");
        peer.read_until_stop(session);
        session.send_text(end_message);
        read_on(session);
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    EXPECT_TRUE(eventually([&] { return stream.stats().playback_dropped == 4; }));
    end(stream, *sink, server);
    EXPECT_FALSE(peer.start.contains("playback"));
    EXPECT_EQ(stream.stats().bad_messages, 0u);
    EXPECT_EQ(sink->events().size(), 2u) << "connected and closed";
    EXPECT_NE(engine->metrics().find("asr_stream_playback_dropped_total 4\n"), std::string::npos);
}

TEST(EnginePlayback, AudioBeyondTheLargestMessageEndsTheConnection) {
    ScriptedServer server{[](Session& session) {
        session.accept();
        if (session.index() == 0) session.send_binary(std::string(4098, 'x'));
        read_on(session);
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = playback_stream(server.url());
    config.profile.max_message_bytes = 4096;
    Stream stream = engine.add(config, sink);
    ASSERT_TRUE(sink->wait_for(EventKind::connected, 2));
    EXPECT_EQ(stream.stats().too_big_messages, 1u);
    EXPECT_TRUE(sink->events(EventKind::audio).empty());
    stream.abort();
    ASSERT_TRUE(sink->wait_closed());
}

TEST(EnginePlayback, TheServiceHearsWhatBecameOfItsMarks) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) {
        session.accept();
        while (peer.others.size() < 3 && peer.read(session)) {
        }
        session.send_text(final_message("heard", 0, 1));
        peer.read_until_stop(session);
        session.send_text(end_message);
        read_on(session);
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(playback_stream(server.url()), sink);
    stream.send_mark("before the connection", MarkState::cleared);
    ASSERT_TRUE(sink->wait_for(EventKind::connected));
    stream.send_mark("greeting", MarkState::played);
    stream.send_mark(std::string(129, 'm'), MarkState::played);
    ASSERT_TRUE(sink->wait_for(EventKind::error));
    EXPECT_EQ(sink->events(EventKind::error)[0].error->context, "mark's name of 129 bytes: allowed are 1 to 128");
    stream.send_mark(R"("quoted")", MarkState::cleared);
    ASSERT_TRUE(sink->wait_for(EventKind::final));
    end(stream, *sink, server);
    EXPECT_EQ(peer.others,
              (std::vector<std::string>{R"({"type":"mark","name":"before the connection","event":"cleared"})",
                                        R"({"type":"mark","name":"greeting","event":"played"})",
                                        R"({"type":"mark","name":"\"quoted\"","event":"cleared"})"}));
}

TEST(EnginePlayback, ADialectWithoutMarksSaysSo) {
    ScriptedServer server{sink};
    TestEngine engine;
    const auto events = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.dialect = "jambonz";
    Stream stream = engine.add(config, events);
    stream.send_mark("greeting", MarkState::played);
    ASSERT_TRUE(events->wait_for(EventKind::error));
    EXPECT_EQ(events->events(EventKind::error)[0].error->code, Errc::not_supported);
    stream.abort();
    ASSERT_TRUE(events->wait_closed());
    Stream{}.send_mark("nobody", MarkState::played);
}

TEST(EngineSpeech, OurOwnDetectionTellsWhenTheCallerSpeaks) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) {
        session.accept();
        session.send_text(R"({"type":"begin_speaking"})");
        session.send_text(R"({"type":"end_speaking"})");
        peer.read_until_stop(session);
        session.send_text(final_message("all", 0, 1));
        session.send_text(end_message);
        read_on(session);
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.speech_detection = SpeechDetection::local;
    Stream stream = engine.add(config, sink);
    for (int i = 1; i <= 2; ++i) {
        push_all(stream, silence(4000));
        push_audio(stream, 0, 4800);
        push_all(stream, silence(4000));
        ASSERT_TRUE(sink->wait_for(EventKind::end_speaking, static_cast<std::size_t>(i)));
    }
    end(stream, *sink, server);
    const auto begins = sink->events(EventKind::begin_speaking);
    const auto ends = sink->events(EventKind::end_speaking);
    ASSERT_EQ(begins.size(), 2u) << "the service's are dropped";
    ASSERT_EQ(ends.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_TRUE(begins[i].local && ends[i].local);
        EXPECT_LT(begins[i].sequence, ends[i].sequence);
    }
}

TEST(EngineSpeech, ItNeedsNoConnection) {
    const SilentPort silent;
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream("ws://127.0.0.1:" + std::to_string(silent.port()) + "/");
    config.profile.speech_detection = SpeechDetection::both;
    Stream stream = engine.add(config, sink);
    push_audio(stream, 0, 1600);
    ASSERT_TRUE(sink->wait_for(EventKind::begin_speaking));
    stream.abort();
    ASSERT_TRUE(sink->wait_closed());
}

TEST(EngineSpeech, NothingIsToldWhilePaused) {
    ScriptedServer server{sink};
    TestEngine engine;
    const auto events = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.speech_detection = SpeechDetection::local;
    Stream stream = engine.add(config, events);
    push_audio(stream, 0, 1600);
    ASSERT_TRUE(events->wait_for(EventKind::begin_speaking));
    ASSERT_TRUE(events->wait_for(EventKind::connected));
    stream.pause();
    const auto told = events->events().size();
    EXPECT_TRUE(stream.push(silence(8000)));
    EXPECT_TRUE(stream.push(audio_at(0, 4800)));
    EXPECT_TRUE(stream.push(silence(8000)));
    EXPECT_EQ(stream.stats().paused_samples, 20'800u);
    stream.send_mark("", MarkState::played);
    ASSERT_TRUE(events->wait_for(EventKind::error)) << "the loop is past all that was pushed before";
    EXPECT_EQ(events->events().size(), told + 1);
    stream.resume();
    EXPECT_TRUE(stream.push(silence(1600)));
    ASSERT_TRUE(events->wait_for(EventKind::end_speaking)) << "a beginning that was told has its end";
    stream.abort();
    ASSERT_TRUE(events->wait_closed());
}

TEST(EngineSpeech, ByDefaultTheServiceAloneTells) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) {
        session.accept();
        session.send_text(R"({"type":"begin_speaking"})");
        peer.read_until_stop(session);
        session.send_text(end_message);
        read_on(session);
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    push_audio(stream, 0, 4800);
    push_all(stream, silence(4000));
    ASSERT_TRUE(sink->wait_for(EventKind::begin_speaking));
    end(stream, *sink, server);
    EXPECT_EQ(sink->events(EventKind::begin_speaking).size(), 1u);
    EXPECT_FALSE(sink->events(EventKind::begin_speaking)[0].local);
    EXPECT_TRUE(sink->events(EventKind::end_speaking).empty());
}

}  // namespace
}  // namespace asr_stream::test
