#include <gtest/gtest.h>

#include "dialect/decode_testing.hpp"

namespace asr_stream::dialect {
namespace {

TEST(Jambonz, SpeaksTheRecordedSession) {
    const SessionConfig config{.language = "en-US", .hints = {"yes", "no"}};
    play_recorded_session(*open_session("jambonz", config), std::string{ASR_STREAM_TESTDATA} + "/jambonz_session.txt",
                          config);
}

TEST(Jambonz, TraitsSayThatResultsHaveNoTimes) {
    const Traits traits = open_session("jambonz")->traits();
    EXPECT_EQ(traits.audio_framing, Framing::binary);
    EXPECT_FALSE(traits.finals_have_times);
    EXPECT_TRUE(traits.closes_after_end);
    EXPECT_FALSE(traits.says_end);
    EXPECT_FALSE(traits.waits_for_ready);
    EXPECT_EQ(open_session("jambonz")->keep_alive(), std::nullopt);
}

TEST(Jambonz, OptionsHoldHintsAndMetadata) {
    const auto options = [](std::vector<std::string> hints, std::string metadata) {
        const std::string start =
            open_session(
                "jambonz",
                {.language = "de", .interim = false, .hints = std::move(hints), .metadata = std::move(metadata)})
                ->opening_messages()
                .at(0)
                .payload;
        const std::string head =
            R"({"type":"start","language":"de","format":"raw","encoding":"LINEAR16","interimResults":false,)"
            R"("sampleRateHz":8000,"options":)";
        EXPECT_EQ(start.substr(0, head.size()), head);
        return start.substr(head.size());
    };
    EXPECT_EQ(options({}, ""), "{}}");
    EXPECT_EQ(options({}, "{}"), "{}}");
    EXPECT_EQ(options({"a"}, "not json"), R"({"hints":["a"]}})");
    EXPECT_EQ(options({}, R"( {"hintsBoost":5} )"), R"({"hintsBoost":5}})");
    EXPECT_EQ(options({"a"}, R"({"hintsBoost":1.50})"), R"({"hints":["a"],"hintsBoost":1.50}})");
    EXPECT_EQ(options({"a"}, R"({"hints":["b"]})"), R"({"hints":["b"]}})");
}

TEST(Jambonz, ConfidencesThatAreNoneAreLeftOut) {
    EXPECT_EQ(meaning("jambonz", R"({"type":"transcription","is_final":true,
        "alternatives":[{"transcript":"a","confidence":95},{"transcript":"b","confidence":null},{"transcript":"c"}]})"),
              "final \"a\" alternatives: a, b, c");
    EXPECT_EQ(meaning("jambonz", R"({"type":"error"})"), "error the service reports an error: no reason given");
}

TEST(Jambonz, FieldsOfTheWrongTypeAreNamed) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"({})", "message.type is missing: a string is required"},
        {R"({"type":[]})", "message.type is an array: allowed is a string"},
        {R"({"type":"transcription"})", "transcription.is_final is missing: true or false is required"},
        {R"({"type":"transcription","is_final":1})", "transcription.is_final is a number: allowed is true or false"},
        {R"({"type":"transcription","is_final":true})", "transcription.alternatives is missing: an array is required"},
        {R"({"type":"transcription","is_final":true,"alternatives":{}})",
         "transcription.alternatives is an object: allowed is an array"},
        {R"({"type":"transcription","is_final":true,"alternatives":["a"]})",
         "transcription.alternatives[0] is a string: allowed is an object"},
        {R"({"type":"transcription","is_final":true,"alternatives":[{"confidence":1}]})",
         "transcription.alternatives[0].transcript is missing: a string is required"},
        {R"({"type":"transcription","is_final":true,"alternatives":[{"transcript":true}]})",
         "transcription.alternatives[0].transcript is a boolean: allowed is a string"},
        {R"({"type":"transcription","is_final":true,"alternatives":[{"transcript":"a","confidence":"1"}]})",
         "transcription.alternatives[0].confidence is a string: allowed is a number"},
        {R"({"type":"error","error":{"a":1}})", "error.error is an object: allowed is a string"},
    };
    for (const auto& [message, problem] : cases) EXPECT_EQ(meaning("jambonz", message), "! " + problem) << message;
}

}  // namespace
}  // namespace asr_stream::dialect
