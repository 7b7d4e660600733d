#include "cli/exit_code.hpp"

#include <cstdio>

#include "cli/text.hpp"

namespace asr_stream::cli {
namespace {

constexpr bool is_between(Errc code, Errc first, Errc last) noexcept { return code >= first && code <= last; }

}  // namespace

ExitCode exit_code_of(const std::error_code& code) noexcept {
    if (code.category() != error_category()) return ExitCode::internal;
    const auto errc = static_cast<Errc>(code.value());
    if (is_between(errc, Errc::invalid_setting, Errc::invalid_config_file)) return ExitCode::usage;
    if (errc == Errc::tls_config || errc == Errc::not_supported || errc == Errc::stream_limit) return ExitCode::usage;
    if (errc == Errc::ready_timeout || is_between(errc, Errc::host_not_found, Errc::handshake_failed)) {
        return ExitCode::unreachable;
    }
    if (is_between(errc, Errc::file_not_found, Errc::empty_audio)) return ExitCode::input;
    if (errc == Errc::internal) return ExitCode::internal;
    return ExitCode::service;
}

std::string_view exit_code_help() noexcept {
    return "Exit codes:\n"
           "  0    success\n"
           "  1    internal error, or the output could not be written\n"
           "  2    wrong command line, setting or configuration file\n"
           "  3    an input file does not exist, is not audio, or is empty\n"
           "  4    the service cannot be reached (name, connect, TLS, upgrade, not ready)\n"
           "  5    the service failed after it had been reached, or did not finish\n"
           "  130  interrupted (Ctrl-C or SIGTERM); twice ends without waiting\n";
}

void complain(std::string_view command, std::string_view what) {
    std::string line = "asr-stream: ";
    if (!command.empty()) line.append(command).append(": ");
    line += printable(what);
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void complain(std::string_view command, const Error& error) { complain(command, error.message()); }

}  // namespace asr_stream::cli
