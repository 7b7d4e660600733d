#include "freeswitch/event_headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace asr_stream::freeswitch {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr StreamIdentity stream{.uuid = "1f0e-33", .name = "agent", .profile = "cloud", .id = 12};

boost::json::object body_of(const CustomEvent& event) { return boost::json::parse(event.body).as_object(); }

std::string text_in(const boost::json::object& body, std::string_view member) {
    return std::string{body.at(member).as_string()};
}

TEST(CustomEventOfAStream, NamesTheStreamInEveryKind) {
    for (const auto kind : {EventKind::connected, EventKind::begin_speaking, EventKind::end_speaking}) {
        Event event;
        event.kind = kind;
        event.sequence = 3;
        const auto custom = to_custom_event(stream, event, nullptr);
        EXPECT_EQ(custom.subclass, "asr_stream::" + std::string{name_of(kind)});
        EXPECT_THAT(custom.headers,
                    ElementsAre(Pair("Unique-ID", "1f0e-33"), Pair("ASR-Stream", "agent"), Pair("ASR-Stream-ID", "12"),
                                Pair("ASR-Profile", "cloud"), Pair("ASR-Sequence", "3")));
        const auto body = body_of(custom);
        EXPECT_EQ(text_in(body, "uuid"), "1f0e-33");
        EXPECT_EQ(text_in(body, "event"), name_of(kind));
    }
}

TEST(CustomEventOfAStream, AFinalHasItsTextInTheBodyAndItsMeasuresInHeaders) {
    Event event;
    event.kind = EventKind::final;
    event.sequence = 7;
    event.utterance = 2;
    event.transcript.text = "say \"yes\"\n\x01";
    event.transcript.confidence = 0.93;
    event.transcript.start = CallTime{1200};
    event.transcript.end = CallTime{2400};
    event.latency = std::chrono::milliseconds{310};
    event.gap = std::chrono::milliseconds{40};
    event.replayed = true;
    const auto custom = to_custom_event(stream, event, nullptr);
    EXPECT_EQ(custom.subclass, "asr_stream::final");
    EXPECT_THAT(custom.headers, Contains(Pair("ASR-Utterance", "2")));
    EXPECT_THAT(custom.headers, Contains(Pair("ASR-Confidence", "0.930")));
    EXPECT_THAT(custom.headers, Contains(Pair("ASR-Start-MS", "1200")));
    EXPECT_THAT(custom.headers, Contains(Pair("ASR-End-MS", "2400")));
    EXPECT_THAT(custom.headers, Contains(Pair("ASR-Latency-MS", "310")));
    EXPECT_THAT(custom.headers, Contains(Pair("ASR-Gap-MS", "40")));
    EXPECT_THAT(custom.headers, Contains(Pair("ASR-Replayed", "true")));
    EXPECT_EQ(text_in(body_of(custom), "text"), "say \"yes\"\n\x01");
}

TEST(CustomEventOfAStream, SpeechThatWeDetectedOurselvesIsMarkedInTheBody) {
    Event event;
    event.kind = EventKind::begin_speaking;
    EXPECT_FALSE(body_of(to_custom_event(stream, event, nullptr)).contains("local"));
    event.local = true;
    EXPECT_TRUE(body_of(to_custom_event(stream, event, nullptr)).at("local").as_bool());
}

TEST(CustomEventOfAStream, AnErrorHasACodeForMachinesAndOneLineOfWords) {
    Event event;
    event.kind = EventKind::error;
    event.error = Error{Errc::service_error, "first\nsecond\r\nASR-Stream: other"};
    const auto custom = to_custom_event(stream, event, nullptr);
    EXPECT_THAT(custom.headers, Contains(Pair("ASR-Error", "service_error")));
    for (const auto& [name, value] : custom.headers) EXPECT_EQ(value.find_first_of("\r\n"), std::string::npos) << name;
}

TEST(CustomEventOfAStream, ClosedCarriesStatisticsAndWhetherAllWasHeard) {
    Event event;
    event.kind = EventKind::closed;
    event.drained = false;
    StreamStats stats;
    stats.pushed_samples = 16000;
    stats.refused_samples = 160;
    const auto custom = to_custom_event(stream, event, &stats);
    EXPECT_THAT(custom.headers, Contains(Pair("ASR-Drained", "false")));
    const auto body = body_of(custom);
    EXPECT_FALSE(body.at("drained").as_bool());
    EXPECT_EQ(body.at("statistics").at("pushed_samples").as_int64(), 16000);
    EXPECT_EQ(body.at("statistics").at("refused_samples").as_int64(), 160);
}

TEST(CustomEventOfAStream, PlaybackStaysInside) {
    EXPECT_FALSE(is_published(EventKind::audio));
    EXPECT_FALSE(is_published(EventKind::mark));
    EXPECT_FALSE(is_published(EventKind::clear));
    EXPECT_TRUE(is_published(EventKind::closed));
    EXPECT_EQ(event_subclasses().size(), 8u);
}

}  // namespace
}  // namespace asr_stream::freeswitch
