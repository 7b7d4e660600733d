#include "recognizer/trigram.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <sstream>

#include "recognizer/dictionary.hpp"
#include "recognizer/heldout_prompts.hpp"

namespace asr_stream::recognizer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Ngram = std::vector<std::string>;

/// Reads ARPA back and answers probabilities by its back-off rule.
class Arpa {
  public:
    explicit Arpa(const std::string& text) {
        std::istringstream lines{text};
        std::size_t order = 0;
        for (std::string line; std::getline(lines, line);) {
            if (line.size() == 9 && line.ends_with("-grams:")) order = static_cast<std::size_t>(line[1] - '0');
            std::istringstream fields{line};
            double value = 0;
            if (order == 0 || !(fields >> value)) continue;
            Ngram ngram(order);
            for (auto& word : ngram) fields >> word;
            probability_[ngram] = std::pow(10, value);
            if (fields >> value) backoff_[ngram] = std::pow(10, value);
        }
    }

    [[nodiscard]] double probability(Ngram ngram) const {
        if (const auto found = probability_.find(ngram); found != probability_.end()) return found->second;
        const auto context = backoff_.find(Ngram{ngram.begin(), ngram.end() - 1});
        return (context == backoff_.end() ? 1 : context->second) * probability({ngram.begin() + 1, ngram.end()});
    }

  private:
    std::map<Ngram, double> probability_;
    std::map<Ngram, double> backoff_;
};

Trigram small() {
    Trigram trigram;
    trigram.add({"press", "one", "now"});
    trigram.add({"press", "two", "now"});
    trigram.add({"press", "one", "to", "listen"});
    trigram.add({"hello"});
    trigram.add({});
    trigram.add_word("unsaid");
    return trigram;
}

TEST(Trigram, GivesEveryContextASumOfOne) {
    const auto trigram = small();
    const Arpa arpa{trigram.to_arpa()};
    auto next = trigram.words();
    next.emplace_back("</s>");
    for (const Ngram& context : {Ngram{}, Ngram{"press"}, Ngram{"now"}, Ngram{"<s>", "press"}, Ngram{"press", "one"},
                                 Ngram{"never", "seen"}, Ngram{"unsaid"}}) {
        double sum = 0;
        for (const auto& word : next) {
            auto ngram = context;
            ngram.push_back(word);
            sum += arpa.probability(ngram);
        }
        EXPECT_NEAR(sum, 1.0, 1e-4) << ::testing::PrintToString(context);
    }
}

TEST(Trigram, PrefersWhatItHasSeen) {
    const Arpa arpa{small().to_arpa()};
    EXPECT_GT(arpa.probability({"<s>", "press", "one"}), arpa.probability({"<s>", "press", "two"}));
    EXPECT_GT(arpa.probability({"<s>", "press", "two"}), arpa.probability({"<s>", "press", "hello"}));
    EXPECT_GT(arpa.probability({"unsaid"}), 0);
}

TEST(Trigram, KnowsItsWordsAndIsTheSameEachTime) {
    EXPECT_THAT(small().words(), ElementsAre("hello", "listen", "now", "one", "press", "to", "two", "unsaid"));
    EXPECT_EQ(small().to_arpa(), small().to_arpa());
    EXPECT_TRUE(Trigram{}.empty());
}

TEST(Trigram, OfTheModelIsMadeFromAllPromptsButTheHeldOut) {
    std::map<std::string, bool> is_held_out;
    for (const auto& prompt : test::heldout_prompts()) is_held_out[prompt.text] = true;
    std::istringstream prompts{test::read_text(ASR_STREAM_SOURCE_MODEL_DIR "/al8k/prompts.tsv")};
    Trigram trigram;
    for (std::string line; std::getline(prompts, line);) {
        const auto text = line.substr(line.find('\t') + 1);
        std::istringstream words{text};
        if (!is_held_out[text]) trigram.add({std::istream_iterator<std::string>{words}, {}});
    }
    EXPECT_EQ(trigram.to_arpa(), test::read_text(ASR_STREAM_SOURCE_MODEL_DIR "/al8k/prompts-heldout.lm"))
        << "models/al8k/build.sh makes it again";
}

TEST(Dictionary, FindsEveryPronunciation) {
    const auto dictionary = Dictionary::parse(";;; comment\nthe DH AH\nthe(2)\tDH IY\r\n\na AH\n", "test");
    ASSERT_TRUE(dictionary);
    EXPECT_THAT(dictionary->pronunciations("the"), ElementsAre("DH AH", "DH IY"));
    EXPECT_THAT(dictionary->pronunciations("cat"), ElementsAre());
    EXPECT_TRUE(dictionary->contains("a"));
    EXPECT_FALSE(dictionary->contains("the(2)"));
}

TEST(Dictionary, SaysWhichLineIsWrong) {
    EXPECT_THAT(Dictionary::parse("a AH\nbroken\n", "my.dict").error().message(), HasSubstr("my.dict line 2"));
    EXPECT_EQ(Dictionary::load("/no/such.dict").error().code, make_error_code(Errc::file_not_found));
}

}  // namespace
}  // namespace asr_stream::recognizer
