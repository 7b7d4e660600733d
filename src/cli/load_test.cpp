#include <gtest/gtest.h>

#include <set>

#include "cli/load_call.hpp"
#include "cli/load_pusher.hpp"
#include "cli/load_report.hpp"
#include "cli/load_sink.hpp"
#include "cli/process_usage.hpp"

namespace asr_stream::cli {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

Event event_of(EventKind kind) {
    Event event;
    event.kind = kind;
    return event;
}

std::shared_ptr<const LoadAudio> two_recordings() {
    LoadAudio audio;
    audio.recordings = {{"one", 8000, {1, 2, 3}}, {"two", 8000, {11, 12}}};
    audio.pause_samples = 2;
    return std::make_shared<const LoadAudio>(std::move(audio));
}

TEST(LoadCallTest, SaysOneRecordingAfterTheOtherWithPausesForEver) {
    LoadCall call{two_recordings(), 0};
    std::vector<std::int16_t> heard(20);
    call.next(std::span{heard}.first(7));
    call.next(std::span{heard}.subspan(7));
    EXPECT_EQ(heard, (std::vector<std::int16_t>{1, 2, 3, 0, 0, 11, 12, 0, 0, 1, 2, 3, 0, 0, 11, 12, 0, 0, 1, 2}));
}

TEST(LoadCallTest, BeginsElsewhereForEachCall) {
    LoadAudio audio;
    audio.recordings = {{"ramp", 8000, std::vector<std::int16_t>(10'000)}};
    for (std::size_t i = 0; i < 10'000; ++i) audio.recordings[0].samples[i] = static_cast<std::int16_t>(i);
    const auto shared = std::make_shared<const LoadAudio>(std::move(audio));
    std::set<std::int16_t> first;
    for (std::size_t seed = 0; seed < 100; ++seed) {
        std::vector<std::int16_t> heard(1);
        LoadCall{shared, seed}.next(heard);
        first.insert(heard[0]);
    }
    EXPECT_GT(first.size(), 90u);
}

TEST(LoadPusherTest, PushesToEveryCallUntilItIsStopped) {
    LoadPusher pusher{two_recordings()};
    for (std::size_t i = 0; i < 10; ++i) pusher.add(Stream{}, i, Clock::now());
    while (pusher.report().frames < 30) std::this_thread::yield();
    pusher.stop();
    const LoadPusher::Report report = pusher.report();
    EXPECT_GE(report.frames, 30u);
    EXPECT_EQ(report.refused_frames, report.frames);  // a handle of nothing takes nothing
    EXPECT_GT(report.cpu.count(), 0);
    EXPECT_EQ(pusher.report().frames, report.frames);
}

TEST(LoadSinkTest, CountsEventsByWhatTheyMean) {
    LoadSink sink;
    Event final = event_of(EventKind::final);
    final.latency = 100ms;
    sink.on_event(final);
    final.latency = 300ms;
    sink.on_event(final);
    Event closed = event_of(EventKind::closed);
    sink.on_event(closed);
    closed.drained = false;
    sink.on_event(closed);
    Event lost = event_of(EventKind::disconnected);
    lost.error = Error{Errc::connection_lost, "x"};
    sink.on_event(lost);
    closed.error = lost.error;  // the same loss, told a second time
    sink.on_event(closed);
    const LoadEvents events = sink.events();
    EXPECT_EQ(events.finals, 2u);
    EXPECT_EQ(events.final_latency.count(), 2u);
    EXPECT_EQ(events.max_final_latency, 300ms);
    EXPECT_EQ(events.closed, 3u);
    EXPECT_EQ(events.failed, 1u);
    EXPECT_EQ(events.not_drained, 1u);
    EXPECT_EQ(events.errors, (std::map<std::string, std::uint64_t>{{"connection_lost", 1}}));
}

LoadRun thousand_calls() {
    LoadRun run;
    run.url = "ws://x";
    run.streams = 1000;
    run.full.time = run.before.time + 2s;
    run.last.time = run.full.time + 10s;
    run.full.process_cpu = 1s;
    run.last.process_cpu = 6s;
    run.full.pushers.cpu = 500ms;
    run.last.pushers.cpu = 1500ms;
    run.full.engine.sum.sent_frames = 1000;
    run.last.engine.sum.sent_frames = 501'000;
    run.before.resident_bytes = 10U << 20U;
    run.last.resident_bytes = 50U << 20U;
    run.last.engine.streams = 1000;
    run.last.engine.sum.memory_bytes = 30U << 20U;
    run.full.engine.send_delay.record(1'000'000);  // of the ramp-up: does not count
    run.last.engine.send_delay.record(1'000'000);
    run.last.engine.send_delay.record(4000);
    run.after = run.last;
    return run;
}

TEST(LoadReportTest, CountsTheTimeWithAllCallsUpAndLeavesTheCallersOut) {
    const LoadFigures figures = figures_of(thousand_calls());
    EXPECT_DOUBLE_EQ(figures.seconds, 10.0);
    EXPECT_DOUBLE_EQ(figures.process_cores, 0.5);
    EXPECT_DOUBLE_EQ(figures.pusher_cores, 0.1);
    EXPECT_DOUBLE_EQ(figures.engine_cores, 0.4);
    EXPECT_DOUBLE_EQ(figures.engine_cores_per_1000, 0.4);
    EXPECT_DOUBLE_EQ(figures.frames_per_second, 50'000.0);
    EXPECT_DOUBLE_EQ(figures.engine_us_per_frame, 8.0);
    EXPECT_DOUBLE_EQ(figures.rss_kib_per_stream, 40.96);
    EXPECT_DOUBLE_EQ(figures.accounted_kib_per_stream, 30.72);
    EXPECT_EQ(figures.send_delay.count(), 1u);
}

TEST(LoadReportTest, ARunThatNeverBeganDividesByNothing) {
    const LoadFigures figures = figures_of(LoadRun{});
    EXPECT_EQ(figures.process_cores, 0.0);
    EXPECT_EQ(figures.engine_us_per_frame, 0.0);
    EXPECT_EQ(figures.rss_kib_per_stream, 0.0);
    EXPECT_NE(describe(LoadRun{}).find("none measured"), std::string::npos);
}

TEST(LoadReportTest, JsonHasTheFiguresOfTheTable) {
    const std::string json = to_json(thousand_calls()).str();
    EXPECT_NE(json.find(R"("streams":1000)"), std::string::npos);
    EXPECT_NE(json.find(R"("engine_cores_per_1000_streams":0.4)"), std::string::npos);
    EXPECT_NE(json.find(R"("rss_kib_per_stream":41)"), std::string::npos);
    EXPECT_NE(json.find(R"("end_of_speech_to_final":{"count":0})"), std::string::npos);
    EXPECT_NE(describe(thousand_calls()).find("0.400 cores for 1,000 calls"), std::string::npos);
}

TEST(ProcessUsageTest, GrowsWithWork) {
    EXPECT_GT(resident_bytes(), 0u);
    const auto before = process_cpu();
    EXPECT_GT(before.count(), 0);
    volatile std::uint64_t sum = 0;
    while (process_cpu() == before) sum = sum + 1;
    EXPECT_GT(process_cpu(), before);
    EXPECT_GE(raise_descriptor_limit(), 256u);
    EXPECT_GT(ephemeral_ports(), 0u);
}

}  // namespace
}  // namespace asr_stream::cli
