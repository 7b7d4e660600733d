#include "heaptrend/watch_command.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <sstream>
#include <thread>

#include "heaptrend/commands.hpp"
#include "heaptrend/oom_log.hpp"
#include "heaptrend/process_memory.hpp"
#include "heaptrend/watch_view.hpp"

namespace heaptrend {
namespace {

using ::testing::HasSubstr;

TEST(OomLog, ReadsTheLinesOfOldAndNewKernels) {
    const auto old =
        parse_oom_line("Killed process 2592 (freeswitch) total-vm:8100000kB, anon-rss:7900000kB, file-rss:12kB");
    ASSERT_TRUE(old);
    EXPECT_EQ(old->process, 2592U);
    EXPECT_EQ(old->name, "freeswitch");
    EXPECT_EQ(old->anonymous_bytes, 7'900'000ULL * 1024);
    const auto five = parse_oom_line(
        "3,1234,5678901,-;Memory cgroup out of memory: Killed process 77 (my (odd) prog) total-vm:100kB, "
        "anon-rss:50kB, "
        "file-rss:1kB, shmem-rss:0kB, UID:0 pgtables:60kB oom_score_adj:0");
    ASSERT_TRUE(five);
    EXPECT_EQ(five->name, "my (odd) prog");
    EXPECT_TRUE(five->cgroup);
    const auto four = parse_oom_line(
        "[ 123.4] Killed process 2592, UID 99, (freeswitch) total-vm:8100000kB, anon-rss:7900000kB, file-rss:12kB");
    ASSERT_TRUE(four);
    EXPECT_EQ(four->name, "freeswitch");
    const auto six =
        parse_oom_line("Out of memory: Killed process 9 (a) total-vm:1kB, anon-rss:2kB, UID:1000 pgtables:1kB");
    ASSERT_TRUE(six);
    EXPECT_FALSE(six->cgroup);
}

TEST(OomLog, LeavesOtherLinesAlone) {
    for (const char* line :
         {"", "Killed process", "Killed process x (a) total-vm:1kB", "Killed process 1 a total-vm:1kB",
          "Out of memory: Kill process 5 (a) score 900 or sacrifice child", "Killed process 1 ( total-vm:"})
        EXPECT_FALSE(parse_oom_line(line)) << line;
}

TEST(ProcessMemory, ReadsTheKernelsFiles) {
    MemorySample sample;
    parse_status("Name:\tx\nVmRSS:\t   100 kB\nRssAnon:\t    60 kB\nVmStk:\t 132 kB\nVmSwap:\t 4 kB\n", sample);
    parse_rollup("55d-7ff ---p 0 00:00 0 [rollup]\nRss: 100 kB\nPss:   80 kB\nPss_Anon: 60 kB\n", sample);
    EXPECT_EQ(sample.rss, 102'400U);
    EXPECT_EQ(sample.anonymous, 61'440U);
    EXPECT_EQ(sample.pss, 81'920U);
    EXPECT_EQ(sample.swap, 4'096U);
    EXPECT_DOUBLE_EQ(parse_pressure("some avg10=12.34 avg60=0.00\nfull avg10=1.00\n").value(), 12.34);
    EXPECT_FALSE(parse_pressure("full avg10=1.00\n"));
}

TEST(ProcessMemory, CountsTheStacksOfAllThreads) {
    MemorySample sample;
    sample.stack = 1;
    parse_stacks(
        "55d000000000-55d000001000 rw-p 00000000 fe:00 12                   /usr/bin/a-b\nRss:    4 kB\n"
        "7f0000000000-7f0000001000 ---p 00000000 00:00 0 \nSize:   4 kB\nRss:    0 kB\n"
        "7f0000001000-7f0000041000 rw-p 00000000 00:00 0 \nSize: 256 kB\nRss:   12 kB\nVmFlags: rd wr mr mw me ac \n"
        "7f0000041000-7f0000081000 rw-p 00000000 00:00 0 \nRss:  256 kB\n"
        "7f1000000000-7f1004000000 ---p 00000000 00:00 0 \nRss:    0 kB\n"
        "7f1004000000-7f1004100000 rw-p 00000000 00:00 0 \nRss: 1024 kB\n"
        "7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]\nRss:   20 kB\n",
        sample);
    EXPECT_EQ(sample.stack, 32U * 1024);  // neither memory beside a stack nor what lies behind a large reserve
    parse_stacks("", sample);
    EXPECT_EQ(sample.stack, 32U * 1024);
}

TEST(ProcessMemory, CountsWhatAThreadsStackHolds) {
    constexpr std::size_t used = 1 << 20;
    const auto before = look_at(getpid());
    std::uint64_t during = 0;
    std::thread{[&] {
        std::array<volatile char, used> local;
        for (std::size_t i = 0; i < used; i += 1024) local[i] = 1;
        const auto now = look_at(getpid());
        during = now ? now->stack : 0;
    }}.join();
    ASSERT_TRUE(before);
    EXPECT_GE(during, before->stack + used);
}

std::vector<MemorySample> samples_of(const std::vector<std::uint64_t>& anonymous) {
    std::vector<MemorySample> samples;
    for (const std::uint64_t bytes : anonymous) {
        MemorySample sample;
        sample.time = static_cast<double>(samples.size());
        sample.anonymous = bytes;
        sample.limit = 1'000;
        sample.in_group = bytes;
        samples.push_back(sample);
    }
    return samples;
}

TEST(ProcessMemory, PredictsTheLimitFromSustainedGrowthAlone) {
    const Trend grows = trend_of(samples_of({100, 200, 300, 400, 500, 600}));
    EXPECT_DOUBLE_EQ(grows.bytes_per_second, 100);
    EXPECT_DOUBLE_EQ(grows.seconds_to_limit.value(), 4);
    EXPECT_EQ(trend_of(samples_of({100, 300, 500, 600, 600, 600})).bytes_per_second, 0);
    EXPECT_EQ(trend_of(samples_of({600, 500, 400, 300, 200, 100})).bytes_per_second, 0);
    EXPECT_EQ(trend_of(samples_of({100, 200})).bytes_per_second, 0);
}

TEST(ProcessMemory, DrawsASparkline) {
    EXPECT_EQ(sparkline(samples_of({0, 50, 100}), 40), "▁▅█");
    EXPECT_EQ(sparkline(samples_of({0, 100, 100, 100}), 2), "▁▁");
    EXPECT_EQ(sparkline({}, 40), "");
}

TEST(ProcessMemory, TheMachineIsTheLimitWhereNoGroupHasOne) {
    MemorySample sample;
    parse_meminfo("MemTotal: 9 kB\nMemAvailable:   5 kB\nSwapFree: 1 kB\n", sample);
    EXPECT_EQ(sample.available, 6'144U);
    auto samples = samples_of({100, 200, 300, 400, 500, 600});
    for (MemorySample& each : samples) each.limit.reset();
    samples.back().available = 1'000;
    const Trend trend = trend_of(samples);
    EXPECT_TRUE(trend.limit_is_machine);
    EXPECT_DOUBLE_EQ(trend.seconds_to_limit.value(), 10);
}

TEST(WatchView, DrawsSizesLimitsGrowthAndTheHeapByOwner) {
    WatchState state;
    state.name = "freeswitch (process 7)";
    state.samples = samples_of({100, 200, 300, 400, 500, 600});
    state.trend = trend_of(state.samples);
    state.heap = LiveHeap{.owners = {{"asr_feed -> cJSON_Print (mod.so)", 36e6, 1e6, true}}, .verdict = {"it grows"}};
    const std::string screen = watch_screen(state);
    for (const char* part :
         {"freeswitch (process 7), watched for 5 s", "anonymous 600 B", "cgroup limit 1 kB, used 600 B",
          "grows 360 kB/h, limit reached in 4 s", "36 MB", "cJSON_Print (mod.so)  GROWS", "it grows"})
        EXPECT_THAT(screen, HasSubstr(part));
    const auto json = boost::json::parse(watch_object(state));
    EXPECT_EQ(json.at("owners").at(0).at("title"), "asr_feed -> cJSON_Print (mod.so)");
    EXPECT_EQ(watch_line(state).find('\n'), watch_line(state).size() - 1);
}

TEST(Watch, DrawsOverItsOwnLinesInATerminal) {
    std::ostringstream out;
    std::ostringstream problems;
    WatchCommand command;
    command.process = std::to_string(getpid());
    command.interval = 0.01;
    command.seconds = 0.03;
    command.terminal = true;
    ASSERT_EQ(run(command, out, problems), exit_ok) << problems.str();
    EXPECT_THAT(out.str(), HasSubstr("F\033[J"));
}

TEST(Watch, LooksAtALiveProcessAndWritesJson) {
    std::ostringstream out;
    std::ostringstream problems;
    WatchCommand command;
    command.process = std::to_string(getpid());
    command.interval = 0.01;
    command.seconds = 0.03;
    command.json = true;
    ASSERT_EQ(run(command, out, problems), exit_ok) << problems.str();
    const std::string first = out.str().substr(0, out.str().find('\n'));
    EXPECT_GT(boost::json::parse(first).at("rss").to_number<std::uint64_t>(), 1'000'000U);
}

TEST(Watch, SaysWhichProcessIsMissing) {
    std::ostringstream out;
    std::ostringstream problems;
    WatchCommand command;
    command.process = "no_such_program_";
    EXPECT_EQ(run(command, out, problems), exit_error);
    EXPECT_THAT(problems.str(), HasSubstr("process no_such_program_"));
}

}  // namespace
}  // namespace heaptrend
