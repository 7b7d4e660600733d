#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "freeswitch/command.hpp"

/// Whatever is typed is a command or one line that says why it is none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace asr_stream::freeswitch;
    const std::string_view line{reinterpret_cast<const char*>(data), size};
    const auto words = split_words(line);
    if (words && words->size() > max_words) std::abort();
    const auto command = parse_call_command(line);
    if (!command && (command.error().reason.empty() || command.error().reason.find('\n') != std::string::npos))
        std::abort();
    if (command) {
        if (const auto* start = std::get_if<StartCommand>(&*command))
            if (start->profile.empty() || start->name.empty() || start->name.size() > max_name_bytes) std::abort();
    }
    const auto report = parse_module_command(line);
    if (!report && report.error().reason.empty()) std::abort();
    return 0;
}
