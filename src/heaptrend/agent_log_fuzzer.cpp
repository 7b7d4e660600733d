#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "heaptrend/agent_log.hpp"
#include "heaptrend/maps.hpp"
#include "heaptrend/series_builder.hpp"

/// The agent's own files: the log, the build-ids, the births, the mappings.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const heaptrend::AgentLog log = heaptrend::parse_agent_log(text, text);
    for (const auto& [name, line] : log.dumps)
        if (!std::isfinite(line.time)) std::abort();
    heaptrend::SeriesBuilder builder;
    builder.add_mappings(heaptrend::parse_maps(text));
    for (const auto& birth : heaptrend::parse_births(text)) {
        if (!(birth.age >= 0)) std::abort();
        builder.add_birth(birth.addresses, birth.age);
    }
    static_cast<void>(std::move(builder).finish());
    return 0;
}
