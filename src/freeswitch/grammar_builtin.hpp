#pragma once

#include <string_view>
#include <tl/expected.hpp>

#include "freeswitch/completion.hpp"
#include "freeswitch/grammar.hpp"

namespace asr_stream::freeswitch {

/// `uri` is what follows "builtin:".
[[nodiscard]] tl::expected<Grammar, Completion> builtin_grammar(std::string_view uri, std::string_view language);

}  // namespace asr_stream::freeswitch
