#include "freeswitch/configuration.hpp"

#include <cctype>
#include <string>

#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {
namespace {

constexpr const char* file_name = "asr_stream.conf";

/// Lines are counted in the text that the switch has put together, so they would mislead.
[[nodiscard]] std::string without_line(std::string text) {
    const std::string word = std::string{file_name} + ": line ";
    if (!text.starts_with(word)) return text;
    auto end = word.size();
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    if (!std::string_view{text}.substr(end).starts_with(": ")) return text;
    return std::string{file_name} + text.substr(end);
}

}  // namespace

Result<Configuration> read_configuration() {
    switch_xml_t node = nullptr;
    const XmlPtr root{switch_xml_open_cfg(file_name, &node, nullptr)};
    if (!root || node == nullptr)
        return fail(Errc::file_not_found, std::string{file_name} + ".xml is not in the switch's autoload_configs");
    const CText text{switch_xml_toxml(node, SWITCH_FALSE)};
    if (!text) return fail(Errc::file_unreadable, file_name);
    auto configuration = parse_configuration(text.get(), file_name);
    if (configuration) return configuration;
    return fail(configuration.error().code, without_line(configuration.error().context));
}

}  // namespace asr_stream::freeswitch
