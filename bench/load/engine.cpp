#include <asr_stream/engine.hpp>
#include <atomic>
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "load/contestant.hpp"

namespace asr_stream::bench {

namespace {

constexpr std::uint32_t connects_per_second = 5000;  ///< the bound is not what is measured here

/// Counts what all streams were told.
class Listener final : public EventSink {
  public:
    void on_event(const Event& event) noexcept override {
        if (event.kind == EventKind::connected) connected_.fetch_add(1, std::memory_order_relaxed);
        if (event.kind == EventKind::error || event.kind == EventKind::disconnected) report(event);
    }
    [[nodiscard]] unsigned connected() const noexcept { return connected_.load(std::memory_order_relaxed); }
    [[nodiscard]] unsigned troubles() const noexcept { return troubles_.load(std::memory_order_relaxed); }

  private:
    void report(const Event& event) noexcept {
        const bool first = troubles_.fetch_add(1, std::memory_order_relaxed) == 0;
        if (first && event.error) std::cerr << "engine: " << event.error->message() << '\n';
    }
    std::atomic<unsigned> connected_{0};
    std::atomic<unsigned> troubles_{0};
};

/// The engine through its public interface, one loop thread.
class EngineContestant final : public Contestant {
  public:
    explicit EngineContestant(const Plan& plan) : plan_{plan}, listener_{std::make_shared<Listener>()} {
        EngineConfig config;
        config.connect_rate = connects_per_second;
        if (plan.batch_ms == 0) config.batch_streams = 0;  // a send for each frame, as the others do it
        auto engine = Engine::create(config, [this](LogLevel level, std::string_view line) {
            if (level >= LogLevel::warning && !ending_) std::cerr << "engine: " << line << '\n';
        });
        if (!engine) throw std::runtime_error{engine.error().message()};
        engine_ = std::move(*engine);
    }

    ~EngineContestant() override { ending_ = true; }  // what is aborted now says so, and that is no news
    EngineContestant(const EngineContestant&) = delete;
    EngineContestant& operator=(const EngineContestant&) = delete;

    void connect(unsigned first, unsigned count) override {
        for (unsigned stream = first; stream < first + count; ++stream) {
            auto added = engine_->add_stream(config_of(stream), listener_);
            if (!added) throw std::runtime_error{added.error().message()};
            streams_.push_back(*added);
        }
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
        while (listener_->connected() < first + count) {
            if (std::chrono::steady_clock::now() > deadline)
                throw std::runtime_error{"engine: only " + std::to_string(listener_->connected()) +
                                         " streams connected"};
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    }

    void push(unsigned stream, std::uint64_t push) override {
        streams_[stream].push({samples_of_push(push, plan_.silence), samples_per_push});
    }

    std::string complaint() override {
        const EngineStats stats = engine_->stats();
        const StreamStats& sum = stats.sum;
        if (sum.refused_samples + sum.queue_dropped_samples + sum.connect_failures + listener_->troubles() == 0)
            return {};
        return "engine: " + std::to_string(sum.refused_samples) + " samples refused by rings, " +
               std::to_string(sum.queue_dropped_samples) + " dropped by queues, " +
               std::to_string(sum.connect_failures) + " failed connects, " + std::to_string(listener_->troubles()) +
               " streams in trouble";
    }
    bool has_loop() const override { return true; }

  private:
    [[nodiscard]] StreamConfig config_of(unsigned stream) const {
        StreamConfig config;
        const std::string scheme = plan_.ca_file.empty() ? "ws" : "wss";
        config.profile.endpoints = {{scheme + "://127.0.0.1:" + std::to_string(plan_.port) + "/", 1}};
        config.profile.tls.ca_file = plan_.ca_file;
        config.profile.frame_ms = milliseconds{plan_.frame_ms};
        config.call_id = std::to_string(stream);
        config.sample_rate = sample_rate;
        return config;
    }

    Plan plan_;
    std::atomic<bool> ending_{false};
    std::shared_ptr<Listener> listener_;
    std::unique_ptr<Engine> engine_;
    std::vector<Stream> streams_;
};

}  // namespace

std::unique_ptr<Contestant> make_engine(const Plan& plan) { return std::make_unique<EngineContestant>(plan); }

}  // namespace asr_stream::bench
