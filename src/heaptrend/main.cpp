#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "heaptrend/commands.hpp"
#include "heaptrend/elf_module.hpp"
#include "heaptrend/run_command.hpp"
#include "heaptrend/watch_command.hpp"

namespace {

constexpr const char* footer =
    "Exit status: 0 when nothing offends, 1 when growth passes the limit of check, 2 on an error, 3 when the series is "
    "too "
    "short to tell.";

void add_input(CLI::App& command, heaptrend::InputOptions& input) {
    command.add_option("--fold", input.fold_file, "File with more frames that only pass memory on")->type_name("FILE");
    command.add_option("--debug-path", input.debug_path, "Folders with separate debug information")->type_name("PATH");
    command.add_option("--sysroot", input.sysroot, "Where the files of the profiled machine are")->type_name("DIR");
    command.add_flag("--debuginfod", input.debuginfod, "Ask the servers in DEBUGINFOD_URLS for debug information");
}

void add_report(CLI::App& app, heaptrend::ReportCommand& options) {
    CLI::App* command = app.add_subcommand("report", "Name the call stacks whose memory grows");
    command
        ->add_option("SERIES", options.series,
                     "Heap dumps, a folder or a pattern of them, a heaptrack or a massif file")
        ->required();
    command->add_option("--json", options.json, "Write the report as JSON")->type_name("FILE");
    command->add_option("--html", options.html, "Write one self-contained page")->type_name("FILE");
    command->add_option("--pdf", options.pdf, "Write trend and call graph of the suspects")->type_name("FILE");
    command->add_option("--flame-graph", options.flame, "Write a flame graph of growth as SVG")->type_name("FILE");
    command->add_option("--flame-graph-live", options.flame_live, "Write a flame graph of live bytes as SVG")
        ->type_name("FILE");
    command->add_option("--folded", options.folded, "Write folded stacks of growth")->type_name("FILE");
    command->add_option("--folded-live", options.folded_live, "Write folded stacks of live bytes")->type_name("FILE");
    command->add_option("--pprof", options.pprof, "Write a gzipped profile.proto")->type_name("FILE");
    command->add_option("--top", options.top, "Owners in the tables")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    command->add_flag("--quiet", options.quiet, "Print the verdict alone");
    add_input(*command, options.input);
}

void add_diff(CLI::App& app, heaptrend::DiffCommand& options) {
    CLI::App* command = app.add_subcommand("diff", "Compare the ends of two series, also of different processes");
    command->add_option("BEFORE", options.before, "Series or dump to compare with")->required();
    command->add_option("AFTER", options.after, "Series or dump to compare")->required();
    command->add_option("--json", options.json, "Write the differences as JSON")->type_name("FILE");
    command->add_option("--top", options.top, "Rows in the table")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    add_input(*command, options.input);
}

void add_check(CLI::App& app, heaptrend::CheckCommand& options) {
    CLI::App* command = app.add_subcommand("check", "Fail when an owner grows faster than allowed");
    command->add_option("SERIES", options.series, "As for report")->required();
    command->add_option("--max-growth", options.max_growth, "Allowed for each owner, for instance 1MB/h or 0")
        ->required()
        ->type_name("RATE");
    command->add_option("--baseline", options.baseline, "JSON of a report whose growth is accepted")->type_name("FILE");
    command->add_option("--suppressions", options.suppressions, "File with patterns of accepted owners")
        ->type_name("FILE");
    command->add_option("--junit", options.junit, "Write the result as JUnit XML")->type_name("FILE");
    add_input(*command, options.input);
}

void add_run(CLI::App& app, heaptrend::RunOptions& options) {
    CLI::App* command = app.add_subcommand("run", "Run a program and take heap dumps of it");
    command->add_option("COMMAND", options.command, "Program and its arguments, after --")->required();
    command->add_option("--output", options.folder, "Folder for the series")->type_name("DIR");
    command->add_option("--program", options.program, "Program to profile when COMMAND only starts it")
        ->type_name("FILE");
    command->add_option("--interval", options.interval, "Seconds between dumps")
        ->check(CLI::Range(0.01, 86'400.0))
        ->capture_default_str();
    command->add_option("--growth", options.growth_bytes, "Dump early after this many bytes of growth")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--signal", options.signal, "Dump when this signal comes, unless the program takes it")
        ->type_name("NAME");
    command->add_option("--max-dumps", options.max_dumps, "Dumps kept; older ones are thinned")
        ->check(CLI::Range(8, 512))
        ->capture_default_str();
    command->add_option("--budget", options.budget_percent, "Percent of a core that sampling may cost; 0 for no limit")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    command->add_option("--lg-sample", options.lg_sample, "Sampling interval at first, as a power of two")
        ->check(CLI::Range(9, 30))
        ->capture_default_str();
}

void add_watch(CLI::App& app, heaptrend::WatchCommand& options) {
    CLI::App* command = app.add_subcommand("watch", "Watch a process from outside");
    command->add_option("PROCESS", options.process, "Number or name of a process")->required();
    command->add_option("--interval", options.interval, "Seconds between looks")
        ->check(CLI::Range(0.01, 86'400.0))
        ->capture_default_str();
    command->add_option("--seconds", options.seconds, "Time to watch; until the process ends when not given")
        ->check(CLI::PositiveNumber);
    command
        ->add_option("--max-growth", options.max_growth, "End with status 1 when it grows faster, for instance 1MB/h")
        ->type_name("RATE");
    command
        ->add_option("--owners", options.owners, "Owners of live heap to tell, where the agent is; 0 asks it nothing")
        ->check(CLI::Range(0, 1'000))
        ->capture_default_str();
    command->add_option("--heap-interval", options.heap_interval, "Seconds between two questions to the agent")
        ->check(CLI::Range(0.01, 86'400.0))
        ->capture_default_str();
    command->add_flag("--json", options.json, "One JSON object a line");
}

int start(const heaptrend::RunOptions& options) {
    const auto plan = heaptrend::plan_run(options, heaptrend::agent_folders());
    if (!plan) {
        std::cerr << "heaptrend: " << plan.error().message() << '\n';
        return heaptrend::exit_error;
    }
    std::cerr << "heaptrend: series in " << plan->folder.string() << "; then: heaptrend report "
              << plan->folder.string() << '\n';
    const heaptrend::Error error = heaptrend::execute(options, *plan);
    std::cerr << "heaptrend: " << error.message() << '\n';
    return heaptrend::exit_error;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Names the call stack whose memory grows.", "heaptrend"};
    app.footer(footer);
    app.set_version_flag("--version", "heaptrend " HEAPTREND_VERSION);
    app.require_subcommand(1);
    heaptrend::ReportCommand report;
    heaptrend::DiffCommand diff;
    heaptrend::CheckCommand check;
    add_report(app, report);
    add_diff(app, diff);
    add_check(app, check);
    heaptrend::RunOptions run;
    add_run(app, run);
    heaptrend::WatchCommand watch;
    add_watch(app, watch);
    try {
        app.parse(argc, argv);
        if (!report.input.debuginfod && !diff.input.debuginfod && !check.input.debuginfod)
            heaptrend::disable_debuginfod();
        if (app.got_subcommand("run")) return start(run);
        if (app.got_subcommand("watch")) {
            watch.terminal = !watch.json && isatty(STDOUT_FILENO) == 1;
            return heaptrend::run(watch, std::cout, std::cerr);
        }
        if (app.got_subcommand("report")) return heaptrend::run(report, std::cout, std::cerr);
        if (app.got_subcommand("diff")) return heaptrend::run(diff, std::cout, std::cerr);
        return heaptrend::run(check, std::cout, std::cerr);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? heaptrend::exit_ok : heaptrend::exit_error;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "heaptrend: %s\n", error.what());
        return heaptrend::exit_error;
    }
}
