#include "freeswitch/grammar_builtin.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/nearest.hpp"
#include "dialect/json_write.hpp"

namespace asr_stream::freeswitch {
namespace {

using Outcome = tl::expected<Grammar, Completion>;
using Parameter = std::pair<std::string_view, std::string_view>;

constexpr std::size_t max_digits = 32;
constexpr std::size_t max_words = 64;
constexpr std::size_t longest_shown = 400;

/// What a builtin grammar is called, as written, without its parameters.
struct Uri {
    std::string_view whole;
    std::string_view type;
    bool is_dtmf = false;
    std::vector<Parameter> parameters;
};

tl::unexpected<Completion> refuse(const Uri& uri, const std::string& why) {
    std::string detail = "builtin:" + std::string{uri.whole} + ": " + why;
    return tl::unexpected{Completion{Cause::grammar_load_failure, dialect::one_line(detail, longest_shown)}};
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(separators), text.size());
        if (end > 0) parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

Uri parse(std::string_view text) {
    Uri uri{.whole = text, .type = {}, .parameters = {}};
    const auto question = std::min(text.find('?'), text.size());
    uri.type = text.substr(0, question);
    for (const std::string_view prefix : {"speech/", "dtmf/", "grammar/"}) {
        if (!uri.type.starts_with(prefix)) continue;
        uri.type.remove_prefix(prefix.size());
        uri.is_dtmf = prefix == "dtmf/";
        break;
    }
    if (question == text.size()) return uri;
    for (const auto part : split(text.substr(question + 1), ";&")) {
        const auto equals = std::min(part.find('='), part.size());
        uri.parameters.emplace_back(part.substr(0, equals), part.substr(std::min(equals + 1, part.size())));
    }
    return uri;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> valid) {
    std::string words;
    if (const auto near = nearest(name, valid); !near.empty()) words.append("did you mean ").append(near).append("? ");
    words += "allowed are ";
    for (std::size_t i = 0; i < valid.size(); ++i) words.append(i == 0 ? "" : ", ").append(valid[i]);
    return words;
}

bool is_english(std::string_view language) {
    const auto primary = language.substr(0, language.find_first_of("-_"));
    return primary.empty() || (primary.size() == 2 && (primary[0] | 0x20) == 'e' && (primary[1] | 0x20) == 'n');
}

std::string jsgf(std::string_view name, std::string_view expansion, std::string_view rest = {}) {
    std::string text = "#JSGF V1.0;\ngrammar ";
    text.append(name).append(";\npublic <").append(name).append("> = ").append(expansion).append(";\n").append(rest);
    return text;
}

std::string alternatives(std::span<const std::string> words) {
    std::string text;
    for (const auto& word : words) text.append(text.empty() ? "" : " | ").append(word);
    return text;
}

struct Lengths {
    std::size_t min = 1;
    std::size_t max = 0;  ///< 0: no end
};

/// `<digit>` as often as the lengths say: two needed and two more is "<digit> <digit> [<digit> [<digit>]]".
std::string repeated_digit(const Lengths& lengths) {
    std::string text;
    for (std::size_t i = 1; i < lengths.min; ++i) text += "<digit> ";
    text += lengths.max == 0 ? "<digit>+" : "<digit>";
    for (std::size_t i = lengths.min; i < lengths.max; ++i) text += " [<digit>";
    if (lengths.max > lengths.min) text.append(lengths.max - lengths.min, ']');
    return text;
}

tl::expected<Lengths, Completion> read_lengths(const Uri& uri) {
    constexpr std::array<std::string_view, 3> names{"length", "minlength", "maxlength"};
    Lengths lengths;
    for (const auto& [name, value] : uri.parameters) {
        if (std::find(names.begin(), names.end(), name) == names.end())
            return refuse(uri, "unknown parameter " + std::string{name} + ": " + did_you_mean(name, names));
        std::size_t number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc{} || end != value.data() + value.size() || number < 1 || number > max_digits)
            return refuse(
                uri, std::string{name} + "=" + std::string{value} + ": allowed are 1 to " + std::to_string(max_digits));
        if (name != "maxlength") lengths.min = number;
        if (name != "minlength") lengths.max = number;
    }
    if (lengths.max != 0 && lengths.max < lengths.min) return refuse(uri, "maxlength is less than minlength");
    return lengths;
}

Outcome digits(const Uri& uri, bool english, Grammar grammar) {
    auto lengths = read_lengths(uri);
    if (!lengths) return tl::unexpected{std::move(lengths).error()};
    grammar.keys_are_input = true;
    if (!english) return grammar;
    grammar.meaning = Meaning::digits;
    grammar.hints = {"zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
    grammar.text = jsgf("digits", repeated_digit(*lengths), "<digit> = " + alternatives(grammar.hints) + ";\n");
    return grammar;
}

/// Words as JSGF takes them: letters, digits, apostrophes, hyphens, spaces between them, and whatever is not ASCII.
bool is_phrase(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x80 || std::isalnum(byte) != 0 || c == '\'' || c == '-' || c == ' ';
    });
}

std::string lower(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(c < 0x80 ? std::tolower(c) : c); });
    return result;
}

tl::expected<std::vector<std::string>, Completion> read_words(const Uri& uri, std::string_view value) {
    std::vector<std::string> words;
    for (const auto word : split(value, "|")) {
        if (!is_phrase(word)) return refuse(uri, "\"" + std::string{word} + "\" is no word; separate words with |");
        words.push_back(lower(word));
    }
    if (words.empty() || words.size() > max_words)
        return refuse(uri, "y and n name 1 to " + std::to_string(max_words) + " words each, separated with |");
    return words;
}

Outcome boolean(const Uri& uri, bool english, Grammar grammar) {
    constexpr std::array<std::string_view, 2> names{"y", "n"};
    for (const auto& [name, value] : uri.parameters) {
        if (std::find(names.begin(), names.end(), name) == names.end())
            return refuse(uri, "unknown parameter " + std::string{name} + ": " + did_you_mean(name, names));
        auto words = read_words(uri, value);
        if (!words) return tl::unexpected{std::move(words).error()};
        (name == "y" ? grammar.yes : grammar.no) = *std::move(words);
    }
    if (!english && (grammar.yes.empty() || grammar.no.empty())) return grammar;
    if (grammar.yes.empty()) grammar.yes = {"yes", "yeah", "yep", "sure", "okay", "right", "correct", "true"};
    if (grammar.no.empty()) grammar.no = {"no", "nope", "nah", "wrong", "incorrect", "false"};
    grammar.meaning = Meaning::boolean;
    grammar.hints = grammar.yes;
    grammar.hints.insert(grammar.hints.end(), grammar.no.begin(), grammar.no.end());
    grammar.text = jsgf("boolean", alternatives(grammar.hints));
    return grammar;
}

}  // namespace

Outcome builtin_grammar(std::string_view text, std::string_view language) {
    constexpr std::array<std::string_view, 4> types{"dictation", "digits", "boolean", "transcribe"};
    const Uri uri = parse(text);
    const bool english = is_english(language);
    Grammar grammar;
    grammar.name = "builtin:" + std::string{text};
    grammar.keys_are_input = uri.is_dtmf;
    if (uri.type == "dictation" || uri.type == "transcribe") {
        if (uri.parameters.empty()) return grammar;
        return refuse(uri, "it takes no parameters");
    }
    // Of the words of other languages we know nothing; the service may.
    if (!english) grammar.text = grammar.name;
    if (uri.type == "digits") return digits(uri, english, std::move(grammar));
    if (uri.type == "boolean") return boolean(uri, english, std::move(grammar));
    return refuse(uri, "unknown type: " + did_you_mean(uri.type, types));
}

}  // namespace asr_stream::freeswitch
