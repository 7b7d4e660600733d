#include "recognizer/jsgf.hpp"

#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

#include "recognizer/jsgf_lexer.hpp"

namespace asr_stream::recognizer::jsgf {
namespace {

std::string to_lower(std::string_view text) {
    std::string result{text};
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

/// Recursive descent, one function for each construct of the format.
class Parser {
  public:
    explicit Parser(std::string_view text) : lexer_{text} {}

    Result<Grammar> run() {
        if (auto header = read_header(); !header) return tl::unexpected{header.error()};
        while (token_.kind != TokenKind::end) {
            if (auto rule = read_rule(); !rule) return tl::unexpected{rule.error()};
        }
        if (grammar_.top.empty()) return fail_at(token_.line, "no rule is public, so there is nothing to listen for");
        return std::move(grammar_);
    }

  private:
    Result<> advance() {
        auto next = lexer_.next();
        if (!next) return tl::unexpected{next.error()};
        token_ = *next;
        return {};
    }
    Result<> expect(char special) {
        if (!token_.is(special)) return unexpected(std::string{"a "} + special);
        return advance();
    }
    tl::unexpected<Error> unexpected(const std::string& wanted) const {
        const auto found =
            token_.kind == TokenKind::end ? "the end" : "\"" + std::string{token_.text.substr(0, 40)} + '"';
        return fail_at(token_.line, wanted + " is wanted, not " + found);
    }

    Result<> read_header() {
        const auto header = lexer_.header();
        if (!header) return tl::unexpected{header.error()};
        if (auto first = advance(); !first) return first;
        if (token_.kind != TokenKind::word || token_.text != "grammar") return unexpected("\"grammar NAME;\"");
        if (auto name = advance(); !name) return name;
        if (token_.kind != TokenKind::word) return unexpected("the grammar's name");
        grammar_.name = token_.text;
        if (auto end = advance(); !end) return end;
        return expect(';');
    }

    Result<> read_rule() {
        Rule rule;
        if (token_.kind == TokenKind::word && token_.text == "import")
            return fail_at(token_.line, "imports are not followed: write the rule into the grammar");
        if (token_.kind == TokenKind::word && token_.text == "public") {
            rule.is_public = true;
            if (auto next = advance(); !next) return next;
        }
        if (token_.kind != TokenKind::rule) return unexpected("a rule \"<name> = ...;\"");
        const std::string name{token_.text};
        if (name.empty() || name == "NULL" || name == "VOID" || grammar_.rules.contains(name))
            return fail_at(token_.line, "rule <" + name + "> is defined twice, or its name is reserved");
        if (auto next = advance(); !next) return next;
        if (auto equals = expect('='); !equals) return equals;
        auto expansion = read_alternatives(0);
        if (!expansion) return tl::unexpected{expansion.error()};
        rule.expansion = *std::move(expansion);
        if (rule.is_public && grammar_.top.empty()) grammar_.top = name;
        grammar_.rules.emplace(name, std::move(rule));
        return expect(';');
    }

    Result<Expansion> read_alternatives(std::size_t depth) {
        if (depth > max_nesting)
            return fail_at(token_.line, "brackets are nested deeper than " + std::to_string(max_nesting));
        Expansion result{.kind = Expansion::Kind::alternatives, .line = token_.line};
        while (true) {
            auto sequence = read_sequence(depth);
            if (!sequence) return sequence;
            result.parts.push_back(*std::move(sequence));
            if (!token_.is('|')) break;
            if (auto next = advance(); !next) return tl::unexpected{next.error()};
        }
        if (result.parts.size() == 1) return std::move(result.parts.front());
        return result;
    }

    Result<Expansion> read_sequence(std::size_t depth) {
        Expansion result{.kind = Expansion::Kind::sequence, .line = token_.line};
        if (token_.kind == TokenKind::weight) {
            const auto weight = read_weight();
            if (!weight) return tl::unexpected{weight.error()};
            result.weight = *weight;
        }
        while (starts_unit()) {
            auto unit = read_unit(depth);
            if (!unit) return unit;
            result.parts.push_back(*std::move(unit));
        }
        if (result.parts.empty()) return unexpected("a word, a rule or a group");
        return result;
    }

    Result<double> read_weight() {
        double weight = 0;
        const auto* const end = token_.text.data() + token_.text.size();
        const auto [rest, error] = std::from_chars(token_.text.data(), end, weight);
        if (error != std::errc{} || rest != end || !std::isfinite(weight) || weight < 0)
            return fail_at(token_.line,
                           "weight /" + std::string{token_.text.substr(0, 40)} + "/: a number of 0 or more is wanted");
        if (auto next = advance(); !next) return tl::unexpected{next.error()};
        return weight;
    }

    [[nodiscard]] bool starts_unit() const {
        return token_.kind == TokenKind::word || token_.kind == TokenKind::quoted || token_.kind == TokenKind::rule ||
               token_.is('(') || token_.is('[');
    }

    /// A word, rule or group, with * or + behind it, and tags, which mean nothing to a recognizer.
    Result<Expansion> read_unit(std::size_t depth) {
        auto read = token_.is('(') || token_.is('[') ? read_group(depth) : read_atom();
        if (!read) return read;
        Expansion unit = *std::move(read);
        while (token_.is('*') || token_.is('+') || token_.kind == TokenKind::tag) {
            if (token_.kind == TokenKind::special) {
                Expansion repeated{.kind = token_.is('*') ? Expansion::Kind::star : Expansion::Kind::plus,
                                   .line = token_.line};
                repeated.parts.push_back(std::move(unit));
                unit = std::move(repeated);
                if (++depth > max_nesting) return fail_at(token_.line, "too many * and + on one item");
            }
            if (auto next = advance(); !next) return tl::unexpected{next.error()};
        }
        return unit;
    }

    Result<Expansion> read_group(std::size_t depth) {
        const bool optional = token_.is('[');
        const auto line = token_.line;
        if (auto next = advance(); !next) return tl::unexpected{next.error()};
        auto inner = read_alternatives(depth + 1);
        if (!inner) return inner;
        if (auto closed = expect(optional ? ']' : ')'); !closed) return tl::unexpected{closed.error()};
        if (!optional) return inner;
        Expansion result{.kind = Expansion::Kind::optional, .line = line};
        result.parts.push_back(*std::move(inner));
        return result;
    }

    Result<Expansion> read_atom() {
        Expansion result{.kind = Expansion::Kind::word, .text = to_lower(token_.text), .line = token_.line};
        if (token_.kind == TokenKind::rule) {
            result.text = local_name(token_.text);
            result.kind = result.text == "NULL"   ? Expansion::Kind::nothing
                          : result.text == "VOID" ? Expansion::Kind::never
                                                  : Expansion::Kind::rule;
        } else if (token_.kind == TokenKind::quoted) {
            result = words_of(token_);
        }
        if (auto next = advance(); !next) return tl::unexpected{next.error()};
        return result;
    }

    /// "<heldout.prompt>" is "<prompt>" within the grammar heldout.
    [[nodiscard]] std::string local_name(std::string_view name) const {
        if (name.starts_with(grammar_.name) && name.substr(grammar_.name.size()).starts_with('.'))
            name.remove_prefix(grammar_.name.size() + 1);
        return std::string{name};
    }

    /// "New York" in quotes is one token of the format; a dictionary has its words.
    static Expansion words_of(const Token& quoted) {
        Expansion result{.kind = Expansion::Kind::sequence, .line = quoted.line};
        std::string word;
        for (const char c : std::string{quoted.text} + ' ') {
            if (!is_space(c)) {
                word += c;
            } else if (!word.empty()) {
                result.parts.push_back({.kind = Expansion::Kind::word, .text = to_lower(word), .line = quoted.line});
                word.clear();
            }
        }
        return result;
    }

    Lexer lexer_;
    Token token_;
    Grammar grammar_;
};

}  // namespace

Result<Grammar> parse(std::string_view text) {
    if (text.size() > max_grammar_bytes)
        return fail(Errc::invalid_setting, "grammar of " + std::to_string(text.size()) +
                                               " bytes: allowed are at most " + std::to_string(max_grammar_bytes));
    return Parser{text}.run();
}

}  // namespace asr_stream::recognizer::jsgf
