#pragma once

#include <asr_stream/error.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace asr_stream::recognizer {

/// How words are pronounced, in the CMU dictionary's format: "word(2) PH O N E S", one a line, words in lower case.
/// Read only once it is loaded, so any thread may ask.
class Dictionary {
  public:
    /// Errc::file_not_found, Errc::file_unreadable, or Errc::invalid_setting with file and line.
    [[nodiscard]] static Result<Dictionary> load(const std::string& path);
    /// The same from text; `name` stands for the path in errors.
    [[nodiscard]] static Result<Dictionary> parse(std::string text, std::string_view name);

    [[nodiscard]] bool contains(std::string_view word) const { return entries_.contains(word); }
    /// Every pronunciation of a word, as phones with spaces between; none when the word is not known.
    [[nodiscard]] std::vector<std::string_view> pronunciations(std::string_view word) const;
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  private:
    // Everything points into text_, whose bytes stay where they are when the dictionary is moved.
    std::vector<char> text_;
    std::unordered_multimap<std::string_view, std::string_view> entries_;
};

}  // namespace asr_stream::recognizer
