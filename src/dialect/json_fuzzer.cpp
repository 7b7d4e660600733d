#include <cstddef>
#include <cstdint>

#include "dialect/fuzz_checks.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    asr_stream::dialect::check_decode("json", input);
    asr_stream::dialect::check_opening("json", input);
    return 0;
}
