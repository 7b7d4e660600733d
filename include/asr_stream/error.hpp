#pragma once

#include <asr_stream/export.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>
#include <utility>

/// What can go wrong, as codes for machines and words for the operator.
namespace asr_stream {

enum class Errc {
    // configuration
    invalid_setting = 1,  ///< a value that a setting does not allow
    unknown_setting,
    unknown_dialect,
    unknown_profile,
    invalid_url,
    invalid_config_file,
    // reaching the service, in the order of the steps
    host_not_found,
    resolve_failed,
    connect_refused,
    connect_timeout,
    connect_failed,
    proxy_refused,
    tls_config,  ///< a certificate or key file of ours cannot be used
    tls_failed,
    tls_untrusted,          ///< no trusted authority vouches for the service's certificate
    tls_hostname_mismatch,  ///< the certificate is for another name
    handshake_refused,      ///< an HTTP status in place of the upgrade
    handshake_failed,       ///< an answer that is not a WebSocket upgrade
    // in the session
    closed_by_service,
    connection_lost,
    message_too_big,
    protocol_violation,  ///< RFC 6455 broken by the service, for instance text that is not UTF-8
    bad_message,         ///< a message that the dialect cannot read; never ends a stream
    stalled,
    idle_timeout,
    ready_timeout,
    service_error,
    service_overloaded,
    // the stream and its bounds
    stopped,
    not_found,
    stream_limit,
    memory_limit,
    too_many_finals,
    results_overflow,
    reconnects_exhausted,
    drain_timeout,
    not_supported,  ///< the dialect has no message for this
    shutting_down,
    // files, for the command line
    file_not_found,
    file_unreadable,
    not_audio,
    empty_audio,
    internal,
};

[[nodiscard]] ASR_STREAM_API const std::error_category& error_category() noexcept;
[[nodiscard]] ASR_STREAM_API std::error_code make_error_code(Errc code) noexcept;
/// The code's name in machine-readable form, for instance "tls_untrusted"; used in events, JSON and metrics.
[[nodiscard]] ASR_STREAM_API std::string_view name_of(Errc code) noexcept;

struct ASR_STREAM_API Error {
    std::error_code code;  ///< compare it, count it, map it to an event header
    std::string context;   ///< what the operator needs besides: "setting frame-ms=7: allowed are 10 to 1000"

    /// One line: the code's sentence, then the context.
    [[nodiscard]] std::string message() const;
};

template <class T = void>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(std::error_code code, std::string context = {}) {
    return tl::unexpected<Error>{Error{code, std::move(context)}};
}

}  // namespace asr_stream

template <>
struct std::is_error_code_enum<asr_stream::Errc> : std::true_type {};
