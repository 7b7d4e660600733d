#include "load/round.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "engine/turns.hpp"
#include "load/process.hpp"

namespace asr_stream::bench {

namespace {

constexpr milliseconds sink_patience{10'000};
constexpr milliseconds connect_patience{120'000};
constexpr int tries_per_level = 3;

unsigned to_ms(double seconds) { return static_cast<unsigned>(std::lround(seconds * 1000)); }

struct SinkCounts {
    std::uint64_t open = 0, frames = 0, bytes = 0, unanswered = 0;
};
SinkCounts ask_sink(ChildProcess& sink) {
    std::istringstream answer{sink.ask("count", sink_patience)};
    SinkCounts counts;
    answer >> counts.open >> counts.frames >> counts.bytes >> counts.unanswered;
    return counts;
}

/// What was handed to the sockets is still on its way for a moment.
void expect_delivered(ChildProcess& sink, const Plan& plan, const Measurement& measurement) {
    SinkCounts got;
    for (int waited_ms = 0; waited_ms < 5000; waited_ms += 10) {
        got = ask_sink(sink);
        if (got.frames >= measurement.all_frames) break;
        std::this_thread::sleep_for(milliseconds{10});
    }
    const bool same_bytes = !plan.ca_file.empty() || got.bytes == measurement.all_bytes;
    if (got.frames == measurement.all_frames && same_bytes && got.open == plan.streams && got.unanswered == 0) return;
    throw std::runtime_error{plan.contestant + ": the sink has " + std::to_string(got.open) + " connections, " +
                             std::to_string(got.frames) + " frames and " + std::to_string(got.bytes) +
                             " bytes, expected are " + std::to_string(plan.streams) + ", " +
                             std::to_string(measurement.all_frames) + " and " + std::to_string(measurement.all_bytes) +
                             "; " + std::to_string(got.unanswered) + " of its answers did not fit"};
}

}  // namespace

Quartiles quartiles(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const auto at = [&](double share) {
        const double place = share * static_cast<double>(values.size() - 1);
        const auto below = static_cast<std::size_t>(place);
        const std::size_t above = std::min(below + 1, values.size() - 1);
        return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
    };
    return {at(0.25), at(0.5), at(0.75)};
}

Driver::Driver(const Options& options)
    : options_{options}, directory_{std::filesystem::read_symlink("/proc/self/exe").parent_path()} {}

Plan Driver::plan_for(const std::string& contestant, unsigned streams) const {
    Plan plan;
    plan.contestant = contestant;
    plan.streams = streams;
    plan.batch_ms = contestant == "engine_batched" ? static_cast<unsigned>(engine::Turns::batch_time.count()) : 0;
    plan.slot_ms = options_.slot_ms;
    plan.warmup_ms = to_ms(options_.warmup_seconds);
    plan.measure_ms = to_ms(options_.seconds);
    return plan;
}

Measurement Driver::run(const Plan& wanted, Allocator allocator) const {
    Plan plan = wanted;
    std::vector<std::string> sink_arguments{"sink", "--frame-ms", std::to_string(plan.frame_ms), "--frames-per-final",
                                            std::to_string(options_.final_seconds * 1000 / plan.frame_ms)};
    if (!plan.ca_file.empty()) sink_arguments.insert(sink_arguments.end(), {"--certificate-file", plan.ca_file});
    ChildProcess sink{sink_arguments};
    plan.port = static_cast<std::uint16_t>(std::stoul(sink.receive_line(sink_patience)));

    const std::string counting = directory_ + "/libasr_stream_bench_count_allocations.so";
    ChildProcess contestant{{"contestant", to_json(plan)}, allocator == Allocator::counting ? counting : std::string{}};
    if (const auto line = contestant.receive_line(connect_patience); line != "connected")
        throw std::runtime_error{line};
    const milliseconds patience{plan.warmup_ms + plan.measure_ms + 30'000};
    const Measurement measurement = measurement_from_json(contestant.ask("go", patience));
    expect_delivered(sink, plan, measurement);
    return measurement;
}

void Driver::find_level(Series& series) const {
    for (;; series.ladder.pop_back()) {
        std::cerr << series.contestant << ": trying " << series.streams() << " streams" << std::flush;
        for (int attempt = 0; attempt < tries_per_level; ++attempt) {
            const auto late = run(plan_for(series.contestant, series.streams())).late_frames;
            std::cerr << (attempt == 0 ? ": " : ", ") << late << " late" << std::flush;
            if (late == 0 || series.ladder.size() == 1) {
                std::cerr << '\n';
                return;
            }
        }
        std::cerr << '\n';
    }
}

/// One round more. Where a frame is late three times in a row, the design steps down and begins again: its rounds are
/// all of one level, and that one is proven.
void Driver::run_round(Series& series) const {
    for (int attempt = 0; attempt < tries_per_level; ++attempt) {
        const Measurement measurement = run(plan_for(series.contestant, series.streams()));
        std::cerr << series.contestant << ": " << series.streams() << " streams, " << measurement.us_per_frame()
                  << " us a frame, " << measurement.late_frames << " late\n";
        const bool last_chance = series.ladder.size() == 1 && attempt + 1 == tries_per_level;
        if (measurement.late_frames == 0 || last_chance) return series.rounds.push_back(measurement);
        ++series.repeated;
    }
    series.ladder.pop_back();
    series.rounds.clear();
}

void Driver::count(Series& series) const {
    Plan plan = plan_for(series.contestant, series.streams());
    series.counted = run(plan, Allocator::counting);
    plan.silence = true;
    series.silent = run(plan);
}

std::vector<Series> Driver::run_side_by_side() const {
    std::vector<Series> all;
    for (const char* name : {"engine", "floor", "incident", "engine_batched"}) {
        Series series;
        series.contestant = name;
        series.ladder = options_.streams;
        all.push_back(std::move(series));
    }
    for (auto& series : all) find_level(series);
    const auto is_incomplete = [this](const Series& series) { return series.rounds.size() < options_.rounds; };
    while (std::any_of(all.begin(), all.end(), is_incomplete)) {
        for (auto& series : all) {
            if (is_incomplete(series)) run_round(series);
        }
    }
    for (auto& series : all) count(series);
    return all;
}

Measurement Driver::run_scale() const {
    Plan plan = plan_for("engine", options_.scale_streams);
    plan.frame_ms = 100;
    return run(plan);
}

Measurement Driver::run_wss() const {
    Plan plan = plan_for("engine", options_.wss_streams);
    plan.silence = true;
    plan.ca_file = options_.json_file + ".ca.pem";
    return run(plan);
}

}  // namespace asr_stream::bench
