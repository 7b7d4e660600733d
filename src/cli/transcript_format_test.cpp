#include "cli/transcript_format.hpp"

#include <gtest/gtest.h>

#include "cli/subtitles.hpp"

namespace asr_stream::cli {
namespace {

using std::chrono_literals::operator""ms;

Event final_event(std::string text, std::optional<CallTime> start = {}, std::optional<CallTime> end = {}) {
    Event event;
    event.kind = EventKind::final;
    event.sequence = 3;
    event.utterance = 1;
    event.transcript.text = std::move(text);
    event.transcript.start = start;
    event.transcript.end = end;
    return event;
}

TEST(TextFormat, WritesFinalsAlone) {
    const auto format = make_format(OutputFormat::text, "a.wav", false);
    Event partial = final_event("hello wo");
    partial.kind = EventKind::partial;
    EXPECT_EQ(format->begin() + format->event(partial, 0ms), "");
    EXPECT_EQ(format->event(final_event("hello world"), 0ms), "hello world\n");
    EXPECT_EQ(format->event(final_event(""), 0ms), "");
}

TEST(TextFormat, SaysWhoseALineIsAndKeepsItToOneLine) {
    const auto format = make_format(OutputFormat::text, "a.wav", true);
    EXPECT_EQ(format->event(final_event("one\x1b[2J\ntwo"), 0ms), "a.wav\tone\\x1b[2J\\ntwo\n");
}

TEST(JsonLines, CarryEveryMemberOfAFinal) {
    Event event = final_event("press one", 500ms, 1700ms);
    event.transcript.confidence = 0.93;
    event.transcript.words = {{"press", 500ms, 900ms, 0.9}, {"one", 950ms, 1700ms, std::nullopt}};
    event.transcript.alternatives = {{"press won", 0.25}};
    event.latency = 210ms;
    event.gap = 40ms;
    event.replayed = true;
    EXPECT_EQ(make_format(OutputFormat::jsonl, "a.wav", true)->event(event, 0ms),
              R"({"file":"a.wav","event":"final","sequence":3,"utterance":1,"text":"press one","confidence":0.93,)"
              R"("start_ms":500,"end_ms":1700,"words":[{"word":"press","start_ms":500,"end_ms":900,"confidence":0.9},)"
              R"({"word":"one","start_ms":950,"end_ms":1700}],"alternatives":[{"text":"press won","confidence":0.25}],)"
              R"("latency_ms":210,"gap_ms":40,"replayed":true})"
              "\n");
}

TEST(JsonLines, EscapeTextAndNameErrors) {
    Event event;
    event.kind = EventKind::closed;
    event.sequence = 9;
    event.error = Error{Errc::closed_by_service, "code=1011 \"bad\"\n"};
    event.drained = false;
    EXPECT_EQ(
        make_format(OutputFormat::jsonl, "q\"\x01.wav", false)->event(event, 0ms),
        R"({"file":"q\"\u0001.wav","event":"closed","sequence":9,"drained":false,"error":{"code":"closed_by_service",)"
        R"("message":"closed by the service: code=1011 \"bad\"\n"}})"
        "\n");
}

TEST(SubRip, NumbersItsCues) {
    const auto format = make_format(OutputFormat::srt, "a.wav", false);
    EXPECT_EQ(format->begin(), "");
    EXPECT_EQ(format->event(final_event("hello world", 500ms, 1700ms), 0ms),
              "1\n00:00:00,500 --> 00:00:01,700\nhello world\n\n");
    EXPECT_EQ(format->event(final_event("", 1800ms, 1900ms), 0ms), "");
    EXPECT_EQ(format->event(final_event("goodbye", 3'723'004ms, 3'724'000ms), 0ms),
              "2\n01:02:03,004 --> 01:02:04,000\ngoodbye\n\n");
}

TEST(WebVtt, HasItsHeaderAndEscapesMarkup) {
    const auto format = make_format(OutputFormat::vtt, "a.wav", false);
    EXPECT_EQ(format->begin(), "WEBVTT\n\n");
    EXPECT_EQ(format->event(final_event("<b> --> & you", 0ms, 1000ms), 0ms),
              "00:00:00.000 --> 00:00:01.000\n&lt;b&gt; --&gt; &amp; you\n\n");
}

TEST(Subtitles, UseTheAudioHandedOverWhereTheServiceGivesNoTimes) {
    const auto format = make_format(OutputFormat::srt, "a.wav", false);
    EXPECT_EQ(format->event(final_event("one"), 2000ms), "1\n00:00:00,000 --> 00:00:02,000\none\n\n");
    EXPECT_EQ(format->event(final_event("two"), 5000ms), "2\n00:00:02,000 --> 00:00:05,000\ntwo\n\n");
}

TEST(Subtitles, NeverRunBackwards) {
    const auto format = make_format(OutputFormat::srt, "a.wav", false);
    EXPECT_EQ(format->event(final_event("one", 1000ms, 4000ms), 0ms), "1\n00:00:01,000 --> 00:00:04,000\none\n\n");
    EXPECT_EQ(format->event(final_event("two", 500ms, 3000ms), 0ms), "2\n00:00:04,000 --> 00:00:04,000\ntwo\n\n");
}

TEST(MakeCues, CutsALongTextIntoTwoLinesEach) {
    Transcript transcript;
    for (int i = 0; i < 30; ++i) transcript.text += "wonderful ";
    const auto cues = make_cues(transcript, 0ms, 12'000ms);
    ASSERT_GT(cues.size(), 1u);
    std::size_t words = 0;
    for (const Cue& cue : cues) {
        EXPECT_LE(cue.lines.size(), 2u);
        EXPECT_LE(cue.end - cue.start, cue_longest);
        for (const std::string& line : cue.lines) {
            EXPECT_LE(line.size(), cue_line_columns);
            words += 1 + static_cast<std::size_t>(std::count(line.begin(), line.end(), ' '));
        }
    }
    EXPECT_EQ(words, 30u);
    EXPECT_EQ(cues.front().start, 0ms);
    EXPECT_EQ(cues.back().end, 12'000ms);
}

TEST(MakeCues, FollowsTheWordsOwnTimes) {
    Transcript transcript;
    transcript.text = "Yes, later.";
    transcript.words = {{"yes", 100ms, 400ms, {}}, {"later", 9000ms, 9500ms, {}}};
    const auto cues = make_cues(transcript, 100ms, 9500ms);
    ASSERT_EQ(cues.size(), 2u);
    EXPECT_EQ(cues[0], (Cue{100ms, 400ms, {"Yes,"}}));
    EXPECT_EQ(cues[1], (Cue{9000ms, 9500ms, {"later."}}));
}

TEST(MakeCues, KeepsAWordLongerThanALineWhole) {
    const std::string word(100, 'x');
    Transcript transcript;
    transcript.text = word;
    const auto cues = make_cues(transcript, 0ms, 1000ms);
    ASSERT_EQ(cues.size(), 1u);
    EXPECT_EQ(cues[0].lines, std::vector{word});
}

}  // namespace
}  // namespace asr_stream::cli
