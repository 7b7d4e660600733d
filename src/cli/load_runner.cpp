#include "cli/load_runner.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "cli/process_usage.hpp"
#include "cli/stream_target.hpp"
#include "cli/text.hpp"

namespace asr_stream::cli {
namespace {

constexpr std::chrono::milliseconds step{10};
constexpr std::chrono::seconds progress_period{1};
constexpr std::chrono::seconds drain_reserve{2};
constexpr std::uint64_t hopeless_after = 10;  // failed calls without one that got through

}  // namespace

LoadRunner::LoadRunner(const LoadPlan& plan, std::unique_ptr<Engine> engine, Terminal& terminal, Interrupt& interrupt,
                       bool quiet)
    : plan_{plan}, terminal_{terminal}, interrupt_{interrupt}, quiet_{quiet}, engine_{std::move(engine)} {
    const std::size_t pushers = (plan.streams + calls_per_pusher - 1) / calls_per_pusher;
    for (std::size_t i = 0; i < pushers; ++i) pushers_.push_back(std::make_unique<LoadPusher>(plan.audio));
    streams_.reserve(plan.streams);
}

LoadRun LoadRunner::run() {
    LoadRun run;
    run.url = plan_.settings.profile.endpoints.front().url;
    run.sample_rate = plan_.audio->sample_rate;
    run.frame_ms = static_cast<std::uint64_t>(plan_.settings.profile.frame_ms.count());
    begin_ = Clock::now();
    next_progress_ = begin_ + progress_period;
    run.before = previous_ = sample();
    while (!is_ending_ && streams_.size() < plan_.streams) {
        begin_calls(Clock::now());
        tick(Clock::now() + step);
    }
    wait_for_connections();
    run.full = sample();
    watch_until(Clock::now() + plan_.duration);
    run.last = sample();
    for (const auto& pusher : pushers_) pusher->stop();
    run.all_closed = engine_->drain(plan_.settings.profile.drain_timeout + drain_reserve);
    run.after = sample();
    run.interrupted = interrupt_.count() > 0;
    run.streams = streams_.size();
    terminal_.show({});
    return run;
}

void LoadRunner::begin_calls(Clock::time_point until_now) {
    const double all = static_cast<double>(plan_.streams);
    const double ramp_s = std::chrono::duration<double>(plan_.ramp_up).count();
    const double elapsed_s = std::chrono::duration<double>(until_now - begin_).count();
    const double share = ramp_s > 0 ? std::min(elapsed_s / ramp_s, 1.0) : 1.0;
    const auto wanted = static_cast<std::size_t>(all * share);
    while (streams_.size() < wanted && !is_ending_) {
        if (const auto begun = begin_call(streams_.size()); !begun) {
            refused_ = begun.error();
            is_ending_ = true;
        }
    }
}

Result<> LoadRunner::begin_call(std::size_t index) {
    const StreamConfig config =
        make_stream_config(plan_.settings.profile, "load-" + std::to_string(index), plan_.audio->sample_rate);
    auto stream = engine_->add_stream(config, sink_);
    if (!stream) return tl::unexpected{std::move(stream).error()};
    streams_.push_back(*stream);
    pushers_[index % pushers_.size()]->add(std::move(*stream), index, first_due(index));
    return {};
}

/// The next point of the call's own place within the period, all on one grid.
Clock::time_point LoadRunner::first_due(std::size_t index) const {
    const Clock::duration period = LoadPusher::period;
    const Clock::duration phase = period * static_cast<std::int64_t>(index) / static_cast<std::int64_t>(plan_.streams);
    const Clock::duration since = Clock::now() - begin_;
    return begin_ + (since / period + 1) * period + phase;
}

/// Until each call is up or has failed for good, at most as long as a connect may take.
void LoadRunner::wait_for_connections() {
    const Clock::time_point end = Clock::now() + plan_.settings.profile.connect_timeout;
    while (!is_ending_ && Clock::now() < end) {
        const LoadEvents events = sink_->events();
        if (events.connected + events.closed >= streams_.size()) return;
        tick(Clock::now() + step);
    }
}

void LoadRunner::watch_until(Clock::time_point end) {
    while (!is_ending_ && Clock::now() < end) tick(std::min(end, next_progress_));
}

bool LoadRunner::tick(Clock::time_point next) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    pollfd interrupted{interrupt_.fd(), POLLIN, 0};
    ::poll(&interrupted, 1, static_cast<int>(std::max<std::int64_t>(wait.count(), 0)));
    if (interrupt_.count() > 0 || is_hopeless()) is_ending_ = true;
    if (Clock::now() >= next_progress_) show_progress();
    return !is_ending_;
}

void LoadRunner::show_progress() {
    next_progress_ += progress_period;
    LoadSample now = sample();
    const std::string elapsed = duration_text(std::chrono::duration_cast<std::chrono::milliseconds>(now.time - begin_));
    const std::string line = elapsed + "  " + load_progress(now, previous_, plan_.streams);
    previous_ = std::move(now);
    if (quiet_) return;
    if (terminal_.is_live()) {
        terminal_.show({line});
    } else {
        terminal_.note(line);
    }
}

bool LoadRunner::is_hopeless() const {
    const LoadEvents events = sink_->events();
    const std::uint64_t enough =
        std::min<std::uint64_t>(hopeless_after, plan_.streams) * plan_.settings.profile.endpoints.size();
    std::uint64_t errors = 0;
    for (const auto& [code, count] : events.errors) errors += count;
    return events.connected == 0 && errors >= enough;
}

LoadSample LoadRunner::sample() {
    LoadSample sample{.time = Clock::now(),
                      .process_cpu = process_cpu(),
                      .pushers = {},
                      .engine = engine_->stats(),
                      .events = sink_->events(),
                      .resident_bytes = resident_bytes()};
    for (const auto& pusher : pushers_) {
        const LoadPusher::Report one = pusher->report();
        sample.pushers.frames += one.frames;
        sample.pushers.refused_frames += one.refused_frames;
        sample.pushers.late_frames += one.late_frames;
        sample.pushers.max_lateness = std::max(sample.pushers.max_lateness, one.max_lateness);
        sample.pushers.cpu += one.cpu;
    }
    return sample;
}

LoadRunner::Verdict LoadRunner::verdict(const LoadRun& run) const {
    const LoadEvents& events = run.after.events;
    const bool has_reason = events.last_error.has_value();
    if (refused_) return {exit_code_of(refused_->code), refused_->message()};
    if (events.connected == 0 && has_reason && !run.interrupted) {
        const ExitCode code = exit_code_of(events.last_error->code);
        return {code == ExitCode::service ? ExitCode::unreachable : code,
                "no call got through: " + events.last_error->message()};
    }
    if (run.interrupted) return {ExitCode::interrupted, {}};
    if (events.failed + events.not_drained == 0 && run.all_closed) return {};
    std::string error = std::to_string(events.failed) + " call(s) failed, " + std::to_string(events.not_drained) +
                        " lacked their last results";
    if (!run.all_closed) error += ", " + std::to_string(streams_.size() - events.closed) + " did not end in time";
    if (has_reason) error += "; the last error: " + events.last_error->message();
    return {ExitCode::service, std::move(error)};
}

}  // namespace asr_stream::cli
