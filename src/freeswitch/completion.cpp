#include "freeswitch/completion.hpp"

#include <algorithm>
#include <array>

namespace asr_stream::freeswitch {

std::string code_of(Cause cause) {
    const auto number = std::to_string(static_cast<unsigned>(cause));
    return std::string(3 - number.size(), '0') + number;
}

std::string_view name_of(Cause cause) noexcept {
    switch (cause) {
        case Cause::success: return "success";
        case Cause::no_match: return "no-match";
        case Cause::no_input_timeout: return "no-input-timeout";
        case Cause::grammar_load_failure: return "grammar-load-failure";
        case Cause::recognizer_error: return "recognizer-error";
        case Cause::success_maxtime: return "success-maxtime";
        case Cause::uri_failure: return "uri-failure";
        case Cause::language_unsupported: return "language-unsupported";
        case Cause::cancelled: return "cancelled";
        case Cause::no_match_maxtime: return "no-match-maxtime";
    }
    return "recognizer-error";
}

std::string Completion::reason() const {
    std::string text{name_of(cause)};
    if (!detail.empty()) text.append(": ").append(detail);
    return text;
}

Cause cause_of(const Error& error) noexcept {
    if (error.code == Errc::service_error) {
        const std::string_view code = std::string_view{error.context}.substr(0, error.context.find(':'));
        if (code == "invalid_grammar") return Cause::grammar_load_failure;
        if (code == "language_unsupported") return Cause::language_unsupported;
        return Cause::recognizer_error;
    }
    constexpr std::array unreachable{
        Errc::invalid_url,      Errc::host_not_found,      Errc::resolve_failed,        Errc::connect_refused,
        Errc::connect_timeout,  Errc::connect_failed,      Errc::proxy_refused,         Errc::tls_config,
        Errc::tls_failed,       Errc::tls_untrusted,       Errc::tls_hostname_mismatch, Errc::handshake_refused,
        Errc::handshake_failed, Errc::reconnects_exhausted};
    const auto is = [&error](Errc code) { return error.code == code; };
    if (std::any_of(unreachable.begin(), unreachable.end(), is)) return Cause::uri_failure;
    if (is(Errc::stopped) || is(Errc::shutting_down)) return Cause::cancelled;
    return Cause::recognizer_error;
}

}  // namespace asr_stream::freeswitch
