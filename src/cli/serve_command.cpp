#include "cli/serve_command.hpp"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/text.hpp"
#include "recognizer/serve_options.hpp"
#include "recognizer/server.hpp"

namespace asr_stream::cli {
namespace {

using recognizer::ServeOptions;
using std::chrono::milliseconds;

constexpr const char* footer =
    "Examples:\n"
    "  asr-stream serve                                             ws://127.0.0.1:2700, model al8k\n"
    "  asr-stream serve --model en-us --listen 0.0.0.0:2700         wideband dictation\n"
    "  asr-stream serve --grammar menu.gram --endpoint-silence 400ms\n"
    "  asr-stream serve --tls-certificate cert.pem --tls-key key.pem\n"
    "\n"
    "Clients speak json (at /json) or vosk (at /vosk); at any other path the first message decides. A start message "
    "may\n"
    "bring its own grammar (JSGF: nothing else is recognized), hints (phrases made likelier in dictation, their words "
    "made\n"
    "possible) or the name of a --language-model. GET / shows how the server is, GET /health the same as JSON.\n"
    "The first line on standard output is \"listening on URL (...)\". SIGTERM and SIGINT let every client finish "
    "first.\n"
    "\n"
    "al8k is a small 8 kHz model of one speaker, for demonstrations and tests. en-us is Debian's pocketsphinx-en-us.\n"
    "\n";

/// What the command line says, before it is checked.
struct Given {
    ServeOptions options;
    std::vector<std::string> language_models;  ///< NAME=FILE
    bool is_quiet = false;
};

CLI::AsNumberWithUnit as_milliseconds() {
    const std::map<std::string, std::int64_t> units{{"ms", 1}, {"s", 1'000}, {"min", 60'000}, {"h", 3'600'000}};
    return CLI::AsNumberWithUnit{units, CLI::AsNumberWithUnit::DEFAULT, "TIME"};
}

/// An option that is a time: "600ms", "5s", "2min", or a number of milliseconds.
void add_time(CLI::App& command, const std::string& group, const std::string& name, milliseconds& value,
              const std::string& help) {
    command
        .add_option_function<std::int64_t>(
            name, [&value](const std::int64_t& given) { value = milliseconds{given}; }, help)
        ->transform(as_milliseconds())
        ->option_text("TIME=" + std::to_string(value.count()) + "ms")
        ->group(group);
}

void add_recognition_options(CLI::App& command, Given& given) {
    auto& options = given.options;
    const std::string group = "Recognition";
    command.add_option("--model", options.model, "al8k, en-us, or a folder with mdef, *.dict and *.lm")
        ->group(group)
        ->capture_default_str();
    command.add_option("--grammar", options.grammar_file, "JSGF file for clients that bring no grammar")->group(group);
    command
        .add_option("--lm", options.language_model_file, "language model (ARPA or binary) instead of the model's own")
        ->group(group);
    command.add_option("--language-model", given.language_models, "NAME=FILE that clients may ask for; repeatable")
        ->group(group)
        ->allow_extra_args(false);
    command.add_option("--hint", options.hints, "phrase made likelier for clients that bring no hints; repeatable")
        ->group(group)
        ->allow_extra_args(false);
    command.add_option("--hint-weight", options.hint_weight, "share of the hints, between 0 and 1")
        ->group(group)
        ->capture_default_str();
    add_time(command, group, "--endpoint-silence", options.endpoint_silence, "so long a pause ends an utterance");
    add_time(command, group, "--max-utterance", options.max_utterance, "a longer one is cut in two");
    add_time(command, group, "--partial-interval", options.partial_interval, "audio between two partial results");
}

void add_bounds(CLI::App& command, ServeOptions& options) {
    const std::string group = "Bounds";
    const auto count = [&](const char* name, std::size_t& value, const char* help) {
        command.add_option(name, value, help)->group(group)->capture_default_str();
    };
    command.add_option("--threads", options.threads, "that decode; 0: one a core")->group(group)->capture_default_str();
    count("--max-clients", options.max_clients, "connected at once; more get HTTP 503");
    count("--max-recognizers", options.max_recognizers, "utterances at once; more are told \"overloaded\"");
    count("--max-message-bytes", options.max_message_bytes, "of a client's message");
    count("--max-unsent-bytes", options.max_unsent_bytes, "that a client has not read; more, and it is cut off");
    add_time(command, group, "--max-backlog", options.max_backlog,
             "audio that waits, of all clients; then new ones are told \"overloaded\"");
    add_time(command, group, "--max-lag", options.max_lag,
             "of a client behind real time; then it is told \"overloaded\"");
    add_time(command, group, "--read-ahead", options.read_ahead,
             "audio of one client that waits; then its socket is not read");
    add_time(command, group, "--recognizer-idle", options.recognizer_idle,
             "until a recognizer that nobody uses is freed");
    add_time(command, group, "--idle-timeout", options.idle_timeout, "without a message from a client");
    add_time(command, group, "--max-session", options.max_session, "of one client");
    add_time(command, group, "--stop-timeout", options.stop_timeout, "for clients to finish when the server stops");
}

Result<> take_language_models(Given& given) {
    for (const auto& text : given.language_models) {
        const auto equals = text.find('=');
        if (equals == 0 || equals == std::string::npos || equals + 1 == text.size())
            return fail(Errc::invalid_setting, "--language-model=" + text + ": NAME=FILE is wanted");
        given.options.language_models[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return {};
}

ExitCode serve(Given& given) {
    if (auto taken = take_language_models(given); !taken) {
        complain("serve", taken.error());
        return exit_code_of(taken.error().code);
    }
    given.options.handle_signals = true;
    auto log = [is_quiet = given.is_quiet](LogLevel level, std::string_view line) {
        if (level >= (is_quiet ? LogLevel::error : LogLevel::info))
            std::clog << "asr-stream: serve: " << printable(line) << std::endl;
    };
    auto server = recognizer::Server::create(given.options, std::move(log));
    if (!server) {
        complain("serve", server.error());
        return exit_code_of(server.error().code);
    }
    std::cout << (*server)->description() << std::endl;
    (*server)->run();
    return ExitCode::ok;
}

}  // namespace

void add_serve_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("serve", "Recognizes speech that clients send over WebSocket.");
    auto given = std::make_shared<Given>();
    command->footer(footer + std::string{exit_code_help()});
    command->add_option("--listen", given->options.listen, "ADDRESS:PORT; port 0 takes a free one")
        ->capture_default_str();
    command->add_option("--tls-certificate", given->options.tls_certificate, "PEM chain; the server is then wss");
    command->add_option("--tls-key", given->options.tls_key, "PEM; without it the key is in the certificate's file");
    command->add_flag("--quiet", given->is_quiet, "log errors only");
    add_recognition_options(*command, *given);
    add_bounds(*command, given->options);
    command->callback([given, &exit_code] { exit_code = to_int(serve(*given)); });
}

}  // namespace asr_stream::cli
