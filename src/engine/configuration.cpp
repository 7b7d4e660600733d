#include <algorithm>
#include <asr_stream/settings.hpp>
#include <fstream>
#include <pugixml.hpp>

#include "engine/setting_values.hpp"

namespace asr_stream {
namespace {

constexpr std::size_t max_file_bytes = 4u << 20;
constexpr std::size_t max_profiles = 1000;

/// Reads one document; every error begins with the file's name.
class Reader {
  public:
    Reader(std::string_view xml, std::string_view name) : xml_{xml}, name_{name} {}

    Result<Configuration> read() {
        pugi::xml_document document;
        const auto parsed = document.load_buffer(xml_.data(), xml_.size());
        if (!parsed) return bad(line_of(parsed.offset) + parsed.description());
        const pugi::xml_node root = document.child("configuration");
        if (!root) return bad("no <configuration> element");
        for (const pugi::xml_node node : root.children()) {
            if (auto good = read_section(node); !good) return tl::unexpected{std::move(good).error()};
        }
        if (configuration_.profiles.empty()) return bad("no <profile> in <profiles>");
        return std::move(configuration_);
    }

  private:
    using Node = pugi::xml_node;

    Result<> read_section(Node node) {
        const std::string_view name = node.name();
        if (name == "settings") return read_settings(node);
        if (name == "profiles") return read_profiles(node);
        return is_element(node) ? bad(unknown_element(node, "<settings> and <profiles>")) : Result<>{};
    }

    Result<> read_settings(Node settings) {
        for (const Node node : settings.children()) {
            if (!is_element(node)) continue;
            if (std::string_view{node.name()} != "param") return bad(unknown_element(node, "<param>"));
            auto good = set(configuration_.engine, node.attribute("name").value(), node.attribute("value").value());
            if (!good) return in_place(std::move(good).error(), node, "settings");
        }
        return {};
    }

    Result<> read_profiles(Node profiles) {
        for (const Node node : profiles.children()) {
            if (!is_element(node)) continue;
            if (std::string_view{node.name()} != "profile") return bad(unknown_element(node, "<profile>"));
            if (auto good = read_profile(node); !good) return good;
        }
        return {};
    }

    Result<> read_profile(Node node) {
        Profile profile;
        profile.name = node.attribute("name").value();
        if (profile.name.empty()) return bad(line_of(node.offset_debug()) + "a <profile> needs a name");
        const std::string where = "profile " + engine::printable(profile.name);
        for (const Node child : node.children()) {
            if (!is_element(child)) continue;
            if (auto good = read_setting(profile, child); !good) return in_place(std::move(good).error(), child, where);
        }
        if (auto good = validate(profile); !good) return in_place(std::move(good).error(), node, where);
        if (configuration_.profiles.size() >= max_profiles)
            return bad("more than " + std::to_string(max_profiles) + " profiles");
        const std::string name = profile.name;
        if (!configuration_.profiles.emplace(name, std::move(profile)).second)
            return bad(line_of(node.offset_debug()) + where + " appears twice");
        return {};
    }

    Result<> read_setting(Profile& profile, Node node) {
        const std::string_view element = node.name();
        if (element == "param") return set(profile, node.attribute("name").value(), node.attribute("value").value());
        if (element == "endpoint") {
            std::string value = node.attribute("url").value();
            if (const auto weight = node.attribute("weight")) value += std::string{" "} + weight.value();
            return set(profile, "endpoint", value);
        }
        return fail(Errc::invalid_config_file, unknown_element(node, "<param> and <endpoint>"));
    }

    static bool is_element(Node node) { return node.type() == pugi::node_element; }

    static std::string unknown_element(Node node, std::string_view allowed) {
        return "<" + engine::printable(node.name()) + "> is not known here; allowed are " + std::string{allowed};
    }

    std::string line_of(std::ptrdiff_t offset) const {
        if (offset < 0) return {};
        const auto head = xml_.substr(0, static_cast<std::size_t>(offset));
        return "line " + std::to_string(1 + std::count(head.begin(), head.end(), '\n')) + ": ";
    }

    tl::unexpected<Error> bad(std::string problem) const {
        return fail(Errc::invalid_config_file, std::string{name_} + ": " + std::move(problem));
    }

    /// Puts file, line and profile before what `error` says.
    tl::unexpected<Error> in_place(const Error& error, Node node, std::string_view where) const {
        return fail(error.code, std::string{name_} + ": " + line_of(node.offset_debug()) + std::string{where} + ": " +
                                    error.context);
    }

    std::string_view xml_;
    std::string_view name_;
    Configuration configuration_;
};

}  // namespace

Result<Configuration> parse_configuration(std::string_view xml, std::string_view name) {
    if (xml.size() > max_file_bytes)
        return fail(Errc::invalid_config_file,
                    std::string{name} + ": larger than " + std::to_string(max_file_bytes) + " bytes");
    return Reader{xml, name}.read();
}

Result<Configuration> load_configuration(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return fail(Errc::file_not_found, path);
    std::string text;
    text.resize(max_file_bytes + 1);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad() || (file.fail() && !file.eof())) return fail(Errc::file_unreadable, path);
    text.resize(static_cast<std::size_t>(file.gcount()));
    return parse_configuration(text, path);
}

}  // namespace asr_stream
