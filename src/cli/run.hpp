#pragma once

namespace asr_stream::cli {

/// The whole program: parses the command line, runs the chosen subcommand, and returns the exit code.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace asr_stream::cli
