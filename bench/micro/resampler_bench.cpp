#include "audio/resampler.hpp"

#include <benchmark/benchmark.h>

#include "micro/voice.hpp"

namespace asr_stream::bench {
namespace {

/// 20 ms at 8 kHz into 20 ms at 16 kHz.
void resample_8k_to_16k_20_ms(benchmark::State& state) {
    auto resampler = audio::Resampler::create(8000, 16000, 1);
    if (!resampler) return state.SkipWithError(resampler.error().message().c_str());
    const auto samples = voice(160);
    for (auto _ : state) benchmark::DoNotOptimize(resampler->process(samples).data());
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(resample_8k_to_16k_20_ms);

}  // namespace
}  // namespace asr_stream::bench
