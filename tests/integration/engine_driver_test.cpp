#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "engine/loop.hpp"
#include "engine/stream_driver.hpp"
#include "engine_harness.hpp"

/// What none of today's dialects asks of the engine, shown with one that asks for all of it.
namespace asr_stream::test {
namespace {

using namespace std::chrono_literals;

/// Waits for "ready", wants "alive" in silence, gives times to nothing, and throws at "throw".
class DemandingSession final : public dialect::Session {
  public:
    static constexpr dialect::Traits demands{
        .waits_for_ready = true, .finals_have_times = false, .says_end = true, .keep_alive = 50ms};

    dialect::Traits traits() const override { return demands; }
    std::vector<dialect::Message> opening_messages() override { return {{dialect::Framing::text, "hello"}}; }
    std::size_t max_encoded_bytes(std::size_t samples) const override { return samples * 2; }
    std::size_t encode(const dialect::AudioChunk& chunk, std::span<char> out) override {
        std::fill_n(out.begin(), chunk.samples.size() * 2, 'a');
        return chunk.samples.size() * 2;
    }
    Result<> decode(dialect::Framing, std::string_view payload, std::vector<dialect::RecognitionEvent>& out) override {
        using dialect::RecognitionKind;
        if (payload == "throw") throw std::runtime_error{"a defect of a dialect"};
        const auto kind = payload == "ready" ? RecognitionKind::ready
                          : payload == "end" ? RecognitionKind::end
                                             : RecognitionKind::final;
        out.push_back({.kind = kind, .transcript = {}, .error = {}});
        out.back().transcript.text = payload;
        return {};
    }
    std::vector<dialect::Message> final_messages() override { return {{dialect::Framing::text, "bye"}}; }
    Result<dialect::Message> text_message(std::string_view) override { return fail(Errc::not_supported); }
    Result<dialect::Message> dtmf_message(char) override { return fail(Errc::not_supported); }
    std::optional<dialect::Message> keep_alive() override { return dialect::Message{dialect::Framing::text, "alive"}; }
};

std::unique_ptr<dialect::Session> open_demanding(dialect::SessionConfig) {
    return std::make_unique<DemandingSession>();
}
constexpr dialect::Descriptor demanding{"demanding", "for this test", open_demanding};

class EngineDriver : public ::testing::Test {
  protected:
    EngineDriver() {
        loop = std::make_shared<engine::Loop>(
            EngineConfig{}, 500,
            [this](LogLevel, std::string_view line) {
                const std::lock_guard lock{mutex};
                lines.emplace_back(line);
            },
            registry);
        loop->start();
    }
    ~EngineDriver() override {
        if (loop) loop->shut_down();
    }

    void add(const StreamConfig& config) {
        auto plan = *engine::make_plan(config);
        plan.descriptor = &demanding;
        plan.traits = DemandingSession::demands;
        shared = std::make_shared<Stream::Shared>(*registry->reserve(), plan, config.profile.call_memory_bytes, loop);
        registry->add(shared);
        loop->add(std::make_shared<engine::StreamDriver>(config, plan, *audio::Resampler::create(8000, 8000, 1), shared,
                                                         sink, *loop));
    }
    void stop() const {
        loop->post_to(shared->id, [](engine::StreamDriver& stream) { stream.stop(); });
    }
    [[nodiscard]] bool logged(std::string_view part) {
        const std::lock_guard lock{mutex};
        return std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line.find(part) != line.npos; });
    }

    std::mutex mutex;
    std::vector<std::string> lines;
    std::shared_ptr<engine::Registry> registry = std::make_shared<engine::Registry>(10);
    std::shared_ptr<engine::Loop> loop;
    std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>();
    std::shared_ptr<Stream::Shared> shared;
};

TEST_F(EngineDriver, SendsNoAudioBeforeTheServiceIsReady) {
    std::atomic<bool> ready{false};
    ScriptedServer server{[&](Session& session) {
        session.accept();
        if (session.read()->payload != "hello") return;
        while (!ready) std::this_thread::sleep_for(1ms);
        session.send_text("ready");
        while (const auto message = session.read()) {
            if (message->binary) continue;
            if (message->payload == "bye") session.send_text("last words"), session.send_text("end");
        }
    }};
    add(json_stream(server.url()));
    ASSERT_TRUE(shared->ring.try_push(audio_at(0, 1600)));
    EXPECT_TRUE(eventually([&] { return shared->counters.loop.connects.get() == 1; }));
    EXPECT_TRUE(sink->events(EventKind::connected).empty());
    EXPECT_EQ(shared->counters.loop.sent_frames.get(), 0u);
    ready = true;
    ASSERT_TRUE(sink->wait_for(EventKind::connected));
    stop();
    ASSERT_TRUE(sink->wait_closed());
    EXPECT_TRUE(sink->closed().drained);
    EXPECT_EQ(shared->counters.loop.sent_samples.get(), 1600u);
    EXPECT_EQ(sink->events(EventKind::final).at(0).transcript.text, "last words");
}

TEST_F(EngineDriver, StopWhileTheServiceIsNotReadyStillDelivers) {
    std::atomic<bool> ready{false};
    ScriptedServer server{[&](Session& session) {
        session.accept();
        while (!ready) std::this_thread::sleep_for(1ms);
        session.send_text("ready");
        while (const auto message = session.read())
            if (!message->binary && message->payload == "bye") session.send_text("end");
    }};
    add(json_stream(server.url()));
    ASSERT_TRUE(shared->ring.try_push(audio_at(0, 200)));
    EXPECT_TRUE(eventually([&] { return shared->counters.loop.connects.get() == 1; }));
    stop();
    ready = true;
    ASSERT_TRUE(sink->wait_closed());
    EXPECT_TRUE(sink->closed().drained);
    EXPECT_EQ(shared->counters.loop.sent_samples.get(), 200u);
    sink->expect_well_formed();
}

TEST_F(EngineDriver, AServiceThatNeverBecomesReadyIsLeft) {
    ScriptedServer server{asr_stream::test::sink};
    auto config = json_stream(server.url());
    config.profile.connect_timeout = 100ms;
    config.profile.reconnect_attempts = 1;
    add(config);
    ASSERT_TRUE(sink->wait_closed());
    EXPECT_EQ(sink->events(EventKind::error).at(0).error->code, Errc::ready_timeout);
    EXPECT_TRUE(sink->events(EventKind::disconnected).empty()) << "it was never connected in our sense";
    EXPECT_EQ(sink->closed().error->code, Errc::reconnects_exhausted);
}

TEST_F(EngineDriver, SilenceIsFilledWithKeepAlives) {
    std::atomic<int> alive{0};
    ScriptedServer server{[&](Session& session) {
        session.accept();
        session.send_text("ready");
        while (const auto message = session.read())
            if (message->payload == "alive") ++alive;
    }};
    add(json_stream(server.url()));
    EXPECT_TRUE(eventually([&] { return alive >= 3; }));
}

TEST_F(EngineDriver, AnExceptionEndsThatStreamAlone) {
    ScriptedServer server{[&](Session& session) {
        session.accept();
        session.send_text("ready");
        session.send_text("throw");
        read_on(session);
    }};
    add(json_stream(server.url()));
    ASSERT_TRUE(sink->wait_closed());
    EXPECT_EQ(sink->closed().error->code, Errc::internal);
    EXPECT_EQ(sink->closed().error->context, "a defect of a dialect");
    sink->expect_well_formed();
    sink = std::make_shared<RecordingSink>();
    add(json_stream(server.url()));  // the loop lives
    ASSERT_TRUE(sink->wait_closed());
}

TEST_F(EngineDriver, BytesThatNeverComeBackAreLoggedAndCounted) {
    ScriptedServer server{asr_stream::test::sink};
    add(json_stream(server.url()));
    void* const lost = shared->memory.allocate(100);
    loop->post_to(shared->id, [](engine::StreamDriver& stream) { stream.abort(); });
    ASSERT_TRUE(sink->wait_closed());
    EXPECT_TRUE(eventually([&] { return registry->stats().sum.memory_bytes == 100; }));
    loop->shut_down();
    EXPECT_EQ(registry->stats().leaked_bytes, 0u) << "as long as it may still come back";
    loop.reset();
    EXPECT_EQ(registry->stats().leaked_bytes, 100u);
    EXPECT_EQ(registry->stats().sum.memory_bytes, 0u);
    EXPECT_TRUE(logged("100 bytes were not given back"));
    shared->memory.deallocate(lost, 100);
}

}  // namespace
}  // namespace asr_stream::test
