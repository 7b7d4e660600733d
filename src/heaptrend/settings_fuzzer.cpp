#include <cstdint>
#include <string_view>

#include "heaptrend/check.hpp"
#include "heaptrend/fold.hpp"
#include "heaptrend/graph_layout.hpp"
#include "heaptrend/oom_log.hpp"
#include "heaptrend/process_memory.hpp"
#include "heaptrend/units.hpp"

/// What users write (rules, suppressions, baselines, rates), and what the kernel and graphviz say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    heaptrend::FoldRules rules;
    static_cast<void>(rules.add(text));
    static_cast<void>(rules.passes_on(text, heaptrend::qualified_name(text)));
    static_cast<void>(heaptrend::parse_suppressions(text));
    static_cast<void>(heaptrend::parse_baseline(text));
    static_cast<void>(heaptrend::parse_rate(text));
    static_cast<void>(heaptrend::parse_oom_line(text));
    static_cast<void>(heaptrend::parse_pressure(text));
    heaptrend::MemorySample sample;
    heaptrend::parse_status(text, sample);
    heaptrend::parse_rollup(text, sample);
    heaptrend::parse_meminfo(text, sample);
    heaptrend::parse_stacks(text, sample);
    static_cast<void>(heaptrend::parse_plain(text, 3, {{0, 1}, {1, 2}}));
    return 0;
}
