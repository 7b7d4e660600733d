#pragma once

#include <asr_stream/error.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace asr_stream::freeswitch {

/// How a recognition ended, with the codes of RFC 6787 section 9.4.11.
enum class Cause : std::uint8_t {
    success = 0,
    no_match = 1,
    no_input_timeout = 2,
    grammar_load_failure = 4,
    recognizer_error = 6,
    success_maxtime = 8,
    uri_failure = 9,
    language_unsupported = 10,
    cancelled = 11,
    no_match_maxtime = 15,
};

/// "000" for success: three digits, as RFC 6787 writes the code.
[[nodiscard]] std::string code_of(Cause cause);
/// "success", "no-input-timeout": the name that RFC 6787 gives the code.
[[nodiscard]] std::string_view name_of(Cause cause) noexcept;

/// Which cause an error of the service or of the way to it stands for.
[[nodiscard]] Cause cause_of(const Error& error) noexcept;

/// How it ended, with what the operator needs besides.
struct Completion {
    Cause cause = Cause::success;
    std::string detail;  ///< may be empty

    /// "success", or "uri-failure: connection refused: 127.0.0.1:9"
    [[nodiscard]] std::string reason() const;
    friend bool operator==(const Completion&, const Completion&) = default;
};

/// The recognition could not be carried through, so that trying it again at once would fail again.
[[nodiscard]] constexpr bool is_failure(Cause cause) noexcept {
    return cause == Cause::grammar_load_failure || cause == Cause::recognizer_error || cause == Cause::uri_failure ||
           cause == Cause::language_unsupported || cause == Cause::cancelled;
}

}  // namespace asr_stream::freeswitch
