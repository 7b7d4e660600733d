#include "cli/run.hpp"

#include <CLI/CLI.hpp>
#include <asr_stream/engine.hpp>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "base/nearest.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/serve_command.hpp"

namespace asr_stream::cli {
namespace {

/// Every name that could have stood where the unknown one does.
std::vector<std::string> known_names(const CLI::App& app, bool options) {
    std::vector<std::string> names;
    if (options) {
        for (const CLI::Option* option : app.get_options()) {
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        }
        return names;
    }
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
    }
    return names;
}

std::string unknown_argument(const CLI::App& app, const std::string& argument) {
    const bool is_option = argument.starts_with("-");
    const std::string name = argument.substr(0, argument.find('='));
    const std::vector<std::string> names = known_names(app, is_option);
    const std::vector<std::string_view> views{names.begin(), names.end()};
    const std::string_view meant = nearest(name, views);
    std::string text = is_option ? "unknown option " + name : "unexpected argument " + argument;
    if (!meant.empty()) return text + "; did you mean " + std::string{meant} + "?";
    return text + "; see asr-stream " + (app.get_parent() != nullptr ? app.get_name() + " " : "") + "--help";
}

/// Help and version go to standard output; what is wrong with a command line becomes one line.
int report(const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == to_int(ExitCode::ok)) return app.exit(error);
    const auto chosen = app.get_subcommands();
    const CLI::App& command = chosen.empty() ? app : *chosen.back();
    const std::string name = chosen.empty() ? "" : command.get_name();
    const std::vector<std::string> extras = app.remaining(true);
    const bool is_unknown_argument =
        !extras.empty() && (error.get_name() == "ExtrasError" || extras.front().starts_with("-") || chosen.empty());
    if (is_unknown_argument) {
        complain(name, unknown_argument(command, extras.front()));
    } else {
        complain(name, std::string{error.what()} + "; see asr-stream " + (name.empty() ? "" : name + " ") + "--help");
    }
    return to_int(ExitCode::usage);
}

}  // namespace

int run(int argc, char** argv) {
    CLI::App app{"Streams call audio to speech-recognition services over WebSocket."};
    app.name("asr-stream");
    app.set_version_flag("--version", "asr-stream " + std::string{version()});
    app.require_subcommand(1);
    app.footer("Each subcommand explains itself: asr-stream transcribe --help\n\n" + std::string{exit_code_help()});
    int exit_code = to_int(ExitCode::ok);
    add_transcribe_command(app, exit_code);
    add_serve_command(app, exit_code);
    add_probe_command(app, exit_code);
    add_load_command(app, exit_code);
    try {
        app.parse(argc, argv);
        return exit_code;
    } catch (const CLI::ParseError& error) {
        return report(app, error);
    } catch (const std::exception& error) {
        complain("", std::string{"internal error: "} + error.what());
        return to_int(ExitCode::internal);
    }
}

}  // namespace asr_stream::cli
