#include "xml.hpp"

#include <cstring>
#include <deque>
#include <filesystem>
#include <memory>
#include <pugixml.hpp>
#include <vector>

#include "event_bus.hpp"
#include "log.hpp"
#include "text.hpp"

namespace miniswitch {
namespace {

std::string folder;

/// One opened configuration: the parsed text, and the tree of the core's nodes that points into it.
struct Document {
    switch_xml root{};  // first, so that a root is its document
    pugi::xml_document text;
    std::deque<switch_xml> nodes;
    std::deque<std::vector<char*>> attributes;
};

// The core lists children of one name through `next`, and those of different names through `sibling`.
void link_child(switch_xml& parent, switch_xml& child) {
    switch_xml_t* head = &parent.child;
    while (*head != nullptr && std::strcmp((*head)->name, child.name) != 0) head = &(*head)->sibling;
    while (*head != nullptr) head = &(*head)->next;
    *head = &child;
}

void fill(Document& document, const pugi::xml_node& from, switch_xml& to) {
    to.name = const_cast<char*>(from.name());
    to.txt = const_cast<char*>(from.text().get());
    auto& list = document.attributes.emplace_back();
    for (const auto& attribute : from.attributes()) {
        list.push_back(const_cast<char*>(attribute.name()));
        list.push_back(const_cast<char*>(attribute.value()));
    }
    list.push_back(nullptr);
    to.attr = list.data();
    for (const auto& each : from.children()) {
        if (each.type() != pugi::node_element) continue;
        auto& child = document.nodes.emplace_back();
        child.parent = &to;
        fill(document, each, child);
        link_child(to, child);
    }
}

std::filesystem::path file_of(const std::string& name) {
    for (const auto& place : {std::filesystem::path{folder}, std::filesystem::path{folder} / "autoload_configs"})
        if (const auto path = place / (name + ".xml"); std::filesystem::exists(path)) return path;
    return {};
}

}  // namespace

void set_configuration_folder(std::string path) { folder = std::move(path); }

}  // namespace miniswitch

extern "C" {

switch_xml_t switch_xml_open_cfg(const char* name, switch_xml_t* node, switch_event_t*) {
    *node = nullptr;
    auto document = std::make_unique<miniswitch::Document>();
    const auto path = miniswitch::file_of(name);
    const auto parsed = document->text.load_file(path.c_str());
    const auto found = document->text.find_node([name](const pugi::xml_node& each) {
        return std::strcmp(each.name(), "configuration") == 0 && std::strcmp(each.attribute("name").value(), name) == 0;
    });
    if (!parsed || !found) {
        const char* why = !parsed ? parsed.description() : "no <configuration> of that name";
        miniswitch::log(SWITCH_LOG_ERROR, "open of " + std::string{name} + " failed: " + path.string() + ": " + why);
        return nullptr;
    }
    miniswitch::fill(*document, found, document->root);
    *node = &document->root;
    return &document.release()->root;
}

switch_xml_t switch_xml_child(switch_xml_t xml, const char* name) {
    auto* at = xml == nullptr ? nullptr : xml->child;
    while (at != nullptr && std::strcmp(at->name, name) != 0) at = at->sibling;
    return at;
}

const char* switch_xml_attr(switch_xml_t xml, const char* name) {
    if (xml == nullptr) return nullptr;
    for (char** at = xml->attr; *at != nullptr; at += 2)
        if (std::strcmp(at[0], name) == 0) return at[1];
    return nullptr;
}

void switch_xml_free(switch_xml_t xml) { delete reinterpret_cast<miniswitch::Document*>(xml); }

switch_status_t switch_xml_reload(const char** error) {
    *error = "Success";
    miniswitch::event_bus().fire(miniswitch::make_event(SWITCH_EVENT_RELOADXML));
    return SWITCH_STATUS_SUCCESS;
}

}  // extern "C"
