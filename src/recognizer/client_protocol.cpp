#include "recognizer/client_protocol.hpp"

#include <boost/json/object.hpp>

#include "dialect/json_read.hpp"

namespace asr_stream::recognizer {

std::unique_ptr<ClientProtocol> choose_protocol(std::string_view path, Framing framing,
                                                std::string_view first_message) {
    path = path.substr(0, path.find('?'));
    while (path.ends_with('/')) path.remove_suffix(1);
    if (path == "/json") return make_json_protocol();
    if (path == "/vosk" || framing == Framing::binary) return make_vosk_protocol();
    dialect::JsonDocument document;
    const auto object = document.parse_object(first_message);
    const bool is_vosk = object ? !(*object)->contains("type") : first_message.find("config") != std::string_view::npos;
    return is_vosk ? make_vosk_protocol() : make_json_protocol();
}

}  // namespace asr_stream::recognizer
