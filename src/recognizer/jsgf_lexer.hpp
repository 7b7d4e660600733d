#pragma once

#include <asr_stream/error.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace asr_stream::recognizer::jsgf {

enum class TokenKind { end, special, word, quoted, rule, tag, weight };

/// A piece of a grammar's text, which outlives it.
struct Token {
    TokenKind kind = TokenKind::end;
    std::string_view text;  ///< without its brackets, quotes or slashes
    std::size_t line = 1;

    [[nodiscard]] bool is(char special) const { return kind == TokenKind::special && text.front() == special; }
};

[[nodiscard]] bool is_space(char c) noexcept;
/// Errc::invalid_setting: "grammar line N: WHAT".
[[nodiscard]] tl::unexpected<Error> fail_at(std::size_t line, const std::string& what);

/// Cuts a grammar's text into tokens, one at a time.
class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_{text} {}

    /// The line "#JSGF ...;" at the beginning, which is no grammar text yet. Called first.
    [[nodiscard]] Result<std::string_view> header();
    [[nodiscard]] Result<Token> next();

  private:
    [[nodiscard]] Token token(TokenKind kind, std::string_view text) const { return {kind, text, line_}; }
    void advance();
    [[nodiscard]] Result<> skip_blanks();
    [[nodiscard]] Result<Token> enclosed(TokenKind kind, char closing);
    [[nodiscard]] Result<Token> word();

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

}  // namespace asr_stream::recognizer::jsgf
