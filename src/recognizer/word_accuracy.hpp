#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace asr_stream::recognizer {

/// The words of a text as they are compared: lower case, without punctuation other than the apostrophe.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);

/// What turns the expected words into the heard ones at the least cost (Levenshtein on words).
struct WordErrors {
    std::size_t expected_words = 0;
    std::size_t substitutions = 0;
    std::size_t deletions = 0;   ///< expected, not heard
    std::size_t insertions = 0;  ///< heard, not expected

    [[nodiscard]] std::size_t errors() const noexcept { return substitutions + deletions + insertions; }
    /// 1 minus the word error rate; below zero when more was heard wrongly than was expected. 1 for nothing of nothing.
    [[nodiscard]] double accuracy() const noexcept;
    WordErrors& operator+=(const WordErrors& other) noexcept;
    friend bool operator==(const WordErrors&, const WordErrors&) = default;
};
[[nodiscard]] WordErrors compare_words(std::string_view expected, std::string_view heard);

}  // namespace asr_stream::recognizer
