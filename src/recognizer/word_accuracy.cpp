#include "recognizer/word_accuracy.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace asr_stream::recognizer {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Letters, digits, the apostrophe, and every byte of a UTF-8 sequence.
bool is_word_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0 || c == '\'';
}

enum class Step : unsigned char { match, substitution, deletion, insertion };

struct Cell {
    std::size_t cost = 0;
    Step step = Step::match;
};

/// The table of edit costs, one row per expected word.
class Alignment {
  public:
    Alignment(const std::vector<std::string>& expected, const std::vector<std::string>& heard)
        : columns_{heard.size() + 1}, cells_((expected.size() + 1) * columns_) {
        for (std::size_t i = 1; i <= expected.size(); ++i) at(i, 0) = {i, Step::deletion};
        for (std::size_t j = 1; j <= heard.size(); ++j) at(0, j) = {j, Step::insertion};
        for (std::size_t i = 1; i <= expected.size(); ++i) {
            for (std::size_t j = 1; j <= heard.size(); ++j) at(i, j) = best(i, j, expected[i - 1] == heard[j - 1]);
        }
    }

    [[nodiscard]] Step step(std::size_t i, std::size_t j) const { return cells_[i * columns_ + j].step; }

  private:
    Cell& at(std::size_t i, std::size_t j) { return cells_[i * columns_ + j]; }

    Cell best(std::size_t i, std::size_t j, bool equal) {
        const std::array candidates{
            Cell{at(i - 1, j - 1).cost + (equal ? 0u : 1u), equal ? Step::match : Step::substitution},
            Cell{at(i - 1, j).cost + 1, Step::deletion}, Cell{at(i, j - 1).cost + 1, Step::insertion}};
        return *std::min_element(candidates.begin(), candidates.end(),
                                 [](const Cell& a, const Cell& b) { return a.cost < b.cost; });
    }

    std::size_t columns_;
    std::vector<Cell> cells_;
};

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text) {
        if (is_word_character(c)) {
            word += lower(c);
        } else if (!word.empty()) {
            words.push_back(std::exchange(word, {}));
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

double WordErrors::accuracy() const noexcept {
    if (expected_words == 0) return errors() == 0 ? 1.0 : 0.0;
    return 1.0 - static_cast<double>(errors()) / static_cast<double>(expected_words);
}

WordErrors& WordErrors::operator+=(const WordErrors& other) noexcept {
    expected_words += other.expected_words;
    substitutions += other.substitutions;
    deletions += other.deletions;
    insertions += other.insertions;
    return *this;
}

WordErrors compare_words(std::string_view expected, std::string_view heard) {
    const auto wanted = split_words(expected);
    const auto got = split_words(heard);
    const Alignment alignment{wanted, got};
    WordErrors result{.expected_words = wanted.size()};
    for (std::size_t i = wanted.size(), j = got.size(); i > 0 || j > 0;) {
        switch (alignment.step(i, j)) {
            case Step::match: --i, --j; break;
            case Step::substitution: ++result.substitutions, --i, --j; break;
            case Step::deletion: ++result.deletions, --i; break;
            case Step::insertion: ++result.insertions, --j; break;
        }
    }
    return result;
}

}  // namespace asr_stream::recognizer
