#include "recognizer/task.hpp"

#include <gmock/gmock.h>

#include "recognizer/hearing.hpp"
#include "recognizer/word_accuracy.hpp"

namespace asr_stream::recognizer {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Task, NamesTheWordThatNoDictionaryHas) {
    const auto task = make_grammar(*al8k(), "#JSGF V1.0; grammar g; public <a> = press xyzzyq;");
    ASSERT_FALSE(task);
    EXPECT_EQ(task.error().code, make_error_code(Errc::invalid_setting));
    EXPECT_THAT(task.error().context, HasSubstr("\"xyzzyq\""));
    EXPECT_THAT(make_grammar(*al8k(), "nonsense").error().context, HasSubstr("grammar line 1"));
}

TEST(Task, LearnsWordsFromTheLargeDictionary) {
    RecognizerPool pool{al8k(), {}};
    const auto task = must(make_grammar(*al8k(), "#JSGF V1.0; grammar g; public <a> = elephant | tomato | goodbye;"));
    EXPECT_FALSE(al8k()->has_word("elephant"));
    auto lease = pool.acquire(task);
    ASSERT_TRUE(lease) << lease.error().message();
    EXPECT_GE((*lease)->learnt_words(), 2u);
}

TEST(Task, HintsMakeWordsPossibleThatTheTrigramLacks) {
    RecognizerPool pool{al8k(), {}};
    const auto& prompt = test::heldout_prompts()[9];  // "many" and "numbers" are in no other prompt
    const auto samples = test::read_wav(prompt.file);
    const auto without = hear(pool, dictation(*al8k()), samples).text();
    const std::vector<std::string> hints{"entered too many", "identification numbers.", "xyzzyq here"};
    const auto task = must(make_dictation(*al8k(), al8k()->language_model_file(), hints, 0.5));
    const auto with = hear(pool, task, samples).text();
    EXPECT_EQ(task->kind, Task::Kind::hinted);
    EXPECT_THAT(task->unknown_words, ElementsAre("xyzzyq"));
    EXPECT_THAT(without, ::testing::Not(HasSubstr(" many ")));
    EXPECT_THAT(with, HasSubstr(" too many "));
    EXPECT_LT(compare_words(prompt.text, with).errors(), compare_words(prompt.text, without).errors());
}

TEST(Task, BoundsHintsAndNeedsALanguageModelForDictation) {
    EXPECT_THAT(make_dictation(*al8k(), "", {}, 0.5).error().context, HasSubstr("no language model"));
    const std::vector<std::string> many(max_hints + 1, "yes");
    EXPECT_THAT(make_dictation(*al8k(), "x.lm", many, 0.5).error().context, HasSubstr("1001 hints"));
    const std::vector<std::string> longer{std::string(max_hint_bytes + 1, 'a')};
    EXPECT_THAT(make_phrase_list(*al8k(), longer).error().context, HasSubstr("201 bytes"));
    const std::vector<std::string> nothing{"[unk]", " "};
    EXPECT_THAT(make_phrase_list(*al8k(), nothing).error().context, HasSubstr("no phrase of known words"));
}

TEST(Task, PhraseListAllowsNothingElse) {
    RecognizerPool pool{al8k(), {}};
    const std::vector<std::string> phrases{"your call", "cannot be completed", "as dialed", "press one", "[unk]",
                                           "xyzzyq"};
    const auto task = must(make_phrase_list(*al8k(), phrases));
    EXPECT_THAT(task->unknown_words, ElementsAre("xyzzyq"));
    EXPECT_EQ(hear(pool, task, test::read_wav(test::heldout_prompts()[8].file)).text(),
              "your call cannot be completed as dialed");
}

TEST(Model, SaysWhereItLookedAndWhatIsMissing) {
    EXPECT_THAT(Model::find("no-such-model").error().context, AllOf(HasSubstr("no-such-model"), HasSubstr("tried")));
    EXPECT_THAT(Model::find("/tmp").error().context, HasSubstr("no file mdef"));
    EXPECT_THAT(Model::find("").error().context, HasSubstr("al8k, en-us or a folder"));
    const auto by_path = Model::find(al8k()->folder() + "/");
    ASSERT_TRUE(by_path);
    EXPECT_EQ(by_path->name(), "al8k");
    EXPECT_EQ(by_path->sample_rate(), 8000u);
}

TEST(Model, OfALanguageModelThatIsNoneSaysSo) {
    RecognizerPool pool{al8k(), {}};
    const auto task = must(make_dictation(*al8k(), "/dev/null", {}, 0.5));
    const auto lease = pool.acquire(task);
    ASSERT_FALSE(lease);
    EXPECT_THAT(lease.error().context, HasSubstr("language model /dev/null"));
    EXPECT_EQ(pool.stats().in_use, 0u);
}

}  // namespace
}  // namespace asr_stream::recognizer
