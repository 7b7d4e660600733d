#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "heaptrend/read.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto series = heaptrend::read_heaptrack({reinterpret_cast<const char*>(data), size});
    if (!series) return 0;
    double time = -1;
    for (const auto& snapshot : series->snapshots) {
        if (snapshot.time <= time || !(snapshot.live().bytes >= 0)) std::abort();
        time = snapshot.time;
    }
    return 0;
}
