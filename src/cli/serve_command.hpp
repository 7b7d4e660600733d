#pragma once

#include <CLI/App.hpp>

namespace asr_stream::cli {

/// Adds `serve`, the speech-recognition server. Its callback serves until SIGTERM or SIGINT and sets `exit_code`, which
/// outlives `app`.
void add_serve_command(CLI::App& app, int& exit_code);

}  // namespace asr_stream::cli
