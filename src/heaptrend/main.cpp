#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "heaptrend/commands.hpp"
#include "heaptrend/elf_module.hpp"

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
    try {
        app.parse(argc, argv);
        if (!report.input.debuginfod && !diff.input.debuginfod && !check.input.debuginfod)
            heaptrend::disable_debuginfod();
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
