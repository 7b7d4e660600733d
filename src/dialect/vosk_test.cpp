#include <gmock/gmock.h>

#include "dialect/decode_testing.hpp"

namespace asr_stream::dialect {
namespace {

using testing::EndsWith;

TEST(Vosk, SpeaksTheRecordedSession) {
    const SessionConfig config{.language = "en-US", .metadata = R"({"model":"/other"})"};
    play_recorded_session(*open_session("vosk", config), std::string{ASR_STREAM_TESTDATA} + "/vosk_session.txt",
                          config);
}

TEST(Vosk, TraitsGatherAudioBecauseEveryMessageIsAnswered) {
    const Traits traits = open_session("vosk")->traits();
    EXPECT_EQ(traits.audio_framing, Framing::binary);
    EXPECT_EQ(traits.min_frame, milliseconds{100});
    EXPECT_EQ(traits.max_frame, milliseconds{200});
    EXPECT_TRUE(traits.finals_have_times);
    EXPECT_TRUE(traits.closes_after_end);
    EXPECT_FALSE(traits.says_end);
    EXPECT_FALSE(traits.waits_for_ready);
    EXPECT_EQ(open_session("vosk")->keep_alive(), std::nullopt);
}

TEST(Vosk, HintsBecomeAPhraseListWithOneUnknownWord) {
    const auto opening = [](std::vector<std::string> hints) {
        return open_session("vosk", {.sample_rate = 16000, .hints = std::move(hints)})
            ->opening_messages()
            .at(0)
            .payload;
    };
    EXPECT_EQ(opening({}), R"({"config":{"sample_rate":16000,"words":1}})");
    EXPECT_EQ(opening({"yes", "no"}),
              R"({"config":{"sample_rate":16000,"words":1,"phrase_list":["yes","no","[unk]"]}})");
    EXPECT_EQ(opening({"[unk]", "yes"}), R"({"config":{"sample_rate":16000,"words":1,"phrase_list":["[unk]","yes"]}})");
}

TEST(Vosk, EndOfAudioIsTheBytesThatTheServiceCompares) {
    EXPECT_EQ(open_session("vosk")->final_messages(), (std::vector<Message>{{Framing::text, "{\"eof\" : 1}"}}));
}

TEST(Vosk, ARepeatedPartialIsNoEvent) {
    const auto session = open_session("vosk");
    EXPECT_EQ(meaning(*session, R"({"partial":""})"), "");
    EXPECT_EQ(meaning(*session, R"({"partial":"yes"})"), "partial \"yes\"");
    EXPECT_EQ(meaning(*session, R"({"partial":"yes"})"), "");
    EXPECT_EQ(meaning(*session, R"({"partial":"yes no"})"), "partial \"yes no\"");
    EXPECT_EQ(meaning(*session, R"({"partial":""})"), "partial \"\"");
    EXPECT_EQ(meaning(*session, R"({"partial":"yes"})"), "partial \"yes\"");
    EXPECT_EQ(meaning(*session, R"({"text":"yes"})"), "final \"yes\"");
    EXPECT_EQ(meaning(*session, R"({"partial":"yes"})"), "partial \"yes\"");
}

TEST(Vosk, ReadsPrettyPrintedResults) {
    EXPECT_EQ(meaning("vosk",
                      "{\n  \"result\" : [{\n      \"conf\" : 0.500000,\n      \"end\" : 1.110000,\n"
                      "      \"start\" : 0.840000,\n      \"word\" : \"one\"\n    }, {\n      \"conf\" : 1,\n"
                      "      \"end\" : 1.53,\n      \"start\" : 1.11,\n      \"word\" : \"two\"\n    }],\n"
                      "  \"text\" : \"one two\"\n}"),
              "final \"one two\" 0.75 840-1530 words: one 840-1110 0.5, two 1110-1530 1");
}

TEST(Vosk, ConfidenceNeedsEveryWordRated) {
    EXPECT_EQ(meaning("vosk", R"({"text":"a b","result":[{"word":"a","start":0,"end":1,"conf":0.5},
                                                         {"word":"b","start":1,"end":2}]})"),
              "final \"a b\" 0-2000 words: a 0-1000 0.5, b 1000-2000");
    EXPECT_EQ(meaning("vosk", R"({"text":"a","result":[{"word":"a","start":0,"end":1,"conf":231.2}]})"),
              "final \"a\" 0-1000 words: a 0-1000");
}

TEST(Vosk, AlternativesGiveTheBestOneAndNoConfidence) {
    EXPECT_EQ(meaning("vosk", R"({"alternatives":[
        {"confidence":231.2,"result":[{"start":0.5,"end":0.75,"word":"yes"}],"text":"yes"},
        {"confidence":0.5,"result":[{"start":0.5,"end":0.7,"word":"yet"}],"text":"yet"}]})"),
              "final \"yes\" 500-750 words: yes 500-750 alternatives: yes, yet");
    EXPECT_EQ(meaning("vosk", R"({"alternatives":[]})"), "final \"\"");
    EXPECT_EQ(meaning("vosk", R"({"alternatives":[{"text":""}]})"), "final \"\" alternatives: ");
}

TEST(Vosk, UnknownFieldsAreIgnored) {
    EXPECT_EQ(meaning("vosk", R"({"text":"a","spk":[0.1,-2],"spk_frames":7})"), "final \"a\"");
    EXPECT_EQ(meaning("vosk", R"({"partial":"a","partial_result":[{"word":7}]})"), "partial \"a\"");
}

TEST(Vosk, FieldsOfTheWrongTypeAreNamed) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"({})", "message.text is missing: one of partial, text, alternatives is required"},
        {R"({"text":null})", "message.text is missing: one of partial, text, alternatives is required"},
        {R"({"partial":7})", "message.partial is a number: allowed is a string"},
        {R"({"text":7})", "message.text is a number: allowed is a string"},
        {R"({"text":"a","result":"b"})", "message.result is a string: allowed is an array"},
        {R"({"text":"a","result":[1]})", "message.result[0] is a number: allowed is an object"},
        {R"({"text":"a","result":[{"start":0,"end":1}]})", "message.result[0].word is missing: a string is required"},
        {R"({"text":"a","result":[{"word":"a","end":1}]})", "message.result[0].start is missing: a number is required"},
        {R"({"text":"a","result":[{"word":"a","start":0}]})", "message.result[0].end is missing: a number is required"},
        {R"({"text":"a","result":[{"word":"a","start":"0","end":1}]})",
         "message.result[0].start is a string: allowed is a number from 0 to 9007199254740.992"},
        {R"({"text":"a","result":[{"word":"a","start":-0.1,"end":1}]})",
         "message.result[0].start is -0.1: allowed is a number from 0 to 9007199254740.992"},
        {R"({"text":"a","result":[{"word":"a","start":2,"end":1}]})",
         "message.result[0].end is before the start: allowed is the start or later"},
        {R"({"text":"a","result":[{"word":"a","start":5,"end":6},{"word":"b","start":1,"end":2}]})",
         "message.result ends before the result starts: words in the order of their times are required"},
        {R"({"text":"a","result":[{"word":"a","start":0,"end":1,"conf":"1"}]})",
         "message.result[0].conf is a string: allowed is a number"},
        {R"({"alternatives":7})", "message.alternatives is a number: allowed is an array"},
        {R"({"alternatives":["a"]})", "message.alternatives[0] is a string: allowed is an object"},
        {R"({"alternatives":[{}]})", "message.alternatives[0].text is missing: a string is required"},
        {R"({"alternatives":[{"text":"a","result":[{"word":1}]}]})",
         "message.alternatives[0].result[0].word is a number: allowed is a string"},
    };
    for (const auto& [message, problem] : cases) EXPECT_EQ(meaning("vosk", message), "! " + problem) << message;
}

TEST(Vosk, AMessageThatFailsLeavesTheSessionAsItWas) {
    const auto session = open_session("vosk");
    EXPECT_EQ(meaning(*session, R"({"partial":"yes"})"), "partial \"yes\"");
    EXPECT_THAT(meaning(*session, R"({"text":7})"), EndsWith("a string"));
    EXPECT_THAT(meaning(*session, R"({"partial":7})"), EndsWith("a string"));
    EXPECT_EQ(meaning(*session, R"({"partial":"yes"})"), "");
}

}  // namespace
}  // namespace asr_stream::dialect
