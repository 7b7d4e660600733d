#include <array>
#include <asr_stream/error.hpp>

namespace asr_stream {
namespace {

struct Entry {
    Errc code;
    std::string_view name;
    std::string_view sentence;
};

constexpr std::array entries{
    Entry{Errc::invalid_setting, "invalid_setting", "value not allowed for this setting"},
    Entry{Errc::unknown_setting, "unknown_setting", "no such setting"},
    Entry{Errc::unknown_dialect, "unknown_dialect", "no such dialect"},
    Entry{Errc::unknown_profile, "unknown_profile", "no such profile"},
    Entry{Errc::invalid_url, "invalid_url", "not a ws:// or wss:// URL"},
    Entry{Errc::invalid_config_file, "invalid_config_file", "configuration file not usable"},
    Entry{Errc::host_not_found, "host_not_found", "host not found"},
    Entry{Errc::resolve_failed, "resolve_failed", "name could not be resolved"},
    Entry{Errc::connect_refused, "connect_refused", "connection refused"},
    Entry{Errc::connect_timeout, "connect_timeout", "connect timed out"},
    Entry{Errc::connect_failed, "connect_failed", "connection failed"},
    Entry{Errc::proxy_refused, "proxy_refused", "refused by the proxy"},
    Entry{Errc::tls_config, "tls_config", "certificate or key file not usable"},
    Entry{Errc::tls_failed, "tls_failed", "TLS handshake failed"},
    Entry{Errc::tls_untrusted, "tls_untrusted", "the service's certificate is not trusted"},
    Entry{Errc::tls_hostname_mismatch, "tls_hostname_mismatch", "the service's certificate is for another host name"},
    Entry{Errc::handshake_refused, "handshake_refused", "WebSocket upgrade refused"},
    Entry{Errc::handshake_failed, "handshake_failed", "not a WebSocket service"},
    Entry{Errc::closed_by_service, "closed_by_service", "closed by the service"},
    Entry{Errc::connection_lost, "connection_lost", "connection lost"},
    Entry{Errc::message_too_big, "message_too_big", "message from the service exceeds max-message-bytes"},
    Entry{Errc::protocol_violation, "protocol_violation", "the service broke the WebSocket protocol"},
    Entry{Errc::bad_message, "bad_message", "message from the service not understood"},
    Entry{Errc::stalled, "stalled", "the service no longer answers (stall-timeout)"},
    Entry{Errc::idle_timeout, "idle_timeout", "nothing received within idle-timeout"},
    Entry{Errc::ready_timeout, "ready_timeout", "the service did not become ready within connect-timeout"},
    Entry{Errc::service_error, "service_error", "the service reports an error"},
    Entry{Errc::service_overloaded, "service_overloaded", "the service is overloaded"},
    Entry{Errc::stopped, "stopped", "stopped"},
    Entry{Errc::not_found, "not_found", "no such stream"},
    Entry{Errc::stream_limit, "stream_limit", "max-streams reached"},
    Entry{Errc::memory_limit, "memory_limit", "call-memory-bytes reached"},
    Entry{Errc::too_many_finals, "too_many_finals", "max-finals-per-second exceeded by the service"},
    Entry{Errc::results_overflow, "results_overflow", "max-results reached and nobody takes results"},
    Entry{Errc::reconnects_exhausted, "reconnects_exhausted", "all reconnect-attempts failed"},
    Entry{Errc::drain_timeout, "drain_timeout", "the last results did not come within drain-timeout"},
    Entry{Errc::not_supported, "not_supported", "not supported by this dialect"},
    Entry{Errc::shutting_down, "shutting_down", "the engine is shutting down"},
    Entry{Errc::file_not_found, "file_not_found", "no such file"},
    Entry{Errc::file_unreadable, "file_unreadable", "file cannot be read"},
    Entry{Errc::not_audio, "not_audio", "not an audio file"},
    Entry{Errc::empty_audio, "empty_audio", "no audio in it"},
    Entry{Errc::internal, "internal", "internal error"},
};
// The table is indexed by code: one entry for each, in the order of the enumeration.
static_assert(entries.size() == static_cast<std::size_t>(Errc::internal));
static_assert([] {
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (static_cast<std::size_t>(entries.at(i).code) != i + 1) return false;
    return true;
}());

const Entry* find(int value) noexcept {
    if (value < 1 || static_cast<std::size_t>(value) > entries.size()) return nullptr;
    return &entries[static_cast<std::size_t>(value) - 1];
}

class Category final : public std::error_category {
  public:
    [[nodiscard]] const char* name() const noexcept override { return "asr_stream"; }
    [[nodiscard]] std::string message(int value) const override {
        const Entry* entry = find(value);
        return entry != nullptr ? std::string{entry->sentence} : "unknown error " + std::to_string(value);
    }
};

}  // namespace

const std::error_category& error_category() noexcept {
    static const Category category;
    return category;
}

std::error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), error_category()}; }

std::string_view name_of(Errc code) noexcept {
    const Entry* entry = find(static_cast<int>(code));
    return entry != nullptr ? entry->name : "unknown";
}

std::string Error::message() const {
    const std::string sentence = code.message();
    return context.empty() ? sentence : sentence + ": " + context;
}

}  // namespace asr_stream
