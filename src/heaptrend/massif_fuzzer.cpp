#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "heaptrend/read.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto series = heaptrend::read_massif({reinterpret_cast<const char*>(data), size});
    if (series && series->snapshots.size() < 2) std::abort();
    return 0;
}
