#include <memory>
#include <utility>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/load_runner.hpp"
#include "cli/text.hpp"

namespace asr_stream::cli {
namespace {

constexpr const char* examples =
    "Examples:\n"
    "  asr-stream load ws://127.0.0.1:2700 --streams 100                   100 calls for 30 s\n"
    "  asr-stream load wss://asr.example/ws -n 1000 -d 600 --ramp-up 60    a thousand calls, begun over a minute\n"
    "  asr-stream load -n 500 --frame-ms 100 --audio calls/ --json > load.json\n"
    "\n"
    "Each call pushes 20 ms of audio every 20 ms, as a switch does, one recording after the other. CPU is counted "
    "while\n"
    "all calls are up; the simulated callers have threads of their own, whose time is shown apart. Latency to the "
    "final\n"
    "counts from the sending of the last sample of the utterance. Ctrl-C ends the run early, with its report.\n"
    "\n";

Result<ExitCode> run(const LoadOptions& options) {
    const auto plan = make_plan(options);
    if (!plan) return tl::unexpected{plan.error()};
    auto interrupt = Interrupt::create();
    if (!interrupt) return tl::unexpected{std::move(interrupt).error()};
    auto engine = Engine::create(plan->settings.engine, [](LogLevel, std::string_view) {});
    if (!engine) return tl::unexpected{std::move(engine).error()};
    Terminal terminal;
    for (const std::string& remark : plan->remarks) terminal.note(printable(remark));
    LoadRunner runner{*plan, std::move(*engine), terminal, **interrupt, options.quiet};
    const LoadRun result = runner.run();
    const LoadRunner::Verdict verdict = runner.verdict(result);
    const bool has_report = result.after.events.connected > 0;
    const std::string report = options.json ? to_json(result).str() + "\n" : describe(result);
    const bool is_written = !has_report || terminal.write(report);
    if (!verdict.error.empty()) complain("load", verdict.error);
    return is_written ? verdict.code : ExitCode::internal;
}

}  // namespace

void add_load_command(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("load", "Simulate many calls to a service and measure what they cost");
    const auto options = std::make_shared<LoadOptions>();
    add_options(*command, *options);
    command->footer(examples + std::string{exit_code_help()});
    command->callback([options, &exit_code] {
        const auto code = run(*options);
        if (!code) complain("load", code.error());
        exit_code = to_int(code ? *code : exit_code_of(code.error().code));
    });
}

}  // namespace asr_stream::cli
