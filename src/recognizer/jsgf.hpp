#pragma once

#include <asr_stream/error.hpp>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace asr_stream::recognizer::jsgf {

constexpr std::size_t max_grammar_bytes = 65'536;
constexpr std::size_t max_nesting = 32;  ///< brackets within brackets

/// The right-hand side of a rule, or a part of one.
struct Expansion {
    enum class Kind { word, rule, sequence, alternatives, optional, star, plus, nothing, never };
    Kind kind = Kind::nothing;
    std::string text{};              ///< word (lower case) or rule name (without the brackets)
    std::vector<Expansion> parts{};  ///< of every other kind
    double weight = 1.0;             ///< as one of several alternatives
    std::size_t line = 0;
};

struct Rule {
    bool is_public = false;
    Expansion expansion;
};

/// A grammar as it was written; rules may still name rules that do not exist.
struct Grammar {
    std::string name;
    std::string top;  ///< the first public rule
    std::map<std::string, Rule, std::less<>> rules;
};

/// Reads the JSpeech Grammar Format (W3C Note of 2000-06-05, https://www.w3.org/TR/jsgf/). Differences: imports are
/// refused, because a client's grammar opens no files here; tags in braces are read and ignored.
/// Errc::invalid_setting says "grammar line N: ...".
[[nodiscard]] Result<Grammar> parse(std::string_view text);

}  // namespace asr_stream::recognizer::jsgf
