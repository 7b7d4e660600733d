#include "freeswitch/recognition.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace asr_stream::freeswitch {
namespace {

using namespace std::chrono_literals;
using Kind = RecognitionResult::Kind;

RecognitionSettings single_shot() {
    return {.no_input_timeout = 5s, .recognition_timeout = 30s, .stall_timeout = 5s, .max_results = 4};
}

RecognitionSettings continuous() {
    auto settings = single_shot();
    settings.continuous = true;
    return settings;
}

/// One call: what its service says, what the switch asks, and what it gets, each in one line.
class Call {
  public:
    explicit Call(RecognitionSettings settings = single_shot()) { recognition.start(settings, 0ms, true); }

    Call& at(CallTime now) {
        now_ = now;
        recognition.on_time(now);
        return *this;
    }
    void start(RecognitionSettings settings = single_shot(), bool fresh_session = false) {
        recognition.start(settings, now_, fresh_session);
        if (fresh_session) utterance_ = 1;
    }
    void hears(EventKind kind, bool local = false) {
        Event event;
        event.kind = kind;
        event.utterance = utterance_;
        event.local = local;
        recognition.on_event(event, now_);
    }
    void partial(std::string text) { recognition.on_event(transcript(EventKind::partial, std::move(text)), now_); }
    void final(std::string text, std::optional<double> confidence = {}) {
        Event event = transcript(EventKind::final, std::move(text));
        event.transcript.confidence = confidence;
        final(event);
    }
    void final(std::string text, CallTime start, CallTime end) {
        Event event = transcript(EventKind::final, std::move(text));
        event.transcript.start = start;
        event.transcript.end = end;
        final(event);
    }
    void fails(EventKind kind, Errc code, std::string context = {}) {
        Event event;
        event.kind = kind;
        event.error = Error{code, std::move(context)};
        recognition.on_event(event, now_);
    }
    /// "begin", "partial: one", "final 000: one two", "terminal 002: ", or "nothing".
    std::string fetch() {
        const auto result = recognition.take();
        if (!result) return "nothing";
        last = *result;
        switch (result->kind) {
            case Kind::begin_speaking: return "begin";
            case Kind::partial: return "partial: " + result->transcript.text;
            case Kind::final: return "final " + code_of(result->completion.cause) + ": " + result->transcript.text;
            case Kind::terminal: break;
        }
        return "terminal " + code_of(result->completion.cause) + ": " + result->transcript.text;
    }

    Recognition recognition;
    RecognitionResult last;

  private:
    Event transcript(EventKind kind, std::string text) const {
        Event event;
        event.kind = kind;
        event.utterance = utterance_;
        event.sequence = 7;
        event.transcript.text = std::move(text);
        return event;
    }
    void final(const Event& event) {
        recognition.on_event(event, now_);
        ++utterance_;
    }

    CallTime now_{};
    std::uint64_t utterance_ = 1;
};

TEST(Recognition, TellsTheBeginThenPartialsThenOneTerminalResult) {
    Call call;
    EXPECT_EQ(call.fetch(), "nothing");
    call.partial("good");
    EXPECT_EQ(call.fetch(), "begin");
    EXPECT_EQ(call.fetch(), "partial: good");
    call.partial("good bye");
    EXPECT_EQ(call.fetch(), "partial: good bye");
    call.final("goodbye");
    EXPECT_TRUE(call.recognition.has_result());
    EXPECT_EQ(call.fetch(), "terminal 000: goodbye");
    EXPECT_EQ(call.last.sequence, 7u);
    EXPECT_FALSE(call.recognition.is_active());
    EXPECT_FALSE(call.recognition.has_result());
}

TEST(Recognition, GivesNothingAfterTheTerminalResult) {
    Call call;
    call.final("one");
    call.partial("two");
    call.final("two");
    call.at(60s).fails(EventKind::closed, Errc::connection_lost);
    EXPECT_EQ(call.fetch(), "terminal 000: one");
    EXPECT_EQ(call.fetch(), "nothing");
    EXPECT_EQ(call.recognition.counters().results_discarded, 2u);
}

TEST(Recognition, SaysBeginOnceWhoeverTellsIt) {
    Call call;
    call.hears(EventKind::begin_speaking, true);
    call.hears(EventKind::begin_speaking);
    call.partial("yes");
    EXPECT_EQ(call.fetch(), "begin");
    EXPECT_EQ(call.fetch(), "partial: yes");
    EXPECT_EQ(call.fetch(), "nothing");
}

TEST(Recognition, KeepsOnlyTheNewestPartialThatWasNotFetched) {
    Call call;
    call.partial("a");
    call.partial("a b");
    call.partial("a b c");
    EXPECT_EQ(call.fetch(), "begin");
    EXPECT_EQ(call.fetch(), "partial: a b c");
    EXPECT_EQ(call.fetch(), "nothing");
    EXPECT_EQ(call.recognition.counters().partials_coalesced, 2u);
}

TEST(Recognition, DropsThePartialOfAnUtteranceWhoseFinalIsThere) {
    Call call;
    call.partial("a");
    call.final("a b");
    EXPECT_EQ(call.fetch(), "begin");
    EXPECT_EQ(call.fetch(), "terminal 000: a b");
}

TEST(Recognition, HandsOverNoPartialsUnlessAsked) {
    auto settings = single_shot();
    settings.interim = false;
    Call call{settings};
    call.partial("a");
    EXPECT_EQ(call.fetch(), "begin");
    EXPECT_EQ(call.fetch(), "nothing");
    call.at(6s);
    EXPECT_EQ(call.fetch(), "nothing") << "the partial still counts as input";
}

TEST(Recognition, EndsWithNoInputWhenTheCallerIsSilent) {
    Call call;
    EXPECT_EQ(call.recognition.deadline(), 5s);
    call.at(4999ms);
    EXPECT_EQ(call.fetch(), "nothing");
    call.at(5s);
    EXPECT_EQ(call.fetch(), "terminal 002: ");
    EXPECT_EQ(call.recognition.deadline(), std::nullopt);
}

TEST(Recognition, WaitsForTheInputTimersToBeStarted) {
    auto settings = single_shot();
    settings.start_input_timers = false;
    Call call{settings};
    call.at(60s);
    EXPECT_EQ(call.fetch(), "nothing");
    call.recognition.start_input_timers(60s);
    call.at(64s);
    EXPECT_EQ(call.fetch(), "nothing");
    call.at(65s);
    EXPECT_EQ(call.fetch(), "terminal 002: ");
}

TEST(Recognition, GivesTheWholeTimeAnewWhenThePromptIsOver) {
    Call call;
    call.at(4s);
    call.recognition.start_input_timers(4s);
    call.at(8s);
    EXPECT_EQ(call.fetch(), "nothing");
    call.at(9s);
    EXPECT_EQ(call.fetch(), "terminal 002: ");
}

TEST(Recognition, StartingTheInputTimersDoesNotInterruptACallerWhoSpeaks) {
    Call call;
    call.partial("well");
    call.recognition.start_input_timers(1s);
    call.at(7s);
    EXPECT_EQ(call.fetch(), "begin");
    EXPECT_EQ(call.fetch(), "partial: well");
    EXPECT_EQ(call.fetch(), "nothing");
}

TEST(Recognition, AwaitsTheCallerAgainAfterANoise) {
    Call call;
    call.at(3s).hears(EventKind::begin_speaking);
    EXPECT_EQ(call.fetch(), "begin");
    call.at(4s).hears(EventKind::end_speaking);
    call.at(8s);
    EXPECT_EQ(call.fetch(), "nothing");
    call.at(9s);
    EXPECT_EQ(call.fetch(), "terminal 002: ");
}

TEST(Recognition, TakesAnEmptyFinalForNoMatchOnlyIfSpeechWasHeard) {
    Call call;
    call.final("");
    EXPECT_EQ(call.fetch(), "nothing") << "it only tells how far the service has come";
    call.hears(EventKind::begin_speaking);
    call.final("");
    EXPECT_EQ(call.fetch(), "begin");
    EXPECT_EQ(call.fetch(), "terminal 001: ");
}

TEST(Recognition, RejectsWhatIsBelowTheThresholdAndDoesNotShowItsText) {
    auto settings = single_shot();
    settings.confidence_threshold = 0.5;
    Call call{settings};
    call.final("maybe", 0.49);
    EXPECT_EQ(call.fetch(), "terminal 001: ");
    EXPECT_EQ(call.last.transcript.confidence, 0.49);
    call.start(settings);
    call.at(1s).final("surely", 0.5);
    EXPECT_EQ(call.fetch(), "terminal 000: surely");
    call.start(settings);
    call.at(2s).final("unrated");
    EXPECT_EQ(call.fetch(), "terminal 000: unrated");
}

TEST(Recognition, EndsLongSpeechWithWhatWasUnderstoodSoFar) {
    Call call;
    call.at(2s).partial("and then");
    EXPECT_EQ(call.fetch(), "begin");
    call.at(31s).partial("and then I said");
    call.at(32s);
    EXPECT_EQ(call.fetch(), "terminal 008: and then I said");
}

TEST(Recognition, EndsLongSpeechWithoutTextAsNoMatch) {
    Call call;
    call.at(1s).hears(EventKind::begin_speaking);
    EXPECT_EQ(call.fetch(), "begin");
    call.at(31s);
    EXPECT_EQ(call.fetch(), "terminal 015: ");
}

TEST(Recognition, BoundsTheWholeRecognitionWhereThereIsNoNoInputTimeout) {
    auto settings = single_shot();
    settings.no_input_timeout = 0ms;
    Call call{settings};
    call.at(30s);
    EXPECT_EQ(call.fetch(), "terminal 015: ");
}

TEST(Recognition, CompletesSpeechAfterEnoughSilence) {
    auto settings = single_shot();
    settings.speech_complete_timeout = 700ms;
    Call call{settings};
    call.at(1000ms).partial("call");
    call.at(1500ms).partial("call me");
    call.at(1900ms).partial("call me");
    EXPECT_EQ(call.fetch(), "begin");
    EXPECT_EQ(call.fetch(), "partial: call me");
    call.at(2199ms);
    EXPECT_EQ(call.fetch(), "nothing");
    call.at(2200ms);
    EXPECT_EQ(call.fetch(), "terminal 000: call me");
}

TEST(Recognition, DoesNotCompleteWhileTheCallerGoesOn) {
    auto settings = single_shot();
    settings.speech_complete_timeout = 700ms;
    Call call{settings};
    call.at(1000ms).partial("call");
    call.at(1200ms).hears(EventKind::end_speaking);
    call.at(1800ms).hears(EventKind::begin_speaking);
    call.at(2600ms);
    EXPECT_EQ(call.fetch(), "begin");
    EXPECT_EQ(call.fetch(), "partial: call");
    EXPECT_EQ(call.fetch(), "nothing");
    call.at(3000ms).hears(EventKind::end_speaking);
    call.at(3700ms);
    EXPECT_EQ(call.fetch(), "terminal 000: call");
}

TEST(Recognition, KeysCountAsInputWhereTheGrammarTakesThem) {
    auto settings = single_shot();
    settings.keys_are_input = true;
    Call call{settings};
    call.recognition.on_key(4s);
    call.at(8s);
    EXPECT_EQ(call.fetch(), "nothing");
    call.at(9s);
    EXPECT_EQ(call.fetch(), "terminal 002: ");

    Call deaf;
    deaf.recognition.on_key(4s);
    deaf.at(5s);
    EXPECT_EQ(deaf.fetch(), "terminal 002: ");
}

TEST(Recognition, ANewOneThrowsAwayWhatIsLeftOfTheOld) {
    Call call;
    call.final("one");
    call.at(10s).start();
    EXPECT_EQ(call.fetch(), "nothing");
    EXPECT_EQ(call.recognition.deadline(), 15s);
    call.at(11s).final("two");
    EXPECT_EQ(call.fetch(), "terminal 000: two");
}

TEST(Recognition, SpeechOfTheOldOneIsNoResultOfTheNew) {
    Call call;
    call.at(3s).partial("this is");
    call.at(4s).start();
    call.partial("this is old");
    call.at(5s).final("this is old news");
    EXPECT_EQ(call.fetch(), "nothing");
    call.at(7s).final("this is new");
    EXPECT_EQ(call.fetch(), "terminal 000: this is new");
    EXPECT_EQ(call.recognition.counters().results_discarded, 2u);
}

TEST(Recognition, KnowsOldSpeechByTheClockWhenNothingWasHeardOfItBefore) {
    Call call;
    call.at(10s).start();
    call.at(11s).final("spoken before", 8s, 9500ms);
    call.final("begun before", 9s, 10500ms);
    EXPECT_EQ(call.fetch(), "nothing");
    EXPECT_EQ(call.recognition.deadline(), 15s);
    call.at(12s).final("dated a little early", 9800ms, 11500ms);
    EXPECT_EQ(call.fetch(), "terminal 000: dated a little early");
}

TEST(Recognition, KnowsOldSpeechByItsHasteWhereTheServiceGivesNoTimes) {
    Call call;
    call.at(10s).start();
    call.at(10020ms).final("left over");
    call.at(10040ms).partial("left");
    call.at(10900ms).final("left over, too");
    EXPECT_EQ(call.fetch(), "nothing");
    call.at(10950ms).partial("new");
    call.at(11s).final("new");
    EXPECT_EQ(call.fetch(), "begin");
    EXPECT_EQ(call.fetch(), "terminal 000: new");

    Call fresh;
    fresh.at(100ms).final("quick");
    EXPECT_EQ(fresh.fetch(), "terminal 000: quick") << "this service heard nothing before";
}

TEST(Recognition, AFreshSessionCountsItsUtterancesFromOne) {
    Call call;
    call.final("one");
    call.final("late");
    call.partial("open");
    call.recognition.pause();
    EXPECT_TRUE(call.recognition.needs_new_session()) << "the service would go on with the words that were cut off";
    call.at(0ms).start(single_shot(), true);
    EXPECT_FALSE(call.recognition.needs_new_session());
    call.at(1s).final("first of the new", 0ms, 900ms);
    EXPECT_EQ(call.fetch(), "terminal 000: first of the new");
}

TEST(Recognition, PausedItGivesNothingUntilItIsStartedAgain) {
    Call call;
    call.partial("half");
    EXPECT_TRUE(call.recognition.takes_audio());
    call.recognition.pause();
    EXPECT_FALSE(call.recognition.takes_audio());
    call.at(60s).final("half a word");
    EXPECT_EQ(call.fetch(), "nothing");
    EXPECT_FALSE(call.recognition.is_active());
    EXPECT_FALSE(call.recognition.needs_new_session()) << "the service has come to the end of it";
    call.start();
    call.at(61s).final("whole");
    EXPECT_EQ(call.fetch(), "terminal 000: whole");
}

TEST(Recognition, ResumesByItselfIfTold) {
    Call call;
    call.recognition.set_auto_resume(true);
    call.final("one");
    EXPECT_TRUE(call.recognition.is_active());
    call.at(1s).final("two");
    EXPECT_EQ(call.fetch(), "terminal 000: one");
    EXPECT_EQ(call.fetch(), "terminal 000: two");
    call.at(6s);
    EXPECT_EQ(call.fetch(), "terminal 002: ");
    call.fails(EventKind::closed, Errc::stalled);
    EXPECT_EQ(call.fetch(), "terminal 006: ");
    EXPECT_FALSE(call.recognition.is_active()) << "what failed would fail again";
}

TEST(Recognition, ContinuousItGivesEveryFinalAndTellsEachBegin) {
    Call call{continuous()};
    EXPECT_EQ(call.recognition.deadline(), std::nullopt);
    call.partial("one");
    call.final("one");
    call.partial("two");
    EXPECT_EQ(call.fetch(), "begin");
    EXPECT_EQ(call.fetch(), "final 000: one");
    EXPECT_EQ(call.fetch(), "begin");
    EXPECT_EQ(call.fetch(), "partial: two");
    call.final("");
    EXPECT_EQ(call.fetch(), "nothing");
    call.at(600s).final("three");
    EXPECT_EQ(call.fetch(), "final 000: three");
    EXPECT_TRUE(call.recognition.is_active());
}

TEST(Recognition, HoldsTheServiceWhileTooManyResultsWait) {
    Call call{continuous()};
    for (const char* text : {"1", "2", "3"}) call.final(text);
    EXPECT_FALSE(call.recognition.wants_hold());
    call.final("4");
    EXPECT_TRUE(call.recognition.wants_hold());
    EXPECT_EQ(call.fetch(), "final 000: 1");
    EXPECT_TRUE(call.recognition.wants_hold());
    EXPECT_EQ(call.fetch(), "final 000: 2");
    EXPECT_FALSE(call.recognition.wants_hold());
}

TEST(Recognition, EndsWhenResultsWaitTooLongAndLosesNoneOfThem) {
    Call call{continuous()};
    call.at(10s);
    for (const char* text : {"1", "2", "3", "4"}) call.final(text);
    EXPECT_EQ(call.recognition.deadline(), 15s);
    call.at(15s);
    EXPECT_FALSE(call.recognition.wants_hold());
    for (const char* text : {"1", "2", "3", "4"}) EXPECT_EQ(call.fetch(), std::string{"final 000: "} + text);
    EXPECT_EQ(call.fetch(), "terminal 006: ");
    EXPECT_EQ(call.last.completion.reason(),
              "recognizer-error: results_overflow: max-results waited longer than stall-timeout");
    EXPECT_EQ(call.recognition.counters().results_overflows, 1u);
    EXPECT_FALSE(call.recognition.is_session_spent());
}

TEST(Recognition, NeverKeepsMoreThanTheBound) {
    Call call{continuous()};
    for (int i = 0; i < 1000; ++i) {
        call.hears(EventKind::begin_speaking);
        call.final("again");
    }
    std::size_t fetched = 0;
    while (call.fetch() != "nothing") ++fetched;
    EXPECT_EQ(fetched, 2 * (4 + Recognition::arriving_slack + 1))
        << "a begin and a final each, and the terminal result";
    EXPECT_EQ(call.last.completion.cause, Cause::recognizer_error);
}

TEST(Recognition, AServiceThatCannotBeReachedIsAUriFailure) {
    Call call;
    call.fails(EventKind::error, Errc::connect_refused, "127.0.0.1:9");
    EXPECT_EQ(call.fetch(), "nothing") << "the stream tries again";
    call.fails(EventKind::closed, Errc::reconnects_exhausted, "5 reconnects");
    EXPECT_EQ(call.fetch(), "terminal 009: ");
    EXPECT_TRUE(call.recognition.is_session_spent());
}

TEST(Recognition, AServiceThatBreaksOffIsARecognizerError) {
    Call call;
    call.hears(EventKind::connected);
    call.fails(EventKind::disconnected, Errc::protocol_violation);
    call.fails(EventKind::closed, Errc::reconnects_exhausted);
    EXPECT_EQ(call.fetch(), "terminal 006: ");
}

TEST(Recognition, AGrammarOrLanguageThatTheServiceRefusesEndsItAtOnce) {
    Call call;
    call.fails(EventKind::error, Errc::service_error, "invalid_grammar: line 1");
    EXPECT_EQ(call.fetch(), "terminal 004: ");
    EXPECT_TRUE(call.recognition.needs_new_session());
    call.start(single_shot(), true);
    call.fails(EventKind::disconnected, Errc::service_error, "language_unsupported: xx");
    EXPECT_EQ(call.fetch(), "terminal 010: ");
    call.start(single_shot(), true);
    call.fails(EventKind::error, Errc::service_error, "unknown_word: xyz");
    EXPECT_EQ(call.fetch(), "nothing");
}

TEST(Recognition, AStreamThatIsStoppedCancelsIt) {
    Call call;
    call.hears(EventKind::closed);
    EXPECT_EQ(call.fetch(), "terminal 011: ");
    call.start(single_shot(), true);
    call.fails(EventKind::closed, Errc::shutting_down);
    EXPECT_EQ(call.fetch(), "terminal 011: ");
}

TEST(Recognition, ThatCannotBeginEndsAtOnce) {
    Recognition recognition;
    recognition.start_failed({Cause::grammar_load_failure, "no such file"});
    const auto result = recognition.take();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->kind, Kind::terminal);
    EXPECT_EQ(result->completion.reason(), "grammar-load-failure: no such file");
    EXPECT_FALSE(recognition.has_result());
}

}  // namespace
}  // namespace asr_stream::freeswitch
