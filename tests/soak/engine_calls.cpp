// The engine under the load of the specimen: calls that come and go, each with a stream of its own.
#include <asr_stream/engine.hpp>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <vector>

#include "leaky_asr/calls.hpp"

namespace {

class Listener final : public asr_stream::EventSink {
  public:
    void on_event(const asr_stream::Event&) noexcept override {}
};

class EngineClient final : public leaky_asr::Client {
  public:
    EngineClient() {
        auto engine = asr_stream::Engine::create({}, {});
        if (!engine) throw std::runtime_error{engine.error().message()};
        engine_ = *std::move(engine);
    }
    void open(std::size_t call, const std::string& url) override {
        if (calls_.size() <= call) calls_.resize(call + 1);
        asr_stream::StreamConfig config;
        config.profile.endpoints = {{.url = url}};
        auto stream = engine_->add_stream(config, listener_);
        if (!stream) throw std::runtime_error{stream.error().message()};
        calls_[call] = *std::move(stream);
    }
    bool feed(std::size_t call, const void* data, std::size_t bytes) override {
        static_cast<void>(calls_[call].push({static_cast<const std::int16_t*>(data), bytes / sizeof(std::int16_t)}));
        return !calls_[call].is_closed();
    }
    void close(std::size_t call) override { calls_[call].stop(); }
    [[nodiscard]] bool drain() { return engine_->drain(std::chrono::seconds{10}); }

  private:
    std::shared_ptr<Listener> listener_ = std::make_shared<Listener>();
    std::unique_ptr<asr_stream::Engine> engine_;
    std::vector<asr_stream::Stream> calls_;
};

}  // namespace

int main(int argc, char** argv) {
    try {
        const leaky_asr::Load load = leaky_asr::read_load(argc, argv);
        EngineClient client;
        leaky_asr::run_load(load, client);
        if (!client.drain()) throw std::runtime_error{"streams were left when the load had ended"};
    } catch (const std::exception& error) {
        std::fprintf(stderr, "engine_calls: %s\n", error.what());
        return 1;
    }
    return 0;
}
