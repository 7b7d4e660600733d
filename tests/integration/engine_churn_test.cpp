#include <gtest/gtest.h>
#include <malloc.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "integration/engine_harness.hpp"
#include "support/scripted_server.hpp"

// Streams are started, stopped or aborted, and forgotten, by the thousand, against services that misbehave. What they
// took must all come back.

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ASR_STREAM_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ASR_STREAM_SANITIZED 1
#endif
#endif

namespace asr_stream::test {
namespace {

#ifdef ASR_STREAM_SANITIZED
constexpr std::size_t total_streams = 1'000;  // a sanitizer makes each cost ten times as much and finds leaks by itself
#else
constexpr std::size_t total_streams = 10'000;
#endif
constexpr std::size_t warm_up_streams = total_streams / 4;
constexpr std::size_t at_once = 50;
constexpr std::size_t flood_bytes = 100u << 20;

std::size_t count_entries(const char* folder) {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{folder}) ++count;
    return count;
}
std::size_t descriptors() { return count_entries("/proc/self/fd"); }
std::size_t threads() { return count_entries("/proc/self/task"); }

/// Lets at_once streams run at a time.
class Turnstile {
  public:
    void enter() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return inside_ < at_once; });
        ++inside_;
    }
    void leave() {
        const std::lock_guard lock{mutex_};
        --inside_;
        changed_.notify_all();
    }
    void wait_until_empty() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return inside_ == 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t inside_ = 0;
};

class CountingSink final : public EventSink {
  public:
    explicit CountingSink(Turnstile& turnstile) : turnstile_{turnstile} {}
    void on_event(const Event& event) noexcept override {
        EXPECT_FALSE(closed_) << "an event after closed";
        if (event.kind != EventKind::closed) return;
        closed_ = true;
        turnstile_.leave();
    }

  private:
    Turnstile& turnstile_;
    bool closed_ = false;
};

void never_answer_the_close(Session& session) {
    session.accept();
    while (session.read_frame()) {
    }
}

void send_junk(Session& session) {
    session.accept();
    session.send_text("{\"type\":\"fin");
    session.send_text("[[[[[[[[[[[[[[[[");
    session.send_binary(std::string(1000, '\xff'));
    session.raw("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
    session.hang();
}

/// The services, one after the other for each stream.
class Rogues {
  public:
    [[nodiscard]] std::string url(std::size_t i) const {
        if (i % 6 == 0) return "ws://127.0.0.1:" + std::to_string(nobody_) + "/";
        return servers_[i % 6 - 1].url();
    }
    [[nodiscard]] bool wait_until_idle() const {
        for (const auto& server : servers_)
            if (!server.wait_until([](const ScriptedServer& one) { return one.open_sessions() == 0; })) return false;
        return true;
    }

  private:
    static ServerOptions forgetful() {
        ServerOptions options;
        options.keep_messages = false;
        return options;
    }
    std::uint16_t nobody_ = unused_port();
    std::array<ScriptedServer, 5> servers_{
        ScriptedServer{[](Session& s) { s.refuse(503, "Service Unavailable", "try later"); }, forgetful()},
        ScriptedServer{[](Session& s) {
                           s.accept();
                           s.reset();
                       },
                       forgetful()},
        ScriptedServer{never_answer_the_close, forgetful()},
        ScriptedServer{send_junk, forgetful()},
        ScriptedServer{[](Session& s) {
                           s.accept();
                           s.flood(flood_bytes);
                           s.hang();
                       },
                       forgetful()},
    };
};

void churn(Engine& engine, const Rogues& rogues, std::size_t streams) {
    Turnstile turnstile;
    std::array<Stream, at_once / 2> late;  // aborted in the middle of whatever they are doing by then
    for (std::size_t i = 0; i < streams; ++i) {
        Stream& earlier = late[i % late.size()];
        earlier.abort();
        earlier = {};
        turnstile.enter();
        StreamConfig config = json_stream(rogues.url(i));
        config.profile.reconnect_attempts = static_cast<std::uint32_t>(i / 6 % 2);
        config.profile.reconnect_backoff = milliseconds{20};
        config.profile.drain_timeout = milliseconds{100};
        auto stream = engine.add_stream(config, std::make_shared<CountingSink>(turnstile));
        ASSERT_TRUE(stream) << stream.error().message();
        static_cast<void>(stream->push(audio_at(0, 800)));  // refused when it is over already
        const std::size_t way = i / 12 % 3;
        if (way == 0) stream->stop();
        if (way == 1) stream->abort();
        if (way == 2) earlier = *stream;
    }
    for (Stream& stream : late) stream.abort();
    turnstile.wait_until_empty();
}

TEST(EngineChurn, EverythingComesBackFromServicesThatMisbehave) {
    const Rogues rogues;
    EngineConfig config;
    config.connect_rate = 10'000;
    TestEngine engine{config};
    churn(*engine, rogues, warm_up_streams);  // pools, caches and lazily made things are there after it
    ASSERT_TRUE(rogues.wait_until_idle());
    ASSERT_TRUE(engine.wait_until_all_memory_is_back());
    const std::size_t descriptors_before = descriptors();
    const std::size_t threads_before = threads();
    [[maybe_unused]] const std::size_t heap_before = mallinfo2().uordblks;

    churn(*engine, rogues, total_streams);
    ASSERT_TRUE(rogues.wait_until_idle());
    ASSERT_TRUE(engine.wait_until_all_memory_is_back());

    const EngineStats stats = engine->stats();
    EXPECT_EQ(stats.streams, 0u);
    EXPECT_EQ(stats.streams_total, total_streams + warm_up_streams);
    EXPECT_EQ(stats.leaked_bytes, 0u);
    EXPECT_TRUE(eventually([&] { return descriptors() == descriptors_before; }))
        << descriptors() << " descriptors, before " << descriptors_before;
    EXPECT_TRUE(eventually([&] { return threads() == threads_before; }))
        << threads() << " threads, before " << threads_before;
#ifndef ASR_STREAM_SANITIZED
    // Four bytes a stream would show.
    EXPECT_LT(mallinfo2().uordblks, heap_before + 4 * total_streams);
#endif
}

}  // namespace
}  // namespace asr_stream::test
