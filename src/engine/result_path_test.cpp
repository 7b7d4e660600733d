#include "engine/result_path.hpp"

#include <initializer_list>

#include "engine/audio_fixture.hpp"

namespace asr_stream::engine {
namespace {

using namespace std::chrono_literals;
using dialect::RecognitionEvent;
using dialect::RecognitionKind;

class ResultPathTest : public AudioFixture {
  protected:
    void begin(std::size_t samples) {
        build();
        results = std::make_unique<ResultPath>(config.profile, *path, counters);
        begin_session();
        feed(0, samples);
    }
    std::vector<Event> take(RecognitionEvent event) {
        std::vector<Event> events;
        const auto taken = results->take(std::move(event), now, events);
        EXPECT_TRUE(taken) << taken.error().message();
        return events;
    }
    static RecognitionEvent signal(RecognitionKind kind) { return {.kind = kind, .transcript = {}, .error = {}}; }
    static RecognitionEvent partial(std::string text) {
        auto event = signal(RecognitionKind::partial);
        event.transcript.text = std::move(text);
        return event;
    }
    static RecognitionEvent final(std::string text, std::optional<milliseconds> end = {}) {
        auto event = signal(RecognitionKind::final);
        event.transcript.text = std::move(text);
        event.transcript.end = end;
        return event;
    }

    Clock::time_point now = Clock::now() + 1h;
    std::unique_ptr<ResultPath> results;
};

TEST_F(ResultPathTest, AFinalHasTimesOfTheCallAndConfirmsItsAudio) {
    begin(8000);
    auto event = final("yes", 900ms);
    event.transcript.start = 100ms;
    event.transcript.words = {{"yes", 120ms, 880ms, 0.9}};
    const auto events = take(std::move(event));
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].kind, EventKind::final);
    EXPECT_EQ(events[0].transcript.start, 100ms);
    EXPECT_EQ(events[0].transcript.end, 900ms);
    EXPECT_EQ(events[0].transcript.words[0].end, 880ms);
    EXPECT_EQ(events[0].utterance, 1u);
    EXPECT_FALSE(events[0].replayed);
    EXPECT_TRUE(events[0].latency);
    EXPECT_EQ(path->confirmed(), 7200u);
    EXPECT_EQ(counters.loop.finals.get(), 1u);
    EXPECT_EQ(take(final("no", 950ms))[0].utterance, 2u);
}

TEST_F(ResultPathTest, AnEmptyFinalAlsoConfirms) {
    begin(8000);
    EXPECT_EQ(take(final("", 500ms)).size(), 1u);
    EXPECT_EQ(path->confirmed(), 4000u);
}

TEST_F(ResultPathTest, TheConfirmedPositionNeverMovesBackOrBeyondWhatWasSent) {
    begin(8000);
    take(final("a", 700ms));
    take(final("b", 600ms));
    EXPECT_EQ(path->confirmed(), 5600u);
    take(final("c", 99'000ms));
    EXPECT_EQ(path->confirmed(), 8000u);
}

TEST_F(ResultPathTest, AFinalWithoutTimesConfirmsByEstimateAndHasNoLatency) {
    begin(24'000);
    const auto events = take(final("yes"));
    EXPECT_FALSE(events[0].latency);
    EXPECT_FALSE(events[0].transcript.end);
    EXPECT_EQ(path->confirmed(), 12'000u);
}

TEST_F(ResultPathTest, AfterAnExactReplayAFinalThatWasDeliveredIsDropped) {
    begin(8000);
    take(final("one", 500ms));
    path->end_session();
    begin_session();
    path->pump(Clock::now());
    EXPECT_TRUE(take(final("one", 0ms)).empty()) << "it ends where the replay begins";
    EXPECT_EQ(counters.loop.finals_repeated.get(), 1u);
    const auto events = take(final("two", 300ms));
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].transcript.end, 800ms);
    EXPECT_FALSE(events[0].replayed) << "nothing of it was delivered before";
    EXPECT_EQ(events[0].utterance, 2u);
}

TEST_F(ResultPathTest, AfterAnEstimatedReplayFinalsAreMarkedUntilNewAudioIsReached) {
    begin(24'000);
    EXPECT_FALSE(take(final("one"))[0].replayed);
    path->end_session();
    feed(24'000, 16'000);
    begin_session();
    path->pump(Clock::now());
    path->pump(Clock::now());
    path->pump(Clock::now());
    EXPECT_TRUE(take(partial("on"))[0].replayed);
    EXPECT_TRUE(take(final("one"))[0].replayed);
    EXPECT_EQ(path->confirmed(), 28'000u);
    EXPECT_FALSE(take(final("two"))[0].replayed);
}

TEST_F(ResultPathTest, PartialsWithinTheIntervalAreReplacedByTheLatest) {
    begin(1600);
    EXPECT_EQ(take(partial("a"))[0].transcript.text, "a");
    now += 50ms;
    EXPECT_TRUE(take(partial("a b")).empty());
    EXPECT_TRUE(take(partial("a b c")).empty());
    EXPECT_EQ(results->held_until(), now + 150ms);
    EXPECT_EQ(counters.loop.partials_coalesced.get(), 1u);
    std::vector<Event> events;
    now += 150ms;
    results->release_held(now, events);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].transcript.text, "a b c");
    EXPECT_EQ(events[0].utterance, 1u);
    EXPECT_FALSE(results->held_until());
    results->release_held(now, events);
    EXPECT_EQ(events.size(), 1u);
    EXPECT_EQ(counters.loop.partials.get(), 2u);
}

TEST_F(ResultPathTest, AFinalOvertakesThePartialThatWaits) {
    begin(1600);
    take(partial("a"));
    EXPECT_TRUE(take(partial("a b")).empty());
    EXPECT_EQ(take(final("a b c", 100ms)).size(), 1u);
    EXPECT_FALSE(results->held_until());
    take(partial("d"));
    results->end_session();
    EXPECT_FALSE(results->held_until());
}

TEST_F(ResultPathTest, PartialsThatSayNothingNewAreNotDelivered) {
    begin(1600);
    EXPECT_TRUE(take(partial("")).empty()) << "no words yet";
    EXPECT_EQ(take(partial("a")).size(), 1u);
    now += 1s;
    EXPECT_TRUE(take(partial("a")).empty());
    EXPECT_EQ(take(partial("")).size(), 1u) << "words that were taken back are news";
    take(final("a", 100ms));
    now += 1s;
    EXPECT_EQ(take(partial("a")).size(), 1u) << "another utterance with the same words";
}

TEST_F(ResultPathTest, WithoutInterimNoPartialIsDelivered) {
    config.profile.interim = false;
    begin(1600);
    EXPECT_TRUE(take(partial("a")).empty());
    EXPECT_EQ(counters.loop.partials.get(), 0u);
}

TEST_F(ResultPathTest, TooManyFinalsInASecondAreAnError) {
    config.profile.max_finals_per_second = 3;
    begin(8000);
    for (int i = 0; i < 3; ++i) take(final("x", milliseconds{i + 1}));
    std::vector<Event> events;
    const auto refused = results->take(final("x", 5ms), now, events);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::too_many_finals);
    now += 1s;
    EXPECT_EQ(take(final("x", 9ms)).size(), 1u);
}

TEST_F(ResultPathTest, AFloodOfSignalsIsCutAndCounted) {
    config.profile.max_finals_per_second = 5;
    begin(1600);
    std::size_t delivered = 0;
    for (int i = 0; i < 100; ++i)
        delivered += take(signal(i % 2 == 0 ? RecognitionKind::begin_speaking : RecognitionKind::end_speaking)).size();
    EXPECT_EQ(delivered, 5u);
    EXPECT_EQ(counters.loop.results_dropped.get(), 95u);
}

TEST_F(ResultPathTest, SignalsCarryTheUtteranceTheyBelongTo) {
    begin(1600);
    EXPECT_EQ(take(signal(RecognitionKind::begin_speaking))[0].utterance, 1u);
    EXPECT_EQ(take(final("a", 100ms))[0].utterance, 1u);
    EXPECT_EQ(take(signal(RecognitionKind::end_speaking))[0].utterance, 1u) << "it may come after its final";
    EXPECT_EQ(take(signal(RecognitionKind::begin_speaking))[0].utterance, 2u);
    EXPECT_EQ(take(signal(RecognitionKind::end_speaking))[0].utterance, 2u);
}

TEST_F(ResultPathTest, AnErrorOfTheServiceIsPassedOn) {
    begin(1600);
    auto event = signal(RecognitionKind::error);
    event.error = Error{Errc::service_error, "bad language"};
    const auto events = take(std::move(event));
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].kind, EventKind::error);
    EXPECT_EQ(events[0].error->context, "bad language");
    EXPECT_TRUE(take(signal(RecognitionKind::ready)).empty());
    EXPECT_TRUE(take(signal(RecognitionKind::end)).empty());
}

class SpeechDetectionTest : public ResultPathTest {
  protected:
    void begin_with(SpeechDetection detection) {
        config.profile.speech_detection = detection;
        begin(1600);
    }
    /// B or E for what is told, in small letters where it was our own detection; "-" for nothing.
    static std::string words(const std::vector<Event>& events) {
        if (events.size() != 1) return events.empty() ? "-" : "too many";
        const bool begins = events[0].kind == EventKind::begin_speaking;
        return events[0].local ? (begins ? "b" : "e") : (begins ? "B" : "E");
    }
    /// What was told one after the other; a list, unlike an expression, is worked out in order.
    static std::string told(std::initializer_list<std::string> all) {
        std::string text;
        for (const auto& one : all) text += one;
        return text;
    }
    std::string service(bool begins) {
        return words(take(signal(begins ? RecognitionKind::begin_speaking : RecognitionKind::end_speaking)));
    }
    std::string local(bool begins) {
        std::vector<Event> events;
        results->take_local_speech(begins, now, events);
        return words(events);
    }
};

TEST_F(SpeechDetectionTest, ServiceTellsAllThatTheServiceSays) {
    begin_with(SpeechDetection::service);
    EXPECT_EQ(told({service(true), service(true), service(false), service(false)}), "BBEE");
    EXPECT_EQ(told({local(true), local(false)}), "--");
}

TEST_F(SpeechDetectionTest, LocalDropsWhatTheServiceSays) {
    begin_with(SpeechDetection::local);
    EXPECT_EQ(told({service(true), local(true), service(false), local(false), service(true)}), "-b-e-");
}

TEST_F(SpeechDetectionTest, WithBothWhoeverIsFirstTellsIt) {
    begin_with(SpeechDetection::both);
    EXPECT_EQ(told({local(true), service(true), service(false), local(false)}), "b-E-");
    now += 3s;
    EXPECT_EQ(told({service(true), local(true), local(false), service(false)}), "B-e-");
}

TEST_F(SpeechDetectionTest, WithBothALateBeginningOfTheServiceIsARepetition) {
    begin_with(SpeechDetection::both);
    EXPECT_EQ(told({local(true), local(false)}), "be");
    now += 1900ms;
    EXPECT_EQ(told({service(true), service(false)}), "--");
    now += 200ms;
    EXPECT_EQ(told({service(true), service(false)}), "BE") << "speech that we did not hear";
    EXPECT_EQ(local(true), "b") << "we are never late";
}

TEST_F(SpeechDetectionTest, LocalSpeechBelongsToTheUtteranceThatFollows) {
    begin_with(SpeechDetection::local);
    std::vector<Event> events;
    results->take_local_speech(true, now, events);
    EXPECT_EQ(events[0].utterance, 1u);
    EXPECT_EQ(take(final("a", 100ms))[0].utterance, 1u);
    results->take_local_speech(false, now, events);
    EXPECT_EQ(events[1].utterance, 1u) << "its end may come after its final";
    results->take_local_speech(true, now, events);
    EXPECT_EQ(events[2].utterance, 2u);
}

TEST_F(ResultPathTest, PlaybackIsHandedOverAsItCame) {
    config.profile.playback = true;
    begin(1600);
    auto audio = signal(RecognitionKind::audio);
    audio.samples = {1, -2};
    audio.sample_rate = 16'000;
    const auto heard = take(std::move(audio));
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].kind, EventKind::audio);
    EXPECT_EQ(heard[0].samples, (std::vector<std::int16_t>{1, -2}));
    EXPECT_EQ(heard[0].sample_rate, 16'000u);
    auto mark = signal(RecognitionKind::mark);
    mark.mark = "a";
    EXPECT_EQ(take(std::move(mark)).at(0).mark, "a");
    EXPECT_EQ(take(signal(RecognitionKind::clear)).at(0).kind, EventKind::clear);
    EXPECT_TRUE(take(signal(RecognitionKind::audio)).empty()) << "no samples are nothing to play";
    EXPECT_EQ(counters.loop.playback_dropped.get(), 0u);
}

TEST_F(ResultPathTest, PlaybackThatIsNotWantedIsCounted) {
    begin(1600);
    for (const auto kind : {RecognitionKind::audio, RecognitionKind::mark, RecognitionKind::clear})
        EXPECT_TRUE(take(signal(kind)).empty());
    EXPECT_EQ(counters.loop.playback_dropped.get(), 3u);
    EXPECT_EQ(counters.loop.results_dropped.get(), 0u);
}

}  // namespace
}  // namespace asr_stream::engine
