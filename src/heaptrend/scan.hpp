#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace heaptrend {

/// Reads one line of text from left to right. Never throws and never reads past the end.
class Scan {
  public:
    explicit Scan(std::string_view text) noexcept : at_{text.data()}, end_{text.data() + text.size()} {}

    [[nodiscard]] bool done() const noexcept { return at_ == end_; }
    [[nodiscard]] std::string_view rest() const noexcept { return {at_, static_cast<std::size_t>(end_ - at_)}; }
    void skip_blanks() noexcept {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\t')) ++at_;
    }
    bool skip(char expected) noexcept {
        if (at_ == end_ || *at_ != expected) return false;
        ++at_;
        return true;
    }
    bool skip(std::string_view expected) noexcept {
        if (!rest().starts_with(expected)) return false;
        at_ += expected.size();
        return true;
    }
    /// A number without sign or prefix. Nothing when there is none or when it needs more than 64 bits.
    std::optional<std::uint64_t> number(int base = 10) noexcept {
        std::uint64_t value = 0;
        const auto [next, error] = std::from_chars(at_, end_, value, base);
        if (error != std::errc{}) return std::nullopt;
        at_ = next;
        return value;
    }
    /// The characters up to the next blank or the end; may be empty.
    std::string_view word() noexcept {
        const char* first = at_;
        while (at_ != end_ && *at_ != ' ' && *at_ != '\t') ++at_;
        return {first, static_cast<std::size_t>(at_ - first)};
    }

  private:
    const char* at_;
    const char* end_;
};

/// Takes the next line off `text`, without its newline and a carriage return before it.
/// `complete` tells whether a newline ended it.
inline std::string_view next_line(std::string_view& text, bool* complete = nullptr) noexcept {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (complete != nullptr) *complete = end != std::string_view::npos;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace heaptrend
