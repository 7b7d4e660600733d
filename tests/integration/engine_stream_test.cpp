#include <gtest/gtest.h>

#include <thread>

#include "engine_harness.hpp"

namespace asr_stream::test {
namespace {

using namespace std::chrono_literals;

TEST(EngineStream, SendsWhatWasPushedAndDeliversTheFinal) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) { transcribe_all(session, peer); }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    push_audio(stream, 0, 8000 + 40);  // one second, and 5 ms that do not fill a message
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    sink->expect_well_formed();
    EXPECT_TRUE(sink->closed().drained);
    EXPECT_FALSE(sink->closed().error);

    EXPECT_EQ(peer.start.at("call").as_string(), "call-1");
    EXPECT_EQ(peer.start.at("resume_ms").to_number<int>(), 0);
    EXPECT_EQ(peer.start.at("attempt").to_number<int>(), 1);
    EXPECT_EQ(peer.audio.size(), 51u);
    EXPECT_EQ(peer.audio.back().samples.size(), 40u);
    EXPECT_EQ(peer.samples(), 8040u);
    EXPECT_EQ(peer.wrong(), 0u);

    const auto finals = sink->events(EventKind::final);
    ASSERT_EQ(finals.size(), 1u);
    EXPECT_EQ(finals[0].transcript.text, "all");
    EXPECT_EQ(finals[0].transcript.end, milliseconds{1005});
    EXPECT_EQ(finals[0].utterance, 1u);
    EXPECT_TRUE(finals[0].latency);
    EXPECT_EQ(sink->events(EventKind::connected).size(), 1u);
    EXPECT_TRUE(stream.is_closed());
    EXPECT_FALSE(stream.push(audio_at(0, 160))) << "nothing is taken after the end";

    const StreamStats stats = stream.stats();
    EXPECT_EQ(stats.pushed_samples, 8040u);
    EXPECT_EQ(stats.sent_samples, 8040u);
    EXPECT_EQ(stats.sent_frames, 51u);
    EXPECT_EQ(stats.finals, 1u);
    EXPECT_EQ(stats.connects, 1u);
    EXPECT_GT(stats.sent_bytes, 8040u * 2);
    EXPECT_GT(stats.received_bytes, 50u);
    EXPECT_GT(stats.memory_peak_bytes, 0u);
    EXPECT_TRUE(engine.wait_until_all_memory_is_back());
    const EngineStats sum = engine->stats();
    EXPECT_EQ(sum.streams, 0u);
    EXPECT_EQ(sum.streams_total, 1u);
    EXPECT_EQ(sum.sum.finals, 1u);
    EXPECT_NE(engine->metrics().find("asr_stream_finals_total 1\n"), std::string::npos);
}

TEST(EngineStream, SendsBinaryAudioWhereThatIsAsked) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) { transcribe_all(session, peer); }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.audio_format = AudioFraming::binary;
    config.profile.frame_ms = 100ms;
    Stream stream = engine.add(config, sink);
    push_audio(stream, 0, 4000);
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    ASSERT_EQ(peer.audio.size(), 5u);
    std::vector<std::int16_t> heard;
    for (const auto& one : peer.audio) heard.insert(heard.end(), one.samples.begin(), one.samples.end());
    EXPECT_EQ(heard, audio_at(0, 4000));
    EXPECT_TRUE(sink->closed().drained);
}

TEST(EngineStream, WithManyStreamsShortMessagesLeaveSeveralAtATime) {
    JsonPeer peer;
    unsigned segments = 0;
    ScriptedServer server{[&](Session& session) {
        transcribe_all(session, peer);
        segments = session.data_segments();
    }};
    TestEngine engine{{.batch_streams = 1}};
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    ASSERT_TRUE(sink->wait_for(EventKind::connected));
    auto due = std::chrono::steady_clock::now();
    for (std::uint64_t position = 0; position < 8000; position += 160) {
        std::this_thread::sleep_until(due += 20ms);
        ASSERT_TRUE(stream.push(audio_at(position, 160)));
    }
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    EXPECT_EQ(peer.audio.size(), 50u);
    EXPECT_EQ(peer.wrong(), 0u);
    EXPECT_LE(segments, 30u) << "50 messages, and those of beginning and end";
}

TEST(EngineStream, HandsOverWhatTheProfileSays) {
    JsonPeer peer;
    Headers headers;
    ScriptedServer server{[&](Session& session) {
        headers = session.request()->headers;
        transcribe_all(session, peer);
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url("/asr?model=phone"));
    config.profile.headers = {{"Authorization", "Token abc"}};
    config.profile.language = "de-DE";
    config.profile.hints = {"ja", "nein"};
    config.profile.grammar = "yes_no";
    config.profile.metadata = R"({"campaign":"spring"})";
    config.profile.interim = false;
    config.profile.sample_rate = 16'000;
    Stream stream = engine.add(config, sink);
    stream.push(audio_at(0, 160));
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    EXPECT_EQ(peer.start.at("language").as_string(), "de-DE");
    EXPECT_EQ(peer.start.at("hints").as_array().size(), 2u);
    EXPECT_EQ(peer.start.at("grammar").as_string(), "yes_no");
    EXPECT_EQ(peer.start.at("metadata").at("campaign").as_string(), "spring");
    EXPECT_FALSE(peer.start.at("interim").as_bool());
    EXPECT_EQ(peer.start.at("audio").at("sample_rate").to_number<int>(), 16'000);
    EXPECT_EQ(peer.samples(), 320u) << "resampled";
    EXPECT_TRUE(std::any_of(headers.begin(), headers.end(), [](const auto& one) { return one.second == "Token abc"; }));
}

TEST(EngineStream, SpeaksVosk) {
    std::vector<std::int16_t> heard;
    std::vector<std::string> texts;
    ScriptedServer server{[&](Session& session) {
        session.accept();
        while (const auto message = session.read()) {
            if (!message->binary) {
                texts.push_back(message->payload);
                if (message->payload.find("eof") == std::string::npos) continue;
                session.send_text(
                    R"({"result":[{"conf":1.0,"end":0.45,"start":0.1,"word":"goodbye"}],"text":"goodbye"})");
                return session.close(1000);
            }
            const auto* samples = reinterpret_cast<const std::int16_t*>(message->payload.data());
            heard.insert(heard.end(), samples, samples + message->payload.size() / 2);
            session.send_text(R"({"partial" : "good"})");
        }
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.dialect = "vosk";
    Stream stream = engine.add(config, sink);
    push_audio(stream, 0, 4000);
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    EXPECT_EQ(heard, audio_at(0, 4000));
    ASSERT_EQ(texts.size(), 2u);
    EXPECT_NE(texts[0].find("\"sample_rate\":8000"), std::string::npos);
    EXPECT_EQ(texts[1], R"({"eof" : 1})");
    EXPECT_EQ(sink->events(EventKind::partial).size(), 1u) << "the same words again are no news";
    const auto finals = sink->events(EventKind::final);
    ASSERT_EQ(finals.size(), 1u);
    EXPECT_EQ(finals[0].transcript.text, "goodbye");
    EXPECT_EQ(finals[0].transcript.end, 450ms);
    EXPECT_TRUE(sink->closed().drained);
    sink->expect_well_formed();
}

TEST(EngineStream, SpeaksJambonz) {
    std::size_t bytes = 0;
    std::string opening;
    ScriptedServer server{[&](Session& session) {
        session.accept();
        while (const auto message = session.read()) {
            if (message->binary)
                bytes += message->payload.size();
            else if (opening.empty())
                opening = message->payload;
            else if (message->payload.find("stop") != std::string::npos) {
                session.send_text(
                    R"({"type":"transcription","is_final":true,"alternatives":[{"transcript":"yes","confidence":0.9}],"channel":1,"language":"en-US"})");
                return session.close(1000);
            }
        }
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.dialect = "jambonz";
    Stream stream = engine.add(config, sink);
    push_audio(stream, 0, 4000);
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    EXPECT_EQ(bytes, 8000u);
    EXPECT_NE(opening.find("\"type\":\"start\""), std::string::npos);
    ASSERT_EQ(sink->events(EventKind::final).size(), 1u);
    EXPECT_EQ(sink->events(EventKind::final)[0].transcript.text, "yes");
    EXPECT_FALSE(sink->events(EventKind::final)[0].latency) << "the service gives no times";
    EXPECT_TRUE(sink->closed().drained);
}

TEST(EngineStream, AServiceThatEndsInErrorAfterTheStopHasNotDrained) {
    ScriptedServer server{[&](Session& session) {
        session.accept();
        while (const auto message = session.read())
            if (!message->binary && message->payload.find("eof") != std::string::npos) return session.close(1011);
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.dialect = "vosk";
    Stream stream = engine.add(config, sink);
    push_audio(stream, 0, 1600);
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    EXPECT_FALSE(sink->closed().drained);
    EXPECT_EQ(sink->closed().error->code, Errc::closed_by_service);
}

TEST(EngineStream, APauseAdvancesTheClock) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) { transcribe_all(session, peer); }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    push_audio(stream, 0, 1000);
    stream.pause();
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(stream.push(audio_at(0, 160)));  // one second that nobody hears
    stream.resume();
    push_audio(stream, 9000, 1600);
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    EXPECT_EQ(peer.wrong(), 0u) << "each sample is at its place on the clock";
    EXPECT_EQ(peer.samples(), 2600u);
    EXPECT_EQ(peer.audio.back().position + peer.audio.back().samples.size(), 10'600u);
    EXPECT_EQ(stream.stats().paused_samples, 8000u);
    // The service counts what it got, the call's clock goes on: the final ends at the end of the call.
    EXPECT_EQ(sink->events(EventKind::final).at(0).transcript.end, 1325ms);
    for (const auto& event : sink->events()) EXPECT_EQ(event.gap, 0ms);
}

TEST(EngineStream, WhatTheRingRefusesIsAGapThatTheNextEventTells) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) { transcribe_all(session, peer); }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    push_audio(stream, 0, 160);
    EXPECT_FALSE(stream.push(audio_at(160, 8000))) << "more at once than ring-ms holds";
    push_audio(stream, 8160, 160);
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    EXPECT_EQ(peer.wrong(), 0u);
    ASSERT_EQ(peer.audio.size(), 2u);
    EXPECT_EQ(peer.audio[1].position, 8160u);
    EXPECT_EQ(stream.stats().refused_samples, 8000u);
    milliseconds gap{};
    for (const auto& event : sink->events()) gap += event.gap;
    EXPECT_EQ(gap, 1000ms);
}

TEST(EngineStream, TextsAndDigitsGoToTheServiceInOrder) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) { transcribe_all(session, peer); }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    stream.send_text("before the connection");
    stream.send_dtmf('5');
    stream.send_dtmf('x');
    stream.send_text("after");
    push_audio(stream, 0, 160);
    ASSERT_TRUE(sink->wait_for(EventKind::error));
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    EXPECT_EQ(peer.others,
              (std::vector<std::string>{R"({"type":"text","text":"before the connection"})",
                                        R"({"type":"dtmf","digit":"5"})", R"({"type":"text","text":"after"})"}));
    EXPECT_NE(sink->events(EventKind::error)[0].error->message().find("allowed are 0-9"), std::string::npos);
}

TEST(EngineStream, ADialectWithoutTextsSaysSo) {
    ScriptedServer server{sink};
    TestEngine engine;
    const auto events = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.dialect = "vosk";
    Stream stream = engine.add(config, events);
    stream.send_text("hello");
    ASSERT_TRUE(events->wait_for(EventKind::error));
    EXPECT_EQ(events->events(EventKind::error)[0].error->code, Errc::not_supported);
    stream.abort();
    ASSERT_TRUE(events->wait_closed());
}

TEST(EngineStream, TooManyWaitingTextsAreDroppedAndCounted) {
    const SilentPort silent;
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream("ws://127.0.0.1:" + std::to_string(silent.port()) + "/"), sink);
    for (int i = 0; i < 100; ++i) stream.send_text("x");
    EXPECT_TRUE(eventually([&] { return stream.stats().texts_dropped == 36; }));
    stream.abort();
    ASSERT_TRUE(sink->wait_closed());
}

TEST(EngineStream, ResultsThatAreHeldBackWaitAtTheService) {
    std::atomic<bool> go{false};
    ScriptedServer server{[&](Session& session) {
        session.accept();
        JsonPeer peer;
        peer.read_samples(session, 160);
        while (!go) std::this_thread::sleep_for(1ms);
        for (int i = 1; i <= 5; ++i) session.send_text(final_message("f", 0, i));
        while (peer.read(session)) {
        }
    }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.profile.stall_timeout = 500ms;
    config.profile.idle_timeout = 500ms;
    Stream stream = engine.add(config, sink);
    ASSERT_TRUE(sink->wait_for(EventKind::connected));
    stream.hold_results(true);
    push_audio(stream, 0, 160);
    go = true;
    ASSERT_TRUE(sink->wait_for(EventKind::final)) << "the read that was under way still ends";
    push_audio(stream, 160, 1600);
    EXPECT_TRUE(eventually([&] { return stream.stats().sent_samples == 1760; }));
    // Longer than both time-outs, which must not run meanwhile.
    const auto until = std::chrono::steady_clock::now() + 700ms;
    EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > until; }));
    EXPECT_EQ(sink->events(EventKind::final).size(), 1u);
    stream.hold_results(false);
    ASSERT_TRUE(sink->wait_for(EventKind::final, 5));
    EXPECT_EQ(stream.stats().stalls + stream.stats().idle_timeouts, 0u);
    stream.abort();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
}

TEST(EngineStream, StereoIsSentInterleaved) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) { transcribe_all(session, peer); }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    auto config = json_stream(server.url());
    config.channels = 2;
    config.profile.audio_format = AudioFraming::binary;
    Stream stream = engine.add(config, sink);
    ASSERT_TRUE(stream.push(audio_at(0, 640)));
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    ASSERT_TRUE(scripts_ended(server));
    EXPECT_EQ(peer.start.at("audio").at("channels").to_number<int>(), 2);
    ASSERT_EQ(peer.audio.size(), 2u);
    EXPECT_EQ(peer.audio[0].samples, audio_at(0, 320));
    EXPECT_EQ(stream.stats().sent_samples, 320u) << "samples count once for all channels";
}

TEST(EngineStream, AHandleOfNothingDoesNothing) {
    Stream nothing;
    EXPECT_FALSE(nothing.push(audio_at(0, 160)));
    nothing.pause();
    nothing.resume();
    nothing.send_text("x");
    nothing.send_dtmf('1');
    nothing.hold_results(true);
    nothing.stop();
    nothing.abort();
    EXPECT_EQ(nothing.id(), 0u);
    EXPECT_FALSE(nothing.is_closed());
    EXPECT_EQ(nothing.pending_samples(), 0u);
    EXPECT_EQ(nothing.stats().pushed_samples, 0u);
}

}  // namespace
}  // namespace asr_stream::test
