#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "heaptrend/dump.hpp"
#include "heaptrend/series_builder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    for (const auto read : {heaptrend::read_heap_v2, heaptrend::read_gperftools}) {
        const auto dump = read(text);
        if (!dump) continue;
        heaptrend::SeriesBuilder builder;
        builder.add(*dump, {.time = 0, .source = {}, .memory = {}});
        builder.add(*dump, {.time = 1, .source = {}, .memory = {}});
        const heaptrend::Series series = std::move(builder).finish();
        const double first = series.snapshots[0].live().bytes;
        if (!(first >= 0) || first != series.snapshots[1].live().bytes) std::abort();
    }
    return 0;
}
