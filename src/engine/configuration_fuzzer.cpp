#include <asr_stream/settings.hpp>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parsed = asr_stream::parse_configuration({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (!parsed) {
        if (parsed.error().message().find('\n') != std::string::npos) std::abort();  // an error is one line
        return 0;
    }
    for (const auto& [name, profile] : parsed->profiles)
        if (!asr_stream::validate(profile)) std::abort();
    return 0;
}
