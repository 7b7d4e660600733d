#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "engine/accounted_memory.hpp"
#include "engine/audio_path.hpp"
#include "websocket/connection.hpp"

/// For the tests of the audio and result paths: everything but the network.
namespace asr_stream::engine {

/// A connection that keeps what is sent; a test decides whether its socket takes it.
class KeepingConnection final : public websocket::Connection {
  public:
    struct Sent {
        websocket::Opcode opcode{};
        std::string payload;
    };

    boost::asio::awaitable<Result<websocket::Incoming>> read() override { co_return fail(Errc::internal); }
    std::span<char> prepare(std::size_t bytes) override {
        buffer_.resize(bytes);
        return buffer_;
    }
    bool send_prepared(websocket::Opcode opcode, std::size_t bytes) override {
        sent.push_back({opcode, std::string{buffer_.data(), bytes}});
        if (!corked) ++sent_uncorked;
        return true;
    }
    void cork() noexcept override { corked = true; }
    bool ping() override { return true; }
    websocket::Clock::time_point last_pong() const override { return {}; }
    websocket::Clock::time_point last_pong_sent() const override { return {}; }
    websocket::Clock::time_point last_received() const override { return {}; }
    std::size_t unsent_bytes() const override { return full ? 1 : 0; }
    void fetch() const noexcept override {}
    std::size_t queued_bytes() const override { return full ? 1 : 0; }
    std::uint64_t sent_bytes() const override { return 0; }
    std::uint64_t received_bytes() const override { return 0; }
    const websocket::ConnectTimings& timings() const override { return timings_; }
    std::string_view subprotocol() const override { return {}; }
    boost::asio::awaitable<void> close(milliseconds) override { co_return; }
    void abort() noexcept override {}

    [[nodiscard]] std::vector<std::int16_t> samples() const {
        std::vector<std::int16_t> all;
        for (const Sent& one : sent) {
            const auto before = all.size();
            all.resize(before + one.payload.size() / sizeof(std::int16_t));
            std::memcpy(all.data() + before, one.payload.data(), one.payload.size());
        }
        return all;
    }

    std::vector<Sent> sent;
    std::size_t sent_uncorked = 0;
    bool corked = false;
    bool full = false;

  private:
    std::vector<char> buffer_;
    websocket::ConnectTimings timings_;
};

/// Samples whose value tells their place: speech, loud for 200 ms and soft for 100 ms in turns, or silence.
inline std::vector<std::int16_t> numbered(std::uint64_t from, std::size_t count, bool speech = true) {
    std::vector<std::int16_t> samples(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t hash = (from + i + 1) * 0x9E3779B97F4A7C15u;
        const int divisor = !speech ? 4096 : (from + i) % 2400 < 1600 ? 1 : 512;
        samples[i] = static_cast<std::int16_t>(static_cast<std::int16_t>(hash >> 48) / divisor);
    }
    return samples;
}

class AudioFixture : public ::testing::Test {
  protected:
    using Clock = std::chrono::steady_clock;

    AudioFixture() {
        config.profile.endpoints = {{"ws://h/", 1}};
        config.profile.audio_format = AudioFraming::binary;  // what is sent is the samples as they are
    }

    /// After the test has changed the configuration to its liking.
    void build() {
        auto made = make_plan(config);
        ASSERT_TRUE(made) << made.error().message();
        plan = *made;
        ring = std::make_unique<audio::Ring>(plan.ring_frames, plan.channels, &memory);
        auto resampler = audio::Resampler::create(plan.call_rate, plan.wire_rate, plan.channels, &memory);
        ASSERT_TRUE(resampler) << resampler.error().message();
        path = std::make_unique<AudioPath>(plan, *std::move(resampler), *ring, counters, delays, &memory);
    }

    /// A new connection that sends from now on. Returns its resume time.
    CallTime begin_session() {
        connection = std::make_unique<KeepingConnection>();
        dialect::SessionConfig session_config;
        session_config.sample_rate = plan.wire_rate;
        session_config.channels = plan.channels;
        session_config.audio_format = config.profile.audio_format;
        session = plan.descriptor->open(std::move(session_config));
        const CallTime resume = path->begin_session();
        path->start_sending(*connection, *session);
        return resume;
    }

    /// As Stream::push does it.
    bool push(std::span<const std::int16_t> samples) {
        counters.push.pushed_samples.add(samples.size() / plan.channels);
        if (ring->try_push(samples)) return true;
        counters.push.refused_samples.add(samples.size() / plan.channels);
        return false;
    }
    /// Pushes and pumps in frames of 20 ms.
    void feed(std::uint64_t from, std::size_t count, bool speech = true) {
        for (std::size_t done = 0; done < count; done += 160) {
            ASSERT_TRUE(push(numbered(from + done, std::min<std::size_t>(160, count - done), speech)));
            path->pump(Clock::now());
        }
    }

    StreamConfig config;
    Plan plan;
    AccountedMemory memory{16u << 20};
    Counters counters;
    DelayCounters delays;
    std::unique_ptr<audio::Ring> ring;
    std::unique_ptr<AudioPath> path;
    std::unique_ptr<KeepingConnection> connection;
    std::unique_ptr<dialect::Session> session;
};

}  // namespace asr_stream::engine
