#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "freeswitch/completion.hpp"

namespace asr_stream::freeswitch {

/// What a result means beyond its words, where the grammar tells.
enum class Meaning : std::uint8_t { none, digits, boolean };

/// What the caller may say.
struct Grammar {
    std::string name{};                ///< what results call it: "builtin:digits", "inline", or the file's name
    std::string text{};                ///< for the service; empty: anything may be said
    std::vector<std::string> hints{};  ///< its words, for services that take words but no grammar
    bool keys_are_input = false;       ///< the caller may press keys instead
    Meaning meaning = Meaning::none;
    std::vector<std::string> yes{};  ///< boolean: what means true, lower case
    std::vector<std::string> no{};

    friend bool operator==(const Grammar&, const Grammar&) = default;
};

struct GrammarContext {
    std::string directory{};  ///< where relative names of files begin
    std::string language{};   ///< BCP 47; the words of builtin grammars are English
    std::string dialect{};    ///< of the service
};

constexpr std::size_t max_grammar_bytes = 256u << 10;

/// Reads the grammar of detect_speech and play_and_detect_speech (the switch has taken its {name=value} parameters
/// off):
///
///     builtin:dictation                anything; also builtin:transcribe
///     builtin:digits?length=4          spoken digits; minlength= and maxlength= instead, or nothing; keys count as
///     input builtin:boolean                  yes or no; ?y=ja|jawohl;n=nein for other words service:NAME a grammar
///     that the service knows by this name #JSGF V1.0; ...                  inline; also SRGS XML, which begins with
///     <?xml or <grammar /path/menu.gram, menu            a file: absolute, or in the switch's grammar folder, also
///     without .gram .jsgf .xml
///
/// builtin: may be followed by speech/, dtmf/ or grammar/. Reads a file; waits for nothing else. The error says what is
/// wrong and what is allowed; its cause is grammar-load-failure.
[[nodiscard]] tl::expected<Grammar, Completion> read_grammar(std::string_view text, const GrammarContext& context);

/// "4711" for "four seven one one", "true" for "yes": what was said in the grammar's terms. Nothing where it has none.
[[nodiscard]] std::optional<std::string> meaning_of(const Grammar& grammar, std::string_view text);

}  // namespace asr_stream::freeswitch
