#pragma once

#include <CLI/CLI.hpp>
#include <asr_stream/config.hpp>
#include <asr_stream/error.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace asr_stream::cli {

/// How a subcommand takes the service's URL.
enum class UrlArgument { option, positional };

/// The settings a run follows, and which of them the command line itself named.
struct ServiceSettings {
    Profile profile;
    EngineConfig engine;
    std::set<std::string, std::less<>> named;
    [[nodiscard]] bool is_named(std::string_view setting) const { return named.contains(setting); }
};

/// The options that transcribe, probe and load share: which service, and any setting by its name.
/// The configuration file's profile comes first, then the options here, then each --set in order. The URL is the one on
/// the command line, else the profile's, else $ASR_STREAM_URL, else ws://127.0.0.1:2700.
class ServiceOptions {
  public:
    static constexpr std::string_view default_url = "ws://127.0.0.1:2700";
    /// `command` lives as long as this. --settings prints the table of settings and ends the parse with success.
    void add_to(CLI::App& command, UrlArgument url);
    [[nodiscard]] Result<ServiceSettings> resolve() const;

  private:
    void add_direct(CLI::App& command);
    [[nodiscard]] Result<> load_profile(ServiceSettings& settings) const;
    [[nodiscard]] Result<> apply_options(ServiceSettings& settings) const;
    [[nodiscard]] Result<> apply_sets(ServiceSettings& settings) const;

    std::string url_;
    std::string config_file_;
    std::string profile_name_;
    std::vector<std::string> sets_;
    std::vector<std::string> headers_;
    /// Options that are settings under their own name: frame-ms, dialect, ...
    struct Direct {
        std::string setting;
        std::string value;
        const CLI::Option* option = nullptr;
    };
    std::vector<Direct> direct_;
    std::string grammar_;
    const CLI::Option* grammar_option_ = nullptr;
    bool insecure_ = false;
};

/// What --settings prints: name, default, what is allowed, and a sentence for each setting.
[[nodiscard]] std::string settings_table();
/// A JSGF grammar from a file, or the text itself: a grammar ("#JSGF ..."), or a service's own word for one.
[[nodiscard]] Result<std::string> read_grammar(const std::string& file_or_text);
/// Sets one setting, whether of the profile or of the engine; an unknown name is compared with all of them.
[[nodiscard]] Result<> set_by_name(ServiceSettings& settings, std::string_view name, std::string_view value);

}  // namespace asr_stream::cli
