#include "audio/ring.hpp"

#include <benchmark/benchmark.h>

#include <memory_resource>

#include "micro/voice.hpp"

namespace asr_stream::bench {
namespace {

constexpr std::size_t half_a_second = 4000;
constexpr std::size_t samples_in_20_ms = 160;

/// One push of 20 ms and its pop, on one thread: the cost without any contention.
void ring_push_pop_20_ms(benchmark::State& state) {
    audio::Ring ring{half_a_second, 1, std::pmr::get_default_resource()};
    const auto samples = voice(samples_in_20_ms);
    for (auto _ : state) {
        if (!ring.try_push(samples)) return state.SkipWithError("the ring is full");
        while (const auto piece = ring.front()) {
            benchmark::DoNotOptimize(piece->samples.data());
            ring.pop();
        }
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ring_push_pop_20_ms);

/// What a tick pays for a stream that has nothing new.
void ring_look_when_empty(benchmark::State& state) {
    audio::Ring ring{half_a_second, 1, std::pmr::get_default_resource()};
    for (auto _ : state) benchmark::DoNotOptimize(ring.empty());
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ring_look_when_empty);

}  // namespace
}  // namespace asr_stream::bench
