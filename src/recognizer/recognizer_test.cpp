#include "recognizer/recognizer.hpp"

#include <gmock/gmock.h>

#include <random>

#include "recognizer/hearing.hpp"
#include "recognizer/word_accuracy.hpp"

namespace asr_stream::recognizer {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;

TEST(Recognizer, HearsTheTenHeldOutPromptsExactlyByTheirGrammar) {
    RecognizerPool pool{al8k(), {}};
    const auto task = ten_sentences(*al8k());
    for (const auto& prompt : test::heldout_prompts())
        EXPECT_EQ(hear(pool, task, test::read_wav(prompt.file)).text(), prompt.text) << prompt.file;
    EXPECT_EQ(pool.stats().created, 1u);
    EXPECT_EQ(pool.stats().reused, 9u);
}

TEST(Recognizer, HearsTwoThirdsOfTheirWordsWithATrigramThatLacksThem) {
    RecognizerPool pool{al8k(), {}};
    const auto task = dictation(*al8k());
    WordErrors errors;
    for (const auto& prompt : test::heldout_prompts()) {
        const auto heard = hear(pool, task, test::read_wav(prompt.file));
        errors += compare_words(prompt.text, heard.text());
        for (const auto& transcript : heard.finals())
            EXPECT_THAT(transcript.confidence.value_or(-1), AllOf(Ge(0.0), Le(1.0)));
    }
    EXPECT_EQ(errors.expected_words, 154u);
    EXPECT_GE(errors.accuracy(), 0.70);
    RecordProperty("word_accuracy", std::to_string(errors.accuracy()));
}

TEST(Recognizer, FindsUtterancesInALongStreamAndGivesEachItsTimes) {
    RecognizerPool pool{al8k(), {}};
    Samples stream;
    std::vector<std::pair<CallTime, CallTime>> places;
    const auto now = [&] { return CallTime{static_cast<std::int64_t>(stream.size() / 8)}; };
    for (const auto& prompt : test::heldout_prompts()) {
        const auto samples = test::read_wav(prompt.file);
        const auto begin = now();
        stream.insert(stream.end(), samples.begin(), samples.end());
        places.emplace_back(begin, now());
        const auto pause = silence(std::chrono::milliseconds{1000});
        stream.insert(stream.end(), pause.begin(), pause.end());
    }
    const auto finals = hear(pool, ten_sentences(*al8k()), stream).finals();
    ASSERT_EQ(finals.size(), places.size());
    for (std::size_t i = 0; i < finals.size(); ++i) {
        EXPECT_EQ(finals[i].text, test::heldout_prompts()[i].text);
        EXPECT_GE(*finals[i].start, places[i].first - std::chrono::milliseconds{50});
        EXPECT_LE(*finals[i].end, places[i].second + std::chrono::milliseconds{100});
        EXPECT_GE(*finals[i].end - *finals[i].start, (places[i].second - places[i].first) / 2);
        EXPECT_EQ(finals[i].words.front().start, *finals[i].start);
        for (std::size_t w = 1; w < finals[i].words.size(); ++w)
            EXPECT_GE(finals[i].words[w].start, finals[i].words[w - 1].end);
    }
}

TEST(Recognizer, GivesWordTimesWhereTheRecordedSessionOfVoskServerHasThem) {
    RecognizerPool pool{al8k(), {}};
    const auto thanks = std::ranges::find_if(test::heldout_prompts(),
                                             [](const auto& prompt) { return prompt.text.starts_with("goodbye"); });
    const auto finals = hear(pool, ten_sentences(*al8k()), test::read_wav(thanks->file)).finals();
    ASSERT_EQ(finals.size(), 1u);
    const auto& words = finals[0].words;
    ASSERT_EQ(words.size(), 11u);
    EXPECT_EQ(words.front().text, "goodbye");
    EXPECT_EQ(words.back().text, "pbx");
    // There half a second of silence came first: "goodbye" from 0.81 to 1.43 s, "pbx" from 4.92 s.
    EXPECT_NEAR(static_cast<double>(words.front().start.count()), 310, 150);
    EXPECT_NEAR(static_cast<double>(words.front().end.count()), 930, 150);
    EXPECT_NEAR(static_cast<double>(words.back().start.count()), 4420, 150);
    EXPECT_FALSE(finals[0].confidence) << "a grammar has no honest confidence";
}

TEST(Recognizer, SpeaksOfAnUtteranceInOrder) {
    RecognizerPool pool{al8k(), {}};
    const auto heard = hear(pool, ten_sentences(*al8k()), test::read_wav(test::heldout_prompts()[0].file));
    ASSERT_GE(heard.events.size(), 4u);
    EXPECT_EQ(heard.events.front().kind, SpeechEvent::Kind::begin_speaking);
    EXPECT_EQ(heard.events[heard.events.size() - 2].kind, SpeechEvent::Kind::end_speaking);
    EXPECT_EQ(heard.events.back().kind, SpeechEvent::Kind::final);
    for (std::size_t i = 1; i + 2 < heard.events.size(); ++i) {
        EXPECT_EQ(heard.events[i].kind, SpeechEvent::Kind::partial);
        EXPECT_NE(heard.events[i].transcript.text, i == 1 ? "" : heard.events[i - 1].transcript.text);
    }
}

TEST(Recognizer, GivesEqualResultsToEqualAudioWhoeverUsedItBefore) {
    RecognizerPool pool{al8k(), {}};
    const auto task = dictation(*al8k());
    const auto first = test::read_wav(test::heldout_prompts()[6].file);
    const auto other = test::read_wav(test::heldout_prompts()[2].file);
    const auto fresh = hear(pool, task, first).finals();
    static_cast<void>(hear(pool, task, other));
    const auto again = hear(pool, task, first).finals();
    ASSERT_EQ(fresh.size(), again.size());
    EXPECT_EQ(pool.stats().created, 1u);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
        EXPECT_EQ(fresh[i].text, again[i].text);
        EXPECT_EQ(fresh[i].confidence, again[i].confidence);
        EXPECT_EQ(fresh[i].end, again[i].end);
    }
}

TEST(Recognizer, TakesOtherRatesAndTwoChannels) {
    RecognizerPool pool{al8k(), {}};
    const auto task = ten_sentences(*al8k());
    const auto& prompt = test::heldout_prompts()[5];
    const auto narrow = test::read_wav(prompt.file);
    EXPECT_EQ(hear(pool, task, convert(narrow, 8000, 16000), {.sample_rate = 16000}).text(), prompt.text);
    EXPECT_EQ(hear(pool, task, convert(narrow, 8000, 48000), {.sample_rate = 48000}).text(), prompt.text);
    Samples stereo;
    for (const auto sample : narrow) stereo.insert(stereo.end(), {sample, sample});
    EXPECT_EQ(hear(pool, task, stereo, {.channels = 2}).text(), prompt.text);

    EXPECT_THAT(SpeechSession::create(pool, task, {.channels = 3}).error().context, HasSubstr("channels=3"));
    EXPECT_FALSE(SpeechSession::create(pool, task, {.sample_rate = 4000}));
}

TEST(Recognizer, WorksWithTheStockModelThatWants16Khz) {
    const auto stock = load("en-us");
    EXPECT_EQ(stock->sample_rate(), 16000u);
    RecognizerPool pool{stock, {}};
    const auto task = ten_sentences(*stock);
    for (const auto& prompt : test::heldout_prompts())
        EXPECT_EQ(hear(pool, task, test::read_wav(prompt.file)).text(), prompt.text) << prompt.file;
}

TEST(RateConverter, KeepsTimeUpwardsWhateverThePieces) {
    const std::vector<std::int16_t> ramp{0, 100, 200, 300, 400, 400};
    for (const std::size_t piece : {1u, 2u, 6u}) {
        auto converter = RateConverter::create(8000, 16000);
        ASSERT_TRUE(converter);
        std::vector<std::int16_t> out;
        const auto take = [&out](std::span<const std::int16_t> part) {
            out.insert(out.end(), part.begin(), part.end());
        };
        for (int run = 0; run < 2; ++run) {
            out.clear();
            for (std::size_t at = 0; at < ramp.size(); at += piece)
                take(converter->process(std::span{ramp}.subspan(at, std::min(piece, ramp.size() - at))));
            take(converter->flush());
            EXPECT_EQ(out, (std::vector<std::int16_t>{0, 50, 100, 150, 200, 250, 300, 350, 400, 400, 400, 400}));
        }
    }
    auto odd = RateConverter::create(11025, 16000);
    const std::vector<std::int16_t> second(11025, 7);
    const auto size = odd->process(second).size() + odd->flush().size();
    EXPECT_NEAR(static_cast<double>(size), 16000, 1);
    EXPECT_FALSE(RateConverter::create(4000, 16000));
}

TEST(Recognizer, IsSilentAboutSilenceAndNoise) {
    RecognizerPool pool{al8k(), {}};
    const auto task = ten_sentences(*al8k());
    EXPECT_THAT(hear(pool, task, {}).events, IsEmpty());
    EXPECT_THAT(hear(pool, task, silence(std::chrono::seconds{5})).events, IsEmpty());
    std::mt19937 random{1};
    std::normal_distribution<float> hiss{0, 30};
    Samples noise(40'000);
    for (auto& sample : noise) sample = static_cast<std::int16_t>(hiss(random));
    EXPECT_EQ(hear(pool, task, noise).text(), "");
}

TEST(Recognizer, CutsAnUtteranceThatNeverEnds) {
    RecognizerPool pool{al8k(), {}};
    SpeechSettings settings;
    settings.endpoint.max_utterance = std::chrono::milliseconds{2000};
    const auto heard = hear(pool, dictation(*al8k()), test::read_wav(test::heldout_prompts()[6].file), settings);
    EXPECT_GE(heard.finals().size(), 5u);
    for (const auto& transcript : heard.finals()) EXPECT_LE(*transcript.end - *transcript.start, CallTime{2400});
}

TEST(Recognizer, RefusesMoreUtterancesAtOnceThanItMay) {
    RecognizerPool pool{al8k(), {.max_recognizers = 1}};
    const auto task = ten_sentences(*al8k());
    auto first = pool.acquire(task);
    ASSERT_TRUE(first);
    const auto second = pool.acquire(task);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, make_error_code(Errc::service_overloaded));
    EXPECT_EQ(pool.stats().refused, 1u);
    first->give_back();
    EXPECT_TRUE(pool.acquire(task));
}

TEST(RecognizerPool, SwitchesAnIdleOneToAnotherTaskAndFreesItWhenNobodyWantsIt) {
    RecognizerPool pool{al8k(), {.idle_time = std::chrono::milliseconds{1000}}};
    pool.acquire(ten_sentences(*al8k()))->give_back();
    const auto yes = must(make_grammar(*al8k(), "#JSGF V1.0; grammar g; public <a> = yes | no;"));
    pool.acquire(yes)->give_back();
    EXPECT_EQ(pool.stats().created, 1u);
    EXPECT_EQ(pool.stats().switched, 1u);
    const auto now = RecognizerPool::Clock::now();
    pool.expire(now);
    EXPECT_EQ(pool.stats().idle, 1u);
    pool.expire(now + std::chrono::seconds{2});
    EXPECT_EQ(pool.stats().idle, 0u);
    EXPECT_EQ(pool.stats().expired, 1u);
}

}  // namespace
}  // namespace asr_stream::recognizer
