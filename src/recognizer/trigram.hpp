#pragma once

#include <cstddef>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace asr_stream::recognizer {

/// A trigram language model of a few thousand sentences: interpolated Kneser-Ney smoothing with one discount a level
/// (Chen and Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling", 1998, section 4.1.6).
/// Equal sentences give an equal model.
class Trigram {
  public:
    /// Adds one sentence; an empty one counts for nothing.
    void add(const std::vector<std::string>& sentence);
    /// Makes a word possible that no sentence has.
    void add_word(std::string word);

    [[nodiscard]] std::vector<std::string> words() const;  ///< what it can recognize, sorted
    [[nodiscard]] bool empty() const noexcept { return vocabulary_.empty(); }

    /// The ARPA back-off format, as SRILM's ngram-format(5) describes it and PocketSphinx reads it.
    void write_arpa(std::ostream& out) const;
    [[nodiscard]] std::string to_arpa() const;

  private:
    using Ngram = std::vector<std::string>;
    using Counts = std::map<Ngram, std::size_t>;

    std::map<std::string, std::size_t> vocabulary_;  ///< how often each word was said; without the sentence marks
    Counts bigrams_;
    Counts trigrams_;
};

}  // namespace asr_stream::recognizer
