#pragma once

#include <CLI/CLI.hpp>
#include <asr_stream/log.hpp>

namespace asr_stream::cli {

/// Each adds one subcommand; when it was chosen, it runs within CLI::App::parse and sets `exit_code` (ExitCode).
void add_transcribe_command(CLI::App& app, int& exit_code);
void add_probe_command(CLI::App& app, int& exit_code);
void add_load_command(CLI::App& app, int& exit_code);

}  // namespace asr_stream::cli
