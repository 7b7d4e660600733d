#include "recognizer/word_accuracy.hpp"

#include <gtest/gtest.h>

namespace asr_stream::recognizer {
namespace {

TEST(SplitWords, DropsPunctuationAndCaseButKeepsApostrophes) {
    EXPECT_EQ(split_words("Goodbye.  The user's mail-box, OK?"),
              (std::vector<std::string>{"goodbye", "the", "user's", "mail", "box", "ok"}));
    EXPECT_TRUE(split_words(" .,! ").empty());
}

TEST(CompareWords, CountsEachKindOfError) {
    EXPECT_EQ(compare_words("press one now", "press one now"), (WordErrors{.expected_words = 3}));
    EXPECT_EQ(compare_words("press one now", "press two now"), (WordErrors{.expected_words = 3, .substitutions = 1}));
    EXPECT_EQ(compare_words("press one now", "press now"), (WordErrors{.expected_words = 3, .deletions = 1}));
    EXPECT_EQ(compare_words("press one now", "please press one now"),
              (WordErrors{.expected_words = 3, .insertions = 1}));
}

TEST(CompareWords, OfEmptyTexts) {
    EXPECT_DOUBLE_EQ(compare_words("", "").accuracy(), 1.0);
    EXPECT_DOUBLE_EQ(compare_words("", "noise").accuracy(), 0.0);
    EXPECT_DOUBLE_EQ(compare_words("a b", "").accuracy(), 0.0);
}

TEST(CompareWords, AddsUpOverTexts) {
    auto total = compare_words("one two three four", "one two three four");
    total += compare_words("five six seven eight", "five nine seven");
    EXPECT_EQ(total, (WordErrors{.expected_words = 8, .substitutions = 1, .deletions = 1}));
    EXPECT_DOUBLE_EQ(total.accuracy(), 0.75);
}

}  // namespace
}  // namespace asr_stream::recognizer
