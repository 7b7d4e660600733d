#include "freeswitch/grammar.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <utility>

#include "dialect/dialects.hpp"
#include "dialect/json_write.hpp"
#include "dialect/utf8.hpp"
#include "freeswitch/grammar_builtin.hpp"

namespace asr_stream::freeswitch {
namespace {

using Outcome = tl::expected<Grammar, Completion>;
namespace fs = std::filesystem;

constexpr std::size_t longest_shown = 80;

tl::unexpected<Completion> refuse(std::string_view grammar, const std::string& why) {
    return tl::unexpected{Completion{Cause::grammar_load_failure,
                                     "grammar \"" + dialect::one_line(grammar, longest_shown) + "\": " + why}};
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) + 1 - first);
}

bool is_jsgf(std::string_view text) { return text.starts_with("#JSGF"); }
bool is_xml(std::string_view text) { return text.starts_with("<?xml") || text.starts_with("<grammar"); }

/// SRGS: <grammar mode="dtmf">
bool takes_keys(std::string_view text) {
    return is_xml(text) &&
           (text.find("mode=\"dtmf\"") != std::string_view::npos || text.find("mode='dtmf'") != std::string_view::npos);
}

/// A grammar as text, given inline or read from a file.
Outcome from_text(std::string name, std::string_view text, const GrammarContext& context) {
    if (text.size() > max_grammar_bytes)
        return refuse(name, "longer than " + std::to_string(max_grammar_bytes) + " bytes");
    if (!dialect::is_utf8(text) || text.find('\0') != std::string_view::npos)
        return refuse(name, "it is not UTF-8 text");
    if (!is_jsgf(text) && !is_xml(text)) return refuse(name, "it begins neither with #JSGF nor with <?xml or <grammar");
    if (!dialect::takes_grammar(context.dialect))
        return refuse(name, "dialect " + context.dialect + " takes no grammar; give builtin:dictation and hints");
    Grammar grammar;
    grammar.name = std::move(name);
    grammar.text = text;
    grammar.keys_are_input = takes_keys(text);
    return grammar;
}

/// The file that a name stands for; an empty path when there is none.
fs::path find_file(const fs::path& name, const fs::path& directory) {
    const fs::path base = name.is_absolute() ? name : directory / name;
    constexpr std::array<const char*, 4> endings{"", ".gram", ".jsgf", ".xml"};
    for (const char* ending : endings) {
        fs::path candidate = base;
        candidate += ending;
        std::error_code ignored;
        if (fs::is_regular_file(candidate, ignored)) return candidate;
    }
    return {};
}

Outcome from_file(std::string_view name, const GrammarContext& context) {
    const fs::path path = find_file(fs::path{name}, fs::path{context.directory});
    if (path.empty())
        return refuse(name, fs::path{name}.is_absolute()
                                ? "no such file, also not with .gram, .jsgf or .xml"
                                : "no such file in " + context.directory + ", also not with .gram, .jsgf or .xml");
    std::ifstream file{path, std::ios::binary};
    std::string text(max_grammar_bytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad() || (!file && !file.eof())) return refuse(name, path.string() + " cannot be read");
    text.resize(static_cast<std::size_t>(file.gcount()));
    return from_text(path.string(), trimmed(text), context);
}

Outcome of_the_service(std::string_view name, const GrammarContext& context) {
    if (name.empty()) return refuse("service:", "a name is missing");
    if (!dialect::takes_grammar(context.dialect))
        return refuse(name, "dialect " + context.dialect + " takes no grammar; give builtin:dictation and hints");
    Grammar grammar;
    grammar.name = "service:" + std::string{name};
    grammar.text = name;
    return grammar;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text) {
        if (c != ' ') {
            word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        } else if (!word.empty()) {
            words.push_back(std::exchange(word, {}));
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

std::optional<std::string> digits_of(const Grammar& grammar, std::string_view text) {
    std::string digits;
    for (const auto& word : words_of(text)) {
        if (word.size() == 1 && word[0] >= '0' && word[0] <= '9') {
            digits += word;
            continue;
        }
        // The words are zero, oh, one, two ...: both of the first mean 0.
        const auto found = std::find(grammar.hints.begin(), grammar.hints.end(), word);
        if (found == grammar.hints.end()) return std::nullopt;
        const auto place = found - grammar.hints.begin();
        digits += static_cast<char>('0' + std::max<std::ptrdiff_t>(place - 1, 0));
    }
    if (digits.empty()) return std::nullopt;
    return digits;
}

std::optional<std::string> boolean_of(const Grammar& grammar, std::string_view text) {
    std::string said;
    for (const auto& word : words_of(text)) said.append(said.empty() ? "" : " ").append(word);
    const auto is_in = [&said](const std::vector<std::string>& words) {
        return std::find(words.begin(), words.end(), said) != words.end();
    };
    if (is_in(grammar.yes)) return "true";
    if (is_in(grammar.no)) return "false";
    return std::nullopt;
}

}  // namespace

Outcome read_grammar(std::string_view text, const GrammarContext& context) {
    constexpr std::string_view builtin = "builtin:";
    constexpr std::string_view service = "service:";
    const auto wanted = trimmed(text);
    if (wanted.empty()) return refuse(text, "it is empty; builtin:dictation means that anything may be said");
    if (wanted.find('\0') != std::string_view::npos) return refuse(wanted, "a zero byte is not allowed");
    if (wanted.starts_with(builtin)) return builtin_grammar(wanted.substr(builtin.size()), context.language);
    if (wanted.starts_with(service)) return of_the_service(wanted.substr(service.size()), context);
    if (is_jsgf(wanted) || is_xml(wanted)) return from_text("inline", wanted, context);
    return from_file(wanted, context);
}

std::optional<std::string> meaning_of(const Grammar& grammar, std::string_view text) {
    switch (grammar.meaning) {
        case Meaning::none: break;
        case Meaning::digits: return digits_of(grammar, text);
        case Meaning::boolean: return boolean_of(grammar, text);
    }
    return std::nullopt;
}

}  // namespace asr_stream::freeswitch
