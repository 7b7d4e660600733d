#include <gmock/gmock.h>

#include <limits>

#include "dialect/base64.hpp"
#include "dialect/decode_testing.hpp"

namespace asr_stream::dialect {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

const std::string testdata = ASR_STREAM_TESTDATA;

TEST(Json, SpeaksTheRecordedSession) {
    const SessionConfig config{.stream_id = "s-1",
                               .call_id = "0b4c2f9e-3c0a-4c55-8f7e-7f2c8f6a1d10",
                               .attempt = 2,
                               .language = "en-US",
                               .hints = {"yes", "no"},
                               .metadata = " {\"customer\": 7}\n",
                               .resume = CallTime{1500}};
    play_recorded_session(*open_session("json", config), testdata + "/json_session.txt", config);
}

TEST(Json, SpeaksTheRecordedBinarySession) {
    const SessionConfig config{.stream_id = "s-1",
                               .call_id = "0b4c2f9e-3c0a-4c55-8f7e-7f2c8f6a1d10",
                               .sample_rate = 16000,
                               .channels = 2,
                               .audio_format = AudioFraming::binary,
                               .language = "de-DE",
                               .interim = false,
                               .grammar = "#JSGF V1.0;\ngrammar yesno;\npublic <yesno> = ja | nein;"};
    play_recorded_session(*open_session("json", config), testdata + "/json_binary_session.txt", config);
}

SessionConfig with_playback(std::uint32_t rate = 8000) { return {.playback = true, .playback_rate = rate}; }

TEST(Json, SpeaksTheRecordedSessionWithPlayback) {
    SessionConfig config = with_playback(16000);
    config.stream_id = "s-1";
    config.call_id = "0b4c2f9e-3c0a-4c55-8f7e-7f2c8f6a1d10";
    config.language = "en-US";
    play_recorded_session(*open_session("json", config), testdata + "/json_playback_session.txt", config);
}

TEST(Json, PlaybackThatTheSessionDoesNotHaveIsNamedButNotRead) {
    for (const char* message :
         {R"({"type":"play","data":"AQAC"})", R"({"type":"play"})", R"({"type":"play","data":"!","sample_rate":-1})"})
        EXPECT_EQ(meaning("json", message), "audio") << message;
    EXPECT_EQ(meaning("json", R"({"type":"mark","name":"a"})"), "mark");
    EXPECT_EQ(meaning("json", R"({"type":"mark"})"), "mark");
    EXPECT_EQ(meaning("json", R"({"type":"clear"})"), "clear");
}

TEST(Json, PlaybackThatCannotBeReadIsRefused) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"({"type":"play"})", "play.data is missing: a string is required"},
        {R"({"type":"play","data":7})", "play.data is a number: allowed is a string"},
        {R"({"type":"play","data":"AQA"})",
         "play.data cannot be read: base64: 3 characters: the length must be a multiple of 4"},
        {R"({"type":"play","data":"AQ!="})",
         "play.data cannot be read: base64: byte 33 at offset 2: allowed are A-Z a-z 0-9 + / and = as padding at the "
         "end"},
        {R"({"type":"play","data":"=AQA"})",
         "play.data cannot be read: base64: byte 61 at offset 0: allowed are A-Z a-z 0-9 + / and = as padding at the "
         "end"},
        {R"({"type":"play","data":"AQB="})",
         "play.data cannot be read: base64: bits are set beyond the last byte: allowed are zeros"},
        {R"({"type":"play","data":"AQAC"})",
         "play.data cannot be read: 3 bytes: an even number is required (16-bit samples)"},
        {R"({"type":"play","data":"AQ=="})",
         "play.data cannot be read: 1 bytes: an even number is required (16-bit samples)"},
        {R"({"type":"play","data":"","sample_rate":7999})",
         "play.sample_rate is 7999: allowed is a number from 8000 to 48000"},
        {R"({"type":"play","data":"","sample_rate":48001})",
         "play.sample_rate is 48001: allowed is a number from 8000 to 48000"},
        {R"({"type":"play","data":"","sample_rate":"8000"})",
         "play.sample_rate is a string: allowed is a number from 8000 to 48000"},
        {R"({"type":"play","data":"","sample_rate":8000.5})",
         "play.sample_rate is a fraction: allowed are whole numbers"},
        {R"({"type":"mark"})", "mark.name is missing: a string is required"},
        {R"({"type":"mark","name":""})", "mark.name has 0 bytes: allowed are 1 to 128"},
        {R"({"type":"mark","name":")" + std::string(129, 'm') + "\"}", "mark.name has 129 bytes: allowed are 1 to 128"},
        {R"({"type":"mark","name":"a\u0000"})", "mark.name contains U+0000: any other character is allowed"},
    };
    const auto session = open_session("json", with_playback());
    for (const auto& [message, problem] : cases) EXPECT_EQ(meaning(*session, message), "! " + problem) << message;
}

TEST(Json, AMarksNameIsBoundedInBothDirections) {
    const auto session = open_session("json", with_playback());
    const std::string longest(128, 'm');
    EXPECT_EQ(meaning(*session, R"({"type":"mark","name":")" + longest + "\"}"), "mark \"" + longest + '"');
    EXPECT_TRUE(session->mark_message(longest, MarkState::played));
    for (const std::string& name : {std::string{}, longest + "m"}) {
        const auto refused = session->mark_message(name, MarkState::played);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Errc::invalid_setting);
        EXPECT_EQ(refused.error().context,
                  "mark's name of " + std::to_string(name.size()) + " bytes: allowed are 1 to 128");
    }
}

TEST(Json, TraitsSayHowTheSessionEnds) {
    const Traits text = open_session("json")->traits();
    EXPECT_EQ(text.audio_framing, Framing::text);
    EXPECT_FALSE(text.waits_for_ready);
    EXPECT_TRUE(text.finals_have_times);
    EXPECT_TRUE(text.closes_after_end);
    EXPECT_TRUE(text.says_end);
    EXPECT_EQ(text.keep_alive, milliseconds{0});
    EXPECT_EQ(open_session("json", {.audio_format = AudioFraming::binary})->traits().audio_framing, Framing::binary);
    EXPECT_EQ(open_session("json")->keep_alive(), std::nullopt);
}

std::string opening_of(SessionConfig config) {
    return open_session("json", std::move(config))->opening_messages().at(0).payload;
}

TEST(Json, MetadataThatIsNoObjectIsLeftOut) {
    for (const char* metadata : {"", "x", "[1]", "7", "{\"a\":", "{} {}", "{\"a\":\"\xFF\"}"})
        EXPECT_THAT(opening_of({.metadata = metadata}), HasSubstr(R"("metadata":{},"resume_ms":0})")) << metadata;
    EXPECT_THAT(opening_of({.metadata = R"({"a":{"b":"}"}} )"}), HasSubstr(R"("metadata":{"a":{"b":"}"}},)"));
}

TEST(Json, OpeningIsJsonWhateverTheConfigurationHolds) {
    const std::string hostile = "\"\\\n\x01\xFF\xC3";
    const std::string opening = opening_of({.stream_id = hostile,
                                            .call_id = hostile,
                                            .language = hostile,
                                            .hints = {hostile, ""},
                                            .grammar = hostile,
                                            .resume = CallTime{std::numeric_limits<std::int64_t>::max()}});
    const std::string escaped = "\"\\\"\\\\\\n\\u0001\xEF\xBF\xBD\xEF\xBF\xBD\"";
    for (const char* key : {"stream", "call", "language", "grammar"})
        EXPECT_THAT(opening, HasSubstr('"' + std::string{key} + "\":" + escaped));
    EXPECT_THAT(opening, HasSubstr("\"hints\":[" + escaped + ",\"\"]"));
    EXPECT_THAT(opening, HasSubstr("\"resume_ms\":9223372036854775807"));
}

TEST(Json, EncodeStaysWithinItsBound) {
    const auto session = open_session("json");
    const AudioChunk longest{.samples = {},
                             .sequence = std::numeric_limits<std::uint64_t>::max(),
                             .start = CallTime{std::numeric_limits<std::int64_t>::min()}};
    for (std::size_t count = 0; count < 500; ++count) {
        const std::vector<std::int16_t> samples(count, -2);
        AudioChunk chunk = longest;
        chunk.samples = samples;
        std::string out(session->max_encoded_bytes(count), '?');
        const std::size_t size = session->encode(chunk, out);
        ASSERT_LE(size, out.size());
        out.resize(size);
        const std::string head =
            R"({"type":"audio","seq":18446744073709551615,"start_ms":-9223372036854775808,"data":")";
        ASSERT_EQ(out.substr(0, head.size()), head);
        ASSERT_THAT(out, EndsWith("\"}"));
        const std::string data = out.substr(head.size(), size - head.size() - 2);
        std::vector<std::int16_t> back(count);
        ASSERT_EQ(base64::decode(data, std::as_writable_bytes(std::span{back})).value_or(0), count * 2);
        ASSERT_EQ(back, samples);
    }
}

TEST(Json, EmptyAudioIsALegalMessage) {
    const auto session = open_session("json");
    std::string out(session->max_encoded_bytes(0), '?');
    out.resize(session->encode({.samples = {}, .sequence = 3, .start = CallTime{40}}, out));
    EXPECT_EQ(out, R"({"type":"audio","seq":3,"start_ms":40,"data":""})");
    const auto binary = open_session("json", {.audio_format = AudioFraming::binary});
    EXPECT_EQ(binary->max_encoded_bytes(0), 0U);
    EXPECT_EQ(binary->encode({}, {}), 0U);
}

TEST(Json, TextToTheServiceIsBounded) {
    const auto session = open_session("json");
    EXPECT_TRUE(session->text_message(std::string(65'536, 'x')));
    const auto refused = session->text_message(std::string(65'537, 'x'));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_setting);
    EXPECT_EQ(refused.error().context, "text of 65537 bytes: allowed are at most 65536");
}

TEST(Json, DtmfTakesTheKeysOfATelephone) {
    const auto session = open_session("json");
    for (const char digit : std::string_view{"0123456789*#ABCD"})
        EXPECT_EQ(session->dtmf_message(digit).value_or(Message{}).payload,
                  std::string{R"({"type":"dtmf","digit":")"} + digit + R"("})");
    EXPECT_EQ(session->dtmf_message('d').value_or(Message{}).payload, R"({"type":"dtmf","digit":"D"})");
    for (const char digit : {'E', 'e', ' ', '\n', '\0', '\xFF'}) {
        const auto refused = session->dtmf_message(digit);
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().context, EndsWith(": allowed are 0-9 * # A-D"));
    }
}

TEST(Json, OptionalFieldsMayBeMissingNullOrUnknown) {
    EXPECT_EQ(meaning("json", R"({"type":"partial","text":"a"})"), "partial \"a\"");
    EXPECT_EQ(meaning("json", R"({"text":"a","type":"final","confidence":null,"start_ms":null,"words":null,"x":[{}]})"),
              "final \"a\"");
    EXPECT_EQ(meaning("json", R"({"type":"final","text":"a","end_ms":9})"), "final \"a\"9");
    EXPECT_EQ(meaning("json", R"({"type":"error"})"), "error the service reports an error");
    EXPECT_EQ(meaning("json", R"({"type":"error","message":"m"})"), "error the service reports an error: m");
    EXPECT_EQ(meaning("json", R"({"type":"error","code":"c","fatal":true})"),
              "error the service reports an error: c (fatal)");
    EXPECT_EQ(meaning("json", R"({"type":"end","text":7})"), "end");
}

TEST(Json, OwnTimesGoBeforeThoseOfTheWords) {
    EXPECT_EQ(meaning("json", R"({"type":"final","text":"a b","start_ms":5,
        "words":[{"word":"a","start_ms":10,"end_ms":20},{"word":"b","start_ms":20.4,"end_ms":30.5}]})"),
              "final \"a b\" 5-31 words: a 10-20, b 20-31");
}

TEST(Json, FieldsOfTheWrongTypeAreNamed) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"({})", "message.type is missing: a string is required"},
        {R"({"type":null})", "message.type is missing: a string is required"},
        {R"({"type":7})", "message.type is a number: allowed is a string"},
        {R"({"type":""})",
         R"(message.type is "": allowed are partial, final, begin_speaking, end_speaking, error, end, play, mark, clear)"},
        {R"({"type":"partial"})", "partial.text is missing: a string is required"},
        {R"({"type":"final"})", "final.text is missing: a string is required"},
        {R"({"type":"final","text":["a"]})", "final.text is an array: allowed is a string"},
        {R"({"type":"final","text":"a\u0000"})", "final.text contains U+0000: any other character is allowed"},
        {R"({"type":"final","text":"","confidence":"high"})",
         "final.confidence is a string: allowed is a number from 0 to 1"},
        {R"({"type":"final","text":"","confidence":1.01})",
         "final.confidence is 1.01: allowed is a number from 0 to 1"},
        {R"({"type":"final","text":"","start_ms":"1"})",
         "final.start_ms is a string: allowed is a number from 0 to 9007199254740992"},
        {R"({"type":"final","text":"","start_ms":-1})",
         "final.start_ms is -1: allowed is a number from 0 to 9007199254740992"},
        {R"({"type":"final","text":"","end_ms":9007199254740994})",
         "final.end_ms is 9007199254740994: allowed is a number from 0 to 9007199254740992"},
        {R"({"type":"final","text":"","start_ms":2,"end_ms":1})",
         "final.end_ms is before the start: allowed is the start or later"},
        {R"({"type":"final","text":"","start_ms":9,"words":[{"word":"a","start_ms":1,"end_ms":2}]})",
         "final.words ends before the result starts: words in the order of their times are required"},
        {R"({"type":"final","text":"","words":{}})", "final.words is an object: allowed is an array"},
        {R"({"type":"final","text":"","words":["a"]})", "final.words[0] is a string: allowed is an object"},
        {R"({"type":"final","text":"","words":[{"start_ms":1,"end_ms":2}]})",
         "final.words[0].word is missing: a string is required"},
        {R"({"type":"final","text":"","words":[{"word":"a"}]})",
         "final.words[0].start_ms is missing: a number is required"},
        {R"({"type":"final","text":"","words":[{"word":"a","start_ms":1}]})",
         "final.words[0].end_ms is missing: a number is required"},
        {R"({"type":"final","text":"","words":[{"word":"a","start_ms":3,"end_ms":2}]})",
         "final.words[0].end_ms is before the start: allowed is the start or later"},
        {R"({"type":"final","text":"","words":[{"word":"a","start_ms":1,"end_ms":2,"confidence":2}]})",
         "final.words[0].confidence is 2: allowed is a number from 0 to 1"},
        {R"({"type":"final","text":"","alternatives":"a"})", "final.alternatives is a string: allowed is an array"},
        {R"({"type":"final","text":"","alternatives":[7]})", "final.alternatives[0] is a number: allowed is an object"},
        {R"({"type":"final","text":"","alternatives":[{}]})",
         "final.alternatives[0].text is missing: a string is required"},
        {R"({"type":"final","text":"","alternatives":[{"text":"","confidence":true}]})",
         "final.alternatives[0].confidence is a boolean: allowed is a number from 0 to 1"},
        {R"({"type":"error","code":500})", "error.code is a number: allowed is a string"},
        {R"({"type":"error","message":{}})", "error.message is an object: allowed is a string"},
        {R"({"type":"error","fatal":"yes"})", "error.fatal is a string: allowed is true or false"},
    };
    for (const auto& [message, problem] : cases) EXPECT_EQ(meaning("json", message), "! " + problem) << message;
}

std::string final_with(std::string_view list, std::string_view entry, std::size_t count) {
    std::string message = R"({"type":"final","text":"a",")" + std::string{list} + "\":[";
    for (std::size_t i = 0; i < count; ++i) message.append(i == 0 ? "" : ",").append(entry);
    return message + "]}";
}

TEST(Json, ListsAreBounded) {
    const std::string_view word = R"({"word":"a","start_ms":1,"end_ms":2})";
    EXPECT_THAT(meaning("json", final_with("words", word, 4096)), EndsWith("a 1-2, a 1-2"));
    EXPECT_EQ(meaning("json", final_with("words", word, 4097)),
              "! final.words has 4097 entries: allowed are at most 4096");
    EXPECT_EQ(meaning("json", final_with("words", word, 100'000)),
              "! JSON of too many values: allowed are at most 65536");
    const std::string_view alternative = R"({"text":"a"})";
    EXPECT_THAT(meaning("json", final_with("alternatives", alternative, 32)), EndsWith("a, a"));
    EXPECT_EQ(meaning("json", final_with("alternatives", alternative, 33)),
              "! final.alternatives has 33 entries: allowed are at most 32");
}

TEST(Json, RepeatsOnlySoMuchOfAServicesWords) {
    EXPECT_EQ(meaning("json", R"({"type":"error","message":")" + std::string(600, 'x') + "\"}"),
              "error the service reports an error: " + std::string(512, 'x') + "...");
    EXPECT_EQ(meaning("json", R"({"type":"error","code":"a\nb","message":"c"})"),
              "error the service reports an error: a b: c");
    EXPECT_THAT(meaning("json", R"({"type":")" + std::string(600, 'x') + "\"}"),
                HasSubstr("\"" + std::string(64, 'x') + "...\": allowed"));
}

TEST(Json, AFailedMessageAddsNoEvent) {
    const auto session = open_session("json");
    std::vector<RecognitionEvent> events(1);
    EXPECT_FALSE(session->decode(Framing::text, R"({"type":"final","text":7})", events));
    EXPECT_FALSE(session->decode(Framing::text, R"({"type":"applause"})", events));
    EXPECT_EQ(events.size(), 1U);
    EXPECT_TRUE(session->decode(Framing::text, R"({"type":"end"})", events));
    EXPECT_EQ(events.size(), 2U);
}

}  // namespace
}  // namespace asr_stream::dialect
