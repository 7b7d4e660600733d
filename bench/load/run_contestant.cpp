#include "load/run_contestant.hpp"

#include <dlfcn.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>

#include "load/contestant.hpp"
#include "load/measurement.hpp"
#include "load/process.hpp"
#include "load/schedule.hpp"
#include "load/socket_probe.hpp"

namespace asr_stream::bench {

namespace {

constexpr milliseconds driver_patience{120'000};
constexpr std::int64_t settle_ns = 5'000 * ns_per_ms;  ///< for the last frames to reach the sockets

double cpu_seconds(int who) {
    rusage usage{};
    getrusage(who, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_kib() {
    std::ifstream file{"/proc/self/statm"};
    double total = 0;
    double resident = 0;
    file >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

/// The counting allocator's counters, where it was preloaded.
class Allocations {
  public:
    struct Counts {
        std::uint64_t this_thread = 0;
        std::uint64_t all = 0;
    };
    Allocations() : read_{reinterpret_cast<Read*>(dlsym(RTLD_DEFAULT, "asr_stream_bench_allocations"))} {}
    [[nodiscard]] bool are_counted() const noexcept { return read_ != nullptr; }
    [[nodiscard]] Counts now() const noexcept {
        Counts counts;
        if (read_ != nullptr) read_(&counts.this_thread, &counts.all);
        return counts;
    }

  private:
    using Read = void(std::uint64_t*, std::uint64_t*);
    Read* read_;
};

struct Snapshot {
    double cpu = cpu_seconds(RUSAGE_SELF);
    double pusher_cpu = cpu_seconds(RUSAGE_THREAD);
    std::int64_t at_ns = steady_ns();
    probe::Totals sent = probe::totals();
    Allocations::Counts allocations;

    explicit Snapshot(const Allocations& counter) : allocations{counter.now()} {}
};

void sleep_until(std::int64_t at_ns) {
    const timespec at{.tv_sec = at_ns / 1'000'000'000, .tv_nsec = at_ns % 1'000'000'000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
    }
}

std::unique_ptr<Contestant> make(const Plan& plan) {
    if (plan.contestant.starts_with("engine")) return make_engine(plan);
    if (plan.contestant == "floor") return make_floor(plan);
    if (plan.contestant == "incident") return make_incident(plan);
    throw std::runtime_error{"no such contestant: " + plan.contestant};
}

class Round {
  public:
    Round(const Plan& plan, Contestant& contestant)
        : plan_{plan}, contestant_{contestant}, schedule_{plan, steady_ns() + 100 * ns_per_ms} {}

    Measurement run() {
        const std::uint64_t warmup = whole_messages(plan_.warmup_ms);
        const std::uint64_t pushes = warmup + whole_messages(plan_.measure_ms);
        probe::start(schedule_, plan_, warmup * push_ms / plan_.frame_ms);
        push(0, warmup);
        const Snapshot before{allocations_};
        push(warmup, pushes);
        sleep_until(schedule_.slot_start_ns(pushes * schedule_.slots_per_period()));
        const Snapshot after{allocations_};
        rss_kib_ = resident_kib();
        const auto frames_of = [&](std::uint64_t count) { return plan_.streams * count * push_ms / plan_.frame_ms; };
        settle(frames_of(pushes));
        Measurement measurement = between(before, after);
        if (!is_followed()) {
            measurement.frames = frames_of(pushes - warmup);
            measurement.all_frames = frames_of(pushes);
        }
        return measurement;
    }

    [[nodiscard]] double resident_at_end_kib() const noexcept { return rss_kib_; }

  private:
    /// Frames inside TLS cannot be seen at the socket: there the schedule tells how many there are, and the sink
    /// confirms.
    [[nodiscard]] bool is_followed() const noexcept { return plan_.ca_file.empty(); }

    /// Pushes in so much time, rounded up to whole messages.
    [[nodiscard]] std::uint64_t whole_messages(unsigned ms) const {
        return (ms + plan_.frame_ms - 1) / plan_.frame_ms * (plan_.frame_ms / push_ms);
    }

    void push(std::uint64_t first, std::uint64_t last) {
        const unsigned slots = schedule_.slots_per_period();
        for (std::uint64_t slot = first * slots; slot < last * slots; ++slot) {
            sleep_until(schedule_.slot_start_ns(slot));
            const auto streams = schedule_.streams_of(static_cast<unsigned>(slot % slots));
            for (unsigned stream = streams.first; stream < streams.last; ++stream)
                contestant_.push(stream, slot / slots);
        }
    }

    void settle(std::uint64_t frames) {
        if (!is_followed()) return;
        const std::int64_t deadline = steady_ns() + settle_ns;
        while (probe::totals().audio_frames < frames) {
            if (steady_ns() > deadline)
                throw std::runtime_error{"only " + std::to_string(probe::totals().audio_frames) + " of " +
                                         std::to_string(frames) + " frames reached the sockets. " +
                                         contestant_.complaint()};
            sleep_until(steady_ns() + ns_per_ms);
        }
    }

    [[nodiscard]] Measurement between(const Snapshot& before, const Snapshot& after) const {
        Measurement m;
        const probe::Totals at_end = probe::totals();
        m.cpu_seconds = after.cpu - before.cpu;
        m.pusher_cpu_seconds = after.pusher_cpu - before.pusher_cpu;
        m.wall_seconds = 1e-9 * static_cast<double>(after.at_ns - before.at_ns);
        m.frames = after.sent.audio_frames - before.sent.audio_frames;
        m.send_calls = after.sent.send_calls - before.sent.send_calls;
        m.late_frames = at_end.late_frames;
        m.longest_delay_ms = 1e-6 * static_cast<double>(at_end.longest_delay_ns);
        m.all_frames = at_end.audio_frames;
        m.all_bytes = at_end.audio_bytes;
        if (!allocations_.are_counted()) return m;
        const auto per_frame = [&](std::uint64_t count) {
            return static_cast<double>(count) / static_cast<double>(m.frames);
        };
        const std::uint64_t pusher = after.allocations.this_thread - before.allocations.this_thread;
        m.push_allocations = per_frame(pusher);
        if (contestant_.has_loop())
            m.loop_allocations = per_frame(after.allocations.all - before.allocations.all - pusher);
        return m;
    }

    const Plan& plan_;
    Contestant& contestant_;
    Schedule schedule_;
    Allocations allocations_;
    double rss_kib_ = 0;
};

}  // namespace

int run_contestant(const Plan& plan) {
    raise_descriptor_limit();
    Channel driver{Channel::child_descriptor};
    if (plan.ca_file.empty()) probe::watch(plan.port);
    const auto contestant = make(plan);
    contestant->connect(0, 1);  // what the first costs once for all is not counted as a stream's memory
    const double before_kib = resident_kib();
    contestant->connect(1, plan.streams - 1);
    driver.send_line("connected");
    static_cast<void>(driver.receive_line(driver_patience));

    Round round{plan, *contestant};
    Measurement measurement = round.run();
    measurement.rss_kib_per_stream = (round.resident_at_end_kib() - before_kib) / (plan.streams - 1);
    if (const std::string complaint = contestant->complaint(); !complaint.empty()) throw std::runtime_error{complaint};
    driver.send_line(to_json(measurement));
    driver.wait_for_end();
    return 0;
}

}  // namespace asr_stream::bench
