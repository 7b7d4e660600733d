#include <gtest/gtest.h>

#include "engine_harness.hpp"

namespace asr_stream::test {
namespace {

TEST(EngineStream, SendsWhatWasPushedAndDeliversTheFinal) {
    JsonPeer peer;
    ScriptedServer server{[&](Session& session) { transcribe_all(session, peer); }};
    TestEngine engine;
    const auto sink = std::make_shared<RecordingSink>();
    Stream stream = engine.add(json_stream(server.url()), sink);
    push_audio(stream, 0, 8000 + 40);  // one second, and 5 ms that do not fill a message
    stream.stop();
    ASSERT_TRUE(sink->wait_closed());
    sink->expect_well_formed();
    EXPECT_TRUE(sink->closed().drained);
    EXPECT_FALSE(sink->closed().error);

    EXPECT_EQ(peer.start.at("call").as_string(), "call-1");
    EXPECT_EQ(peer.start.at("resume_ms").to_number<int>(), 0);
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
    EXPECT_GT(stats.memory_peak_bytes, 0u);
    EXPECT_TRUE(engine.wait_until_all_memory_is_back());
}

}  // namespace
}  // namespace asr_stream::test
