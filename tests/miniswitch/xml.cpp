#include <cstring>
#include <pugixml.hpp>
#include <sstream>

#include "event.hpp"

/// One opened file. Its root and its <configuration> are the same to those who only want the text.
struct switch_xml {
    pugi::xml_document text;
    pugi::xml_node configuration;
};

extern "C" {

switch_xml_t switch_xml_open_cfg(const char* name, switch_xml_t* node, switch_event_t*) {
    auto xml = std::make_unique<switch_xml>();
    const auto path = std::string{SWITCH_GLOBAL_dirs.conf_dir} + "/" + name + ".xml";
    const auto parsed = xml->text.load_file(path.c_str());
    xml->configuration = xml->text.find_child_by_attribute("configuration", "name", name);
    *node = nullptr;
    if (!parsed || !xml->configuration) {
        const char* why = parsed ? "no <configuration> of that name" : parsed.description();
        miniswitch::log(SWITCH_LOG_ERROR, "open of " + path + " failed: " + why);
        return nullptr;
    }
    return *node = xml.release();
}

char* switch_xml_toxml_ex(switch_xml_t xml, switch_bool_t, switch_bool_t) {
    std::ostringstream text;
    xml->configuration.print(text);
    return strdup(text.str().c_str());
}

void switch_xml_free(switch_xml_t xml) { delete xml; }

switch_status_t switch_xml_reload(const char** error) {
    *error = "Success";
    miniswitch::event_bus().fire(miniswitch::make_event(SWITCH_EVENT_RELOADXML));
    return SWITCH_STATUS_SUCCESS;
}

}  // extern "C"
