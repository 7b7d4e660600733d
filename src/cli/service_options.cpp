#include "cli/service_options.hpp"

#include <algorithm>
#include <array>
#include <asr_stream/settings.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/nearest.hpp"
#include "cli/exit_code.hpp"
#include "cli/text.hpp"

namespace asr_stream::cli {
namespace {

constexpr std::size_t largest_grammar = 1U << 20U;
constexpr const char* service_group = "Service";

bool has_name(std::span<const SettingInfo> table, std::string_view name) {
    return std::any_of(table.begin(), table.end(), [&](const SettingInfo& info) {
        return info.name == name || (!info.alias.empty() && info.alias == name);
    });
}

template <class Range>
std::vector<std::string_view> names_of(const Range& profiles) {
    std::vector<std::string_view> names;
    names.reserve(profiles.size());
    for (const auto& [name, profile] : profiles) names.push_back(name);
    return names;
}

tl::unexpected<Error> unknown_profile(const Configuration& configuration, const std::string& name,
                                      const std::string& file) {
    const std::vector<std::string_view> names = names_of(configuration.profiles);
    std::string context = name + " in " + file;
    if (const std::string_view meant = nearest(name, names); !meant.empty()) {
        return fail(Errc::unknown_profile, context + "; did you mean " + std::string{meant} + "?");
    }
    context += "; it has";
    for (std::size_t i = 0; i < names.size(); ++i) context.append(i == 0 ? " " : ", ").append(names[i]);
    return fail(Errc::unknown_profile, names.empty() ? context + " none" : context);
}

void append_table(std::string& out, std::string_view title, std::span<const SettingInfo> table) {
    out.append(title).append("\n\n");
    for (const SettingInfo& info : table) {
        std::string line = "  " + pad(info.name, 23) + " ";
        line += info.default_value.empty() ? "(empty)" : std::string{info.default_value};
        if (!info.unit.empty()) line += " " + std::string{info.unit};
        out += line + "\n      " + std::string{info.summary} + "\n      Allowed: " + std::string{info.allowed} + "\n";
    }
    out += "\n";
}

void add_repeated(CLI::App& command, const char* flag, std::vector<std::string>& values, const char* type,
                  const char* help) {
    command.add_option(flag, values, help)->type_name(type)->allow_extra_args(false)->take_all()->group(service_group);
}

void print_settings() {
    const std::string table = settings_table();
    std::fwrite(table.data(), 1, table.size(), stdout);
    throw CLI::Success{};
}

}  // namespace

std::string settings_table() {
    std::string out;
    append_table(out, "Settings of a profile: --set NAME=VALUE, or <param name= value=> in asr_stream.conf.xml",
                 profile_settings());
    append_table(out, "Settings of the process: --set NAME=VALUE, or <settings> in asr_stream.conf.xml",
                 engine_settings());
    return out;
}

Result<std::string> read_grammar(const std::string& file_or_text) {
    if (file_or_text.starts_with("#JSGF") || file_or_text.starts_with("#ABNF")) return file_or_text;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file_or_text, ignored)) {
        const bool looks_like_path = file_or_text.find('/') != std::string::npos || file_or_text.ends_with(".gram") ||
                                     file_or_text.ends_with(".jsgf");
        const bool looks_like_text = file_or_text.find_first_of("<>;|{}:") != std::string::npos;
        if (looks_like_path && !looks_like_text) return fail(Errc::file_not_found, file_or_text + " (--grammar)");
        return file_or_text;
    }
    std::ifstream file{file_or_text, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (file.bad() || !file.is_open()) return fail(Errc::file_unreadable, file_or_text + " (--grammar)");
    if (text.size() > largest_grammar) {
        return fail(Errc::file_unreadable, file_or_text + " (--grammar): larger than 1 MiB");
    }
    return text;
}

Result<> set_by_name(ServiceSettings& settings, std::string_view name, std::string_view value) {
    const bool is_engine = has_name(engine_settings(), name);
    if (!is_engine && !has_name(profile_settings(), name)) {
        std::vector<std::string_view> names;
        for (const SettingInfo& info : profile_settings()) names.push_back(info.name);
        for (const SettingInfo& info : engine_settings()) names.push_back(info.name);
        const std::string_view meant = nearest(name, names);
        return fail(Errc::unknown_setting,
                    std::string{name} + (meant.empty() ? "; --settings lists all of them"
                                                       : "; did you mean " + std::string{meant} + "?"));
    }
    auto result = is_engine ? set(settings.engine, name, value) : set(settings.profile, name, value);
    if (result) settings.named.emplace(name);
    return result;
}

void ServiceOptions::add_to(CLI::App& command, UrlArgument url) {
    const std::string url_help =
        "Service, ws:// or wss://. Default: the profile's, else $ASR_STREAM_URL, else " + std::string{default_url};
    command.add_option(url == UrlArgument::positional ? "url" : "--url", url_, url_help)
        ->type_name("URL")
        ->group(url == UrlArgument::positional ? "Positionals" : service_group);
    command.add_option("--config", config_file_, "Configuration, as the switch module reads it (asr_stream.conf.xml)")
        ->type_name("FILE")
        ->group(service_group);
    command
        .add_option("--profile", profile_name_, "Profile of --config. Default: the one named default, or the only one")
        ->type_name("NAME")
        ->needs("--config")
        ->group(service_group);
    add_repeated(command, "--set", sets_, "NAME=VALUE",
                 "Any setting by its name, for instance frame-ms=100; may be repeated");
    add_repeated(command, "--header", headers_, "HEADER",
                 "Extra header of the request, \"Name: value\"; may be repeated");
    add_direct(command);
    grammar_option_ = command
                          .add_option("--grammar", grammar_,
                                      "What may be said: a JSGF file, a JSGF text, or a service's own word for one")
                          ->type_name("FILE|TEXT")
                          ->group(service_group);
    command.add_flag("--insecure", insecure_, "Accept any certificate: no protection against a forged service")
        ->group(service_group);
    command
        .add_flag_callback("--settings", print_settings,
                           "Print every setting with its default and what is allowed, and end")
        ->group(service_group);
}

void ServiceOptions::add_direct(CLI::App& command) {
    struct Row {
        const char* flag;
        const char* setting;
        const char* type;
        const char* help;
    };
    static constexpr std::array rows{
        Row{"--dialect", "dialect", "NAME",
            "Wire protocol of the service (json, vosk, jambonz, ...; --settings lists them)"},
        Row{"--language", "language", "TAG", "Language, for instance en-US"},
        Row{"--hints", "hints", "WORDS", "Words or phrases to expect, with commas between"},
        Row{"--ca-file", "tls-ca-file", "FILE",
            "Authorities that may vouch for the service (PEM). Default: the system's"},
        Row{"--frame-ms", "frame-ms", "MS", "Audio in one message"},
        Row{"--audio-format", "audio-format", "FORMAT", "Dialect json: text (base64) or binary frames"},
    };
    direct_.resize(rows.size());  // once: the options keep the addresses of the values
    for (std::size_t i = 0; i < rows.size(); ++i) {
        direct_[i].setting = rows.at(i).setting;
        direct_[i].option = command.add_option(rows.at(i).flag, direct_[i].value, rows.at(i).help)
                                ->type_name(rows.at(i).type)
                                ->group(service_group);
    }
}

Result<ServiceSettings> ServiceOptions::resolve() const {
    ServiceSettings settings;
    if (auto done = load_profile(settings); !done) return tl::unexpected{std::move(done).error()};
    if (auto done = apply_options(settings); !done) return tl::unexpected{std::move(done).error()};
    if (auto done = apply_sets(settings); !done) return tl::unexpected{std::move(done).error()};
    if (settings.profile.endpoints.empty()) {
        const char* from_environment = std::getenv("ASR_STREAM_URL");
        const bool has_environment = from_environment != nullptr && *from_environment != '\0';
        const std::string_view url = has_environment ? std::string_view{from_environment} : default_url;
        if (auto done = set(settings.profile, "url", url); !done) return tl::unexpected{std::move(done).error()};
    }
    return settings;
}

Result<> ServiceOptions::load_profile(ServiceSettings& settings) const {
    if (config_file_.empty()) return {};
    auto configuration = load_configuration(config_file_);
    if (!configuration) {
        const Error& error = configuration.error();
        if (exit_code_of(error.code) != ExitCode::input) return tl::unexpected{error};
        return fail(Errc::invalid_config_file, error.context + ": " + error.code.message());
    }
    settings.engine = configuration->engine;
    auto& profiles = configuration->profiles;
    const std::string wanted = profile_name_.empty() ? "default" : profile_name_;
    auto found = profiles.find(wanted);
    if (found == profiles.end() && profile_name_.empty() && profiles.size() == 1) found = profiles.begin();
    if (found == profiles.end()) return unknown_profile(*configuration, wanted, config_file_);
    settings.profile = std::move(found->second);
    return {};
}

Result<> ServiceOptions::apply_options(ServiceSettings& settings) const {
    if (!url_.empty()) {
        if (auto done = set_by_name(settings, "url", url_); !done) return done;
    }
    for (const Direct& direct : direct_) {
        if (direct.option->count() == 0) continue;
        if (auto done = set_by_name(settings, direct.setting, direct.value); !done) return done;
    }
    if (grammar_option_->count() > 0) {
        const auto grammar = read_grammar(grammar_);
        if (!grammar) return tl::unexpected{grammar.error()};
        if (auto done = set_by_name(settings, "grammar", *grammar); !done) return done;
    }
    for (const std::string& header : headers_) {
        if (auto done = set_by_name(settings, "header", header); !done) return done;
    }
    if (!insecure_) return {};
    if (auto done = set_by_name(settings, "tls-verify-hostname", "false"); !done) return done;
    return set_by_name(settings, "tls-verify-peer", "false");
}

Result<> ServiceOptions::apply_sets(ServiceSettings& settings) const {
    for (const std::string& text : sets_) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos) {
            return fail(Errc::invalid_setting, "--set " + text + ": write it as NAME=VALUE, for instance frame-ms=100");
        }
        const std::string_view view{text};
        if (auto done = set_by_name(settings, view.substr(0, equals), view.substr(equals + 1)); !done) return done;
    }
    return {};
}

}  // namespace asr_stream::cli
