#include "freeswitch/result_format.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <string>

#include "dialect/utf8.hpp"

namespace asr_stream::freeswitch {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using Kind = RecognitionResult::Kind;

constexpr StreamIdentity asr{.uuid = "1f0e", .name = "asr", .profile = "default", .id = 9};
const Grammar dictation{.name = "builtin:dictation"};

RecognitionResult success(std::string text) {
    RecognitionResult result;
    result.kind = Kind::terminal;
    result.transcript.text = std::move(text);
    result.utterance = 3;
    result.sequence = 17;
    return result;
}

RecognitionResult failure(Cause cause, std::string detail = {}) {
    RecognitionResult result;
    result.kind = Kind::terminal;
    result.completion = {cause, std::move(detail)};
    return result;
}

RecognitionResult rich() {
    auto result = success("good bye");
    result.transcript.confidence = 0.93;
    result.transcript.start = 810ms;
    result.transcript.end = 1980ms;
    result.transcript.words = {{"good", 810ms, 1000ms, 0.9}, {"bye", 1000ms, 1980ms, {}}};
    result.transcript.alternatives = {{"good bye", 0.93}, {"good buy", {}}};
    result.latency = 240ms;
    result.gap = 100ms;
    result.replayed = true;
    return result;
}

std::string json(const RecognitionResult& result, const Grammar& grammar = dictation) {
    return format_result(result, grammar, ResultFormat::json);
}
std::string nlsml(const RecognitionResult& result, const Grammar& grammar = dictation) {
    return format_result(result, grammar, ResultFormat::nlsml);
}

TEST(ResultFormat, JsonSaysAllThatIsKnown) {
    EXPECT_EQ(json(rich()),
              R"({"text":"good bye","confidence":0.93,"start_ms":810,"end_ms":1980,)"
              R"("words":[{"word":"good","start_ms":810,"end_ms":1000,"confidence":0.9},)"
              R"({"word":"bye","start_ms":1000,"end_ms":1980}],)"
              R"("alternatives":[{"text":"good bye","confidence":0.93},{"text":"good buy"}],)"
              R"("grammar":"builtin:dictation","utterance":3,"latency_ms":240,"gap_ms":100,"replayed":true,)"
              R"("completion_cause":"000","completion_reason":"success"})");
}

TEST(ResultFormat, JsonOfAFailureHasNoText) {
    EXPECT_EQ(json(failure(Cause::uri_failure, "connection refused")),
              R"({"text":"","grammar":"builtin:dictation","completion_cause":"009",)"
              R"("completion_reason":"uri-failure: connection refused"})");
}

TEST(ResultFormat, APartialIsNotComplete) {
    auto result = success("good");
    result.kind = Kind::partial;
    EXPECT_EQ(json(result), R"({"text":"good","grammar":"builtin:dictation","utterance":3})");
    EXPECT_THAT(result_headers(result, dictation, asr), Not(Contains(Key("ASR-Completion-Cause"))));
}

TEST(ResultFormat, NlsmlHasAnInterpretationForEachReading) {
    EXPECT_EQ(nlsml(rich()),
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<result xmlns=\"urn:ietf:params:xml:ns:mrcpv2\" grammar=\"builtin:dictation\">\n"
              "  <interpretation confidence=\"0.930\">\n"
              "    <instance>good bye</instance>\n"
              "    <input mode=\"speech\">good bye</input>\n"
              "  </interpretation>\n"
              "  <interpretation>\n"
              "    <instance>good buy</instance>\n"
              "    <input mode=\"speech\">good buy</input>\n"
              "  </interpretation>\n"
              "</result>\n");
}

TEST(ResultFormat, NlsmlTellsSilenceFromNoMatch) {
    EXPECT_THAT(nlsml(failure(Cause::no_input_timeout)), HasSubstr("<input><noinput/></input>"));
    EXPECT_THAT(nlsml(failure(Cause::no_match)), HasSubstr("<input><nomatch/></input>"));
    EXPECT_THAT(nlsml(failure(Cause::recognizer_error)), HasSubstr("<input><nomatch/></input>"));
}

TEST(ResultFormat, TextIsTheWordsAlone) {
    EXPECT_EQ(format_result(rich(), dictation, ResultFormat::text), "good bye");
    EXPECT_EQ(format_result(failure(Cause::no_input_timeout), dictation, ResultFormat::text), "");
}

TEST(ResultFormat, SaysWhatTheGrammarMakesOfTheWords) {
    const auto digits = read_grammar("builtin:digits", {.directory = {}, .language = "en-US", .dialect = "json"});
    ASSERT_TRUE(digits);
    const auto result = success("four seven");
    EXPECT_THAT(json(result, *digits), HasSubstr(R"("text":"four seven","interpretation":"47")"));
    EXPECT_THAT(nlsml(result, *digits), HasSubstr("<instance>47</instance>\n    <input mode=\"speech\">four seven"));
    EXPECT_THAT(result_headers(result, *digits, asr), Contains(Pair("ASR-Interpretation", "47")));
}

TEST(ResultFormat, WhateverTheServiceSendsTheBodyIsWellFormed) {
    auto result = success(
        "a<b>&\"'\x01\x7F\xC2\x85\xFF\xEF\xBF\xBE"
        "c\xC3");
    const std::string cleaned = "a&lt;b&gt;&amp;&quot;&apos;   \xEF\xBF\xBD c\xEF\xBF\xBD";
    EXPECT_THAT(nlsml(result), HasSubstr("<instance>" + cleaned + "</instance>"));
    EXPECT_EQ(format_result(result, dictation, ResultFormat::text), "a<b>&\"'   \xEF\xBF\xBD c\xEF\xBF\xBD");
    result.transcript.words = {{"\xFE", 0ms, 1ms, {}}};
    result.transcript.alternatives = {{"\xED\xA0\x80", {}}};
    boost::system::error_code error;
    static_cast<void>(boost::json::parse(json(result), error));
    EXPECT_FALSE(error) << error.message();
    for (const auto format : {ResultFormat::json, ResultFormat::nlsml, ResultFormat::text})
        EXPECT_TRUE(dialect::is_utf8(format_result(result, dictation, format)));
}

TEST(ResultFormat, HeadersSayTheSameInShort) {
    const auto headers = result_headers(rich(), dictation, asr);
    const HeaderList expected{{"ASR-Stream", "asr"},           {"ASR-Stream-ID", "9"},
                              {"ASR-Profile", "default"},      {"ASR-Grammar", "builtin:dictation"},
                              {"ASR-Sequence", "17"},          {"ASR-Utterance", "3"},
                              {"ASR-Confidence", "0.930"},     {"ASR-Start-MS", "810"},
                              {"ASR-End-MS", "1980"},          {"ASR-Latency-MS", "240"},
                              {"ASR-Gap-MS", "100"},           {"ASR-Replayed", "true"},
                              {"ASR-Completion-Cause", "000"}, {"ASR-Completion-Reason", "success"}};
    EXPECT_EQ(headers, expected);
}

TEST(ResultFormat, AHeaderIsOneLineWhateverTheErrorSays) {
    const auto headers = result_headers(failure(Cause::recognizer_error, "a\r\nFake: header\xFF"), dictation, asr);
    EXPECT_THAT(headers, Contains(Pair("ASR-Completion-Reason", "recognizer-error: a  Fake: header\xEF\xBF\xBD")));
}

}  // namespace
}  // namespace asr_stream::freeswitch
