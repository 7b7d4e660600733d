#include <algorithm>
#include <asr_stream/settings.hpp>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// "name=value" lines; after an error the profile must be as it was, which its next validation shows by not crashing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text{reinterpret_cast<const char*>(data), size};
    asr_stream::Profile profile;
    asr_stream::EngineConfig engine;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto equals = std::min(line.find('='), line.size());
        const auto name = line.substr(0, equals);
        const auto value = line.substr(std::min(equals + 1, line.size()));
        const auto set = asr_stream::set(profile, name, value);
        if (!set && set.error().message().empty()) std::abort();
        static_cast<void>(asr_stream::set(engine, name, value));
    }
    static_cast<void>(asr_stream::validate(profile));
    if (!asr_stream::validate(engine)) std::abort();  // set() lets nothing through that validate() refuses
    return 0;
}
