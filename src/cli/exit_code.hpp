#pragma once

#include <asr_stream/error.hpp>
#include <string>
#include <string_view>

namespace asr_stream::cli {

/// What the process says when it ends; the same for every subcommand, and in each --help.
enum class ExitCode : int {
    ok = 0,
    internal = 1,     ///< a defect, or the output could not be written
    usage = 2,        ///< command line, setting or configuration file
    input = 3,        ///< an input file: not there, not audio, empty
    unreachable = 4,  ///< the service was never reached: name, connect, TLS, upgrade, not ready
    service = 5,      ///< the service failed after it had been reached, or did not finish
    interrupted = 130,
};

[[nodiscard]] constexpr int to_int(ExitCode code) noexcept { return static_cast<int>(code); }
/// Which of them an error means; one that only a session can meet counts as `service`.
[[nodiscard]] ExitCode exit_code_of(const std::error_code& code) noexcept;
/// The section of --help that lists them.
[[nodiscard]] std::string_view exit_code_help() noexcept;

/// "asr-stream: transcribe: WHAT", safe for a terminal, on standard error.
void complain(std::string_view command, std::string_view what);
void complain(std::string_view command, const Error& error);

}  // namespace asr_stream::cli
