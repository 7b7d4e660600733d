#include "recognizer/jsgf_lexer.hpp"

#include <cctype>

namespace asr_stream::recognizer::jsgf {
namespace {

constexpr std::string_view special_characters = "=|()[]*+;";
constexpr std::string_view enclosing_characters = "<>{}\"/";

}  // namespace

bool is_space(char c) noexcept { return std::isspace(static_cast<unsigned char>(c)) != 0; }

tl::unexpected<Error> fail_at(std::size_t line, const std::string& what) {
    return fail(Errc::invalid_setting, "grammar line " + std::to_string(line) + ": " + what);
}

Result<Token> Lexer::next() {
    if (auto skipped = skip_blanks(); !skipped) return tl::unexpected{skipped.error()};
    if (at_ >= text_.size()) return token(TokenKind::end, {});
    const char c = text_[at_];
    if (special_characters.find(c) != std::string_view::npos) return token(TokenKind::special, text_.substr(at_++, 1));
    switch (c) {
        case '<': return enclosed(TokenKind::rule, '>');
        case '{': return enclosed(TokenKind::tag, '}');
        case '"': return enclosed(TokenKind::quoted, '"');
        case '/': return enclosed(TokenKind::weight, '/');
        default: return word();
    }
}

Result<std::string_view> Lexer::header() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ += 3;  // a byte order mark
    while (at_ < text_.size() && is_space(text_[at_])) advance();
    const auto end = text_.find(';', at_);
    if (end == std::string_view::npos || !text_.substr(at_).starts_with("#JSGF"))
        return fail_at(line_, "it does not begin with \"#JSGF V1.0;\"");
    const auto found = text_.substr(at_, end - at_);
    at_ = end + 1;
    return found;
}

void Lexer::advance() {
    if (text_[at_] == '\n') ++line_;
    ++at_;
}

Result<> Lexer::skip_blanks() {
    while (at_ < text_.size()) {
        if (is_space(text_[at_])) {
            advance();
        } else if (text_.substr(at_).starts_with("//")) {
            while (at_ < text_.size() && text_[at_] != '\n') advance();
        } else if (text_.substr(at_).starts_with("/*")) {
            const auto end = text_.find("*/", at_ + 2);
            if (end == std::string_view::npos) return fail_at(line_, "a comment has no end");
            while (at_ < end + 2) advance();
        } else {
            break;
        }
    }
    return {};
}

Result<Token> Lexer::enclosed(TokenKind kind, char closing) {
    const auto begin = at_ + 1;
    auto end = begin;
    while (end < text_.size() && text_[end] != closing) end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) return fail_at(line_, std::string{"no "} + closing + " closes " + text_[at_]);
    const auto result = token(kind, text_.substr(begin, end - begin));
    while (at_ <= end) advance();
    return result;
}

Result<Token> Lexer::word() {
    const auto begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) &&
           special_characters.find(text_[at_]) == std::string_view::npos &&
           enclosing_characters.find(text_[at_]) == std::string_view::npos)
        ++at_;
    if (at_ == begin) return fail_at(line_, std::string{"a stray "} + text_[at_]);
    return token(TokenKind::word, text_.substr(begin, at_ - begin));
}

}  // namespace asr_stream::recognizer::jsgf
