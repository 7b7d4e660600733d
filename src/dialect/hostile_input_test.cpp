#include <gtest/gtest.h>

#include <map>

#include "dialect/decode_testing.hpp"

/// What every dialect has to survive, whatever its messages look like.
namespace asr_stream::dialect {
namespace {

/// A result with everything in it.
const std::map<std::string_view, std::string> rich_results{
    {"jambonz", R"({"type":"transcription","is_final":true,"alternatives":[{"transcript":"grün","confidence":0.5}]})"},
    {"json", R"({"type":"final","text":"grün","confidence":0.9,"start_ms":1,"end_ms":2,
                 "words":[{"word":"grün","start_ms":1,"end_ms":2,"confidence":0.9}],"alternatives":[{"text":"\u00fc"}]})"},
    {"vosk", R"({"result":[{"conf":1.0,"end":1.43,"start":0.81,"word":"grün"}],"text":"grün"})"},
};

class HostileInput : public testing::TestWithParam<std::string_view> {
  protected:
    /// True when the message was refused as it must be.
    testing::AssertionResult is_refused(std::string_view payload) {
        std::vector<RecognitionEvent> events;
        const Result<> result = session_->decode(Framing::text, payload, events);
        if (result) return testing::AssertionFailure() << "accepted";
        if (result.error().code != Errc::bad_message) return testing::AssertionFailure() << result.error().message();
        if (!events.empty()) return testing::AssertionFailure() << "refused, but with an event";
        if (result.error().context.size() > 300) return testing::AssertionFailure() << "not one clear line";
        return testing::AssertionSuccess();
    }

    const std::string& rich_result() const { return rich_results.at(GetParam()); }
    std::unique_ptr<Session> session_ = open_session(GetParam());
};

TEST_P(HostileInput, AcceptsTheUnharmedMessage) {
    std::vector<RecognitionEvent> events;
    EXPECT_TRUE(session_->decode(Framing::text, rich_result(), events));
    EXPECT_EQ(events.size(), 1U);
}

TEST_P(HostileInput, RefusesAMessageCutAtAnyByte) {
    for (std::size_t size = 0; size < rich_result().size(); ++size)
        EXPECT_TRUE(is_refused(rich_result().substr(0, size))) << size;
}

TEST_P(HostileInput, RefusesAByteThatIsNoUtf8OrANulAnywhere) {
    for (std::size_t place = 0; place <= rich_result().size(); ++place) {
        for (const char byte : {'\0', '\xFF', '\x80', '\xC0'}) {
            std::string message = rich_result();
            message.insert(message.begin() + static_cast<std::ptrdiff_t>(place), byte);
            EXPECT_TRUE(is_refused(message)) << place;
        }
    }
}

TEST_P(HostileInput, SurvivesEveryByteChangedToEveryOther) {
    for (std::size_t place = 0; place < rich_result().size(); ++place) {
        for (int code = 0; code < 256; ++code) {
            std::string message = rich_result();
            message[place] = static_cast<char>(code);
            std::vector<RecognitionEvent> events;
            const Result<> result = session_->decode(Framing::text, message, events);
            EXPECT_LE(events.size(), result ? 1U : 0U) << place << ' ' << code;
        }
    }
}

TEST_P(HostileInput, RefusesAMegabyteOfNesting) {
    const std::string arrays(1u << 20, '[');
    const std::string objects = [] {
        std::string text;
        while (text.size() < 1u << 20) text += R"({"a":)";
        return text;
    }();
    for (const std::string& nested : {arrays, objects}) {
        EXPECT_TRUE(is_refused(nested));
        EXPECT_TRUE(is_refused(R"({"text":)" + nested));
    }
}

TEST_P(HostileInput, RefusesWhatIsNoObject) {
    for (const char* message :
         {"", " ", "null", "7", "\"text\"", "[]", "{", "}", "{}{}", "\xEF\xBB\xBF{}", "NaN", "{'a':1}"})
        EXPECT_TRUE(is_refused(message)) << message;
}

TEST_P(HostileInput, RefusesBinaryMessagesWithoutPlayback) {
    if (session_->traits().has_playback) GTEST_SKIP() << "audio for the call";
    std::vector<RecognitionEvent> events;
    for (const std::string& payload : {std::string{}, rich_result(), std::string(1000, '\0')}) {
        const Result<> result = session_->decode(Framing::binary, payload, events);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, Errc::bad_message);
    }
    EXPECT_TRUE(events.empty());
}

TEST_P(HostileInput, RefusesNumbersWithoutAValue) {
    std::string message = rich_result();
    for (const char* number : {"1e400", "-1e400", "1e999999999999", "00", "+1", ".5", "1.", "0x10", "Infinity"}) {
        const std::size_t place = message.find_first_of("0123456789", message.find("conf"));
        const std::size_t end = message.find_first_not_of("0123456789.", place);
        EXPECT_TRUE(is_refused(message.substr(0, place) + number + message.substr(end))) << number;
    }
}

/// What a service with playback may harm: every field, every byte of the base64.
TEST(HostilePlayback, EveryByteChangedIsAudioOrRefused) {
    const auto session = open_session("json", {.playback = true});
    const std::string play = R"({"type":"play","data":"AQACAP//AQA=","sample_rate":16000})";
    for (std::size_t place = 0; place < play.size(); ++place) {
        for (int code = 0; code < 256; ++code) {
            std::string message = play;
            message[place] = static_cast<char>(code);
            std::vector<RecognitionEvent> events;
            const Result<> result = session->decode(Framing::text, message, events);
            ASSERT_EQ(events.size(), result ? 1U : 0U) << place << ' ' << code;
            if (!result) {
                EXPECT_EQ(result.error().code, Errc::bad_message);
                continue;
            }
            EXPECT_EQ(events[0].samples.size(), 4U) << place << ' ' << code;
            EXPECT_GE(events[0].sample_rate, 8000U);
            EXPECT_LE(events[0].sample_rate, 48'000U);
        }
    }
}

TEST(HostilePlayback, AMessageCutAtAnyByteIsRefused) {
    const auto session = open_session("json", {.playback = true});
    for (const std::string& whole :
         {std::string{R"({"type":"play","data":"AQACAP//"})"}, std::string{R"({"type":"mark","name":"a"})"},
          std::string{R"({"type":"clear"})"}}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            std::vector<RecognitionEvent> events;
            EXPECT_FALSE(session->decode(Framing::text, std::string_view{whole}.substr(0, size), events)) << size;
            EXPECT_TRUE(events.empty());
        }
    }
}

TEST(HostilePlayback, BinaryMessagesOfAnyLengthAreSamplesOrRefused) {
    const auto session = open_session("json", {.playback = true});
    const std::string bytes(4097, '\x7f');
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        std::vector<RecognitionEvent> events;
        const Result<> result = session->decode(Framing::binary, std::string_view{bytes}.substr(0, size), events);
        ASSERT_EQ(result.has_value(), size % 2 == 0) << size;
        if (result) {
            EXPECT_EQ(events.at(0).samples.size(), size / 2);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(EveryDialect, HostileInput, testing::Values("jambonz", "json", "vosk"),
                         [](const auto& dialect) { return std::string{dialect.param}; });

}  // namespace
}  // namespace asr_stream::dialect
