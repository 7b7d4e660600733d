#include "recognizer/trigram.hpp"

#include <algorithm>
#include <cmath>
#include <locale>
#include <ostream>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

namespace asr_stream::recognizer {
namespace {

constexpr const char* sentence_begin = "<s>";
constexpr const char* sentence_end = "</s>";
constexpr double impossible = -99.0;  ///< the format's log10 of zero

using Ngram = std::vector<std::string>;
using Counts = std::map<Ngram, std::size_t>;
using Probabilities = std::map<Ngram, double>;

Ngram without_first(const Ngram& ngram) { return {ngram.begin() + 1, ngram.end()}; }
Ngram without_last(const Ngram& ngram) { return {ngram.begin(), ngram.end() - 1}; }

/// In how many different contexts each shorter n-gram was seen: Kneser-Ney's counts of the lower levels. What begins a
/// sentence has no word before it and keeps its own count.
Counts continuations(const Counts& longer, const Counts& own) {
    Counts result;
    for (const auto& [ngram, count] : longer) ++result[without_first(ngram)];
    for (const auto& [ngram, count] : own) {
        if (ngram.front() == sentence_begin) result[ngram] = count;
    }
    return result;
}

/// n1 / (n1 + 2 n2), the usual estimate of one absolute discount.
double discount(const Counts& counts) {
    double once = 0, twice = 0;
    for (const auto& [ngram, count] : counts) {
        once += count == 1 ? 1 : 0;
        twice += count == 2 ? 1 : 0;
    }
    return once == 0 ? 0.5 : std::min(once / (once + 2 * twice), 0.95);
}

struct Level {
    Probabilities probability;
    Probabilities backoff;  ///< by context: the share left to the level below
};

/// What follows one context, in sum.
struct Followers {
    double total = 0;
    double different = 0;
};

template <class LowerProbability>
Level smooth(const Counts& counts, const LowerProbability& lower) {
    const double d = discount(counts);
    std::map<Ngram, Followers> contexts;
    for (const auto& [ngram, count] : counts) {
        auto& context = contexts[without_last(ngram)];
        context.total += static_cast<double>(count);
        context.different += 1;
    }
    Level level;
    for (const auto& [context, sum] : contexts) level.backoff[context] = d * sum.different / sum.total;
    for (const auto& [ngram, count] : counts) {
        const auto context = without_last(ngram);
        level.probability[ngram] = (static_cast<double>(count) - d) / contexts.at(context).total +
                                   level.backoff.at(context) * lower(without_first(ngram));
    }
    return level;
}

void write_level(std::ostream& out, int order, const Probabilities& probabilities, const Probabilities* backoffs) {
    out << "\n\\" << order << "-grams:\n";
    for (const auto& [ngram, probability] : probabilities) {
        out << (probability > 0 ? std::log10(probability) : impossible);
        for (const auto& word : ngram) out << (&word == &ngram.front() ? '\t' : ' ') << word;
        if (backoffs != nullptr) {
            const auto found = backoffs->find(ngram);
            out << '\t' << (found == backoffs->end() ? 0.0 : std::log10(found->second));
        }
        out << '\n';
    }
}

}  // namespace

void Trigram::add(const std::vector<std::string>& sentence) {
    if (sentence.empty()) return;
    Ngram marked{sentence_begin};
    marked.insert(marked.end(), sentence.begin(), sentence.end());
    marked.emplace_back(sentence_end);
    for (const auto& word : sentence) ++vocabulary_[word];
    for (std::size_t i = 0; i + 1 < marked.size(); ++i) ++bigrams_[{marked[i], marked[i + 1]}];
    for (std::size_t i = 0; i + 2 < marked.size(); ++i) ++trigrams_[{marked[i], marked[i + 1], marked[i + 2]}];
}

void Trigram::add_word(std::string word) { vocabulary_.try_emplace(std::move(word), 0); }

std::vector<std::string> Trigram::words() const {
    std::vector<std::string> result;
    for (const auto& [word, count] : vocabulary_) result.push_back(word);
    return result;
}

void Trigram::write_arpa(std::ostream& out) const {
    const double uniform = 1.0 / static_cast<double>(vocabulary_.size() + 1);
    auto unigrams = smooth(continuations(bigrams_, {}), [&](const Ngram&) { return uniform; });
    const double left = unigrams.backoff.empty() ? 1.0 : unigrams.backoff.at({});
    for (const auto& [word, count] : vocabulary_) unigrams.probability.try_emplace({word}, left * uniform);
    unigrams.probability.try_emplace({sentence_end}, left * uniform);
    unigrams.probability[{sentence_begin}] = 0;

    const auto bigrams =
        smooth(continuations(trigrams_, bigrams_), [&](const Ngram& lower) { return unigrams.probability.at(lower); });
    const auto trigrams = smooth(trigrams_, [&](const Ngram& lower) { return bigrams.probability.at(lower); });

    out << "\\data\\\nngram 1=" << unigrams.probability.size() << "\nngram 2=" << bigrams.probability.size()
        << "\nngram 3=" << trigrams.probability.size() << '\n';
    write_level(out, 1, unigrams.probability, &bigrams.backoff);
    write_level(out, 2, bigrams.probability, &trigrams.backoff);
    write_level(out, 3, trigrams.probability, nullptr);
    out << "\n\\end\\\n";
}

std::string Trigram::to_arpa() const {
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text.precision(5);
    write_arpa(text);
    return std::move(text).str();
}

}  // namespace asr_stream::recognizer
