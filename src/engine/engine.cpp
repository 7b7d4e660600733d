#include <algorithm>
#include <asr_stream/engine.hpp>
#include <asr_stream/settings.hpp>
#include <new>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/loop.hpp"
#include "engine/metrics.hpp"
#include "engine/plan.hpp"
#include "engine/registry.hpp"
#include "engine/stream_driver.hpp"
#include "engine/stream_state.hpp"

namespace asr_stream {

struct Engine::Impl {
    Impl(const EngineConfig& config, LogSink sink)
        : log{std::move(sink)}, registry{std::make_shared<engine::Registry>(config.max_streams)} {}

    /// The parts of a stream, put together; throws std::bad_alloc.
    Result<std::shared_ptr<engine::StreamDriver>> make(std::uint64_t id, StreamConfig&& config,
                                                       const engine::Plan& plan, std::shared_ptr<EventSink>&& sink);

    const LogSink log;  // each loop has a copy
    std::shared_ptr<engine::Registry> registry;
    std::vector<std::shared_ptr<engine::Loop>> loops;
};

Engine::Engine(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}

Engine::~Engine() {
    impl_->registry->refuse_new();
    for (const auto& loop : impl_->loops) loop->shut_down();
}

Result<std::unique_ptr<Engine>> Engine::create(EngineConfig config, LogSink log) {
    if (auto good = validate(config); !good) return tl::unexpected{std::move(good).error()};
    auto impl = std::make_unique<Impl>(config, std::move(log));
    const std::uint32_t rate = std::max(1u, config.connect_rate / config.loop_threads);
    for (std::uint32_t i = 0; i < config.loop_threads; ++i)
        impl->loops.push_back(std::make_shared<engine::Loop>(config, rate, impl->log, impl->registry));
    std::unique_ptr<Engine> engine{new Engine{std::move(impl)}};
    try {
        for (const auto& loop : engine->impl_->loops) loop->start();
    } catch (const std::system_error& error) {  // the destructor ends those that run
        return fail(Errc::internal, std::string{"a loop thread could not be started: "} + error.what());
    }
    return engine;
}

Result<std::shared_ptr<engine::StreamDriver>> Engine::Impl::make(std::uint64_t id, StreamConfig&& config,
                                                                 const engine::Plan& plan,
                                                                 std::shared_ptr<EventSink>&& sink) {
    const auto& loop = loops[id % loops.size()];
    auto shared = std::make_shared<Stream::Shared>(id, plan, config.profile.call_memory_bytes, loop);
    auto resampler = audio::Resampler::create(plan.call_rate, plan.wire_rate, plan.channels, &shared->memory);
    if (!resampler) return tl::unexpected{std::move(resampler).error()};
    return std::make_shared<engine::StreamDriver>(std::move(config), plan, *std::move(resampler), std::move(shared),
                                                  std::move(sink), *loop);
}

Result<Stream> Engine::add_stream(StreamConfig config, std::shared_ptr<EventSink> sink) {
    const auto plan = engine::make_plan(config);
    if (!plan) return tl::unexpected{plan.error()};
    const auto id = impl_->registry->reserve();
    if (!id) return tl::unexpected{id.error()};
    const std::size_t cap = config.profile.call_memory_bytes;
    try {
        auto driver = impl_->make(*id, std::move(config), *plan, std::move(sink));
        if (driver) {
            Stream stream{(*driver)->shared()};
            impl_->registry->add((*driver)->shared());
            impl_->loops[*id % impl_->loops.size()]->add(*std::move(driver));
            return stream;
        }
        impl_->registry->discard(*id);
        return tl::unexpected{std::move(driver).error()};
    } catch (const std::bad_alloc&) {
        impl_->registry->discard(*id);
        return fail(Errc::memory_limit,
                    "call-memory-bytes=" + std::to_string(cap) + " does not hold the buffers of a stream");
    }
}

bool Engine::drain(milliseconds time) {
    impl_->registry->refuse_new();
    for (const auto& loop : impl_->loops) loop->stop_all();
    return impl_->registry->wait_until_empty(time);
}

EngineStats Engine::stats() const {
    EngineStats stats = impl_->registry->stats();
    for (const auto& loop : impl_->loops) std::as_const(*loop).delays().add_to(stats.send_delay);
    return stats;
}

std::string Engine::metrics() const { return engine::metrics_text(stats()); }

}  // namespace asr_stream
