#include "freeswitch/completion.hpp"

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

}  // namespace asr_stream::freeswitch
