#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/dialect.hpp"
#include "micro/voice.hpp"

namespace asr_stream::bench {
namespace {

using dialect::Framing;

constexpr std::string_view partial = R"({"type":"partial","text":"i would like to book a table for"})";
constexpr std::string_view final =
    R"({"type":"final","text":"i would like to book","confidence":0.93,"start_ms":1200,"end_ms":2850,"words":[)"
    R"({"word":"i","start_ms":1200,"end_ms":1290,"confidence":0.98},)"
    R"({"word":"would","start_ms":1290,"end_ms":1530,"confidence":0.95},)"
    R"({"word":"like","start_ms":1530,"end_ms":1860,"confidence":0.94},)"
    R"({"word":"to","start_ms":1860,"end_ms":1980,"confidence":0.9},)"
    R"({"word":"book","start_ms":1980,"end_ms":2850,"confidence":0.91}],)"
    R"("alternatives":[{"text":"i would like to look","confidence":0.71}]})";

std::unique_ptr<dialect::Session> open_json(benchmark::State& state, AudioFraming format) {
    const auto found = dialect::find("json");
    if (!found) {
        state.SkipWithError(found.error().message().c_str());
        return nullptr;
    }
    dialect::SessionConfig config;
    config.stream_id = "1";
    config.call_id = "5d4b2a8e-4c53-4f0e-9d3a-4a3f2f2f7f11";
    config.audio_format = format;
    return (*found)->open(config);
}

/// One audio message of `range(0)` ms at 8 kHz.
void encode(benchmark::State& state, AudioFraming format) {
    const auto session = open_json(state, format);
    if (!session) return;
    const auto samples = voice(static_cast<std::size_t>(state.range(0)) * 8);
    std::vector<char> out(session->max_encoded_bytes(samples.size()));
    dialect::AudioChunk chunk{.samples = samples};
    std::size_t bytes = 0;
    for (auto _ : state) {
        bytes += session->encode(chunk, out);
        benchmark::DoNotOptimize(out.data());
        ++chunk.sequence;
        chunk.start += milliseconds{state.range(0)};
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK_CAPTURE(encode, json_text, AudioFraming::text)->Arg(20)->Arg(100)->ArgName("ms");
BENCHMARK_CAPTURE(encode, json_binary, AudioFraming::binary)->Arg(20)->Arg(100)->ArgName("ms");

void decode(benchmark::State& state, std::string_view message) {
    const auto session = open_json(state, AudioFraming::text);
    if (!session) return;
    std::vector<dialect::RecognitionEvent> events;
    for (auto _ : state) {
        events.clear();
        if (const auto read = session->decode(Framing::text, message, events); !read || events.empty())
            return state.SkipWithError("the message was not understood");
        benchmark::DoNotOptimize(events.data());
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}
BENCHMARK_CAPTURE(decode, json_partial, partial);
BENCHMARK_CAPTURE(decode, json_final, final);

}  // namespace
}  // namespace asr_stream::bench
