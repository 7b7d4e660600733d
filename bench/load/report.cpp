#include "load/report.hpp"

#include <sys/utsname.h>

#include <boost/json.hpp>
#include <cstdarg>
#include <cstdio>
#include <fstream>
#include <thread>

namespace asr_stream::bench {

namespace json = boost::json;

namespace {

// What the engine keeps of the audio of a stream by its settings, while it hears silence: ring-ms of 500 and the 500 ms
// that leading silence in the window is trimmed to.
constexpr double audio_kib_per_stream = (500 + 500) * (sample_rate / 1000) * 2 / 1024.0;
constexpr double pushes_per_1000_streams = 1000.0 * 1000 / push_ms;

constexpr double most_of_floor = 1.25;
constexpr double most_of_incident = 0.5;
constexpr double most_rss_kib = 48;

[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, pattern);
    std::vsnprintf(text, sizeof text, pattern, arguments);
    va_end(arguments);
    return text;
}

Quartiles us_per_frame(const Series& series) {
    return quartiles(series.of_rounds([](const Measurement& m) { return m.us_per_frame(); }));
}

double median(const Series& series, double (Measurement::*get)() const) {
    return quartiles(series.of_rounds([get](const Measurement& m) { return (m.*get)(); })).median;
}

std::uint64_t late_frames(const Series& series) {
    std::uint64_t sum = 0;
    for (const auto& round : series.rounds) sum += round.late_frames;
    return sum;
}

double longest_delay_ms(const Series& series) {
    double longest = 0;
    for (const auto& round : series.rounds) longest = std::max(longest, round.longest_delay_ms);
    return longest;
}

double rss_beside_audio(const Series& series) {
    return series.silent.rss_kib_per_stream - (series.contestant.starts_with("engine") ? audio_kib_per_stream : 0);
}

struct Ratio {
    double of_medians;
    Quartiles paired;
};

Ratio ratio(const Series& a, const Series& b) {
    std::vector<double> paired;
    for (std::size_t i = 0; i < a.rounds.size(); ++i)
        paired.push_back(a.rounds[i].us_per_frame() / b.rounds[i].us_per_frame());
    return {us_per_frame(a).median / us_per_frame(b).median, quartiles(paired)};
}

json::value or_null(const std::optional<double>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}
std::string or_dash(const std::optional<double>& number) { return number ? format("%.3f", *number) : "-"; }

json::object series_json(const Series& series) {
    const Quartiles us = us_per_frame(series);
    const auto each = series.of_rounds([](const Measurement& m) { return m.us_per_frame(); });
    const auto pushing = series.of_rounds(
        [](const Measurement& m) { return m.pusher_cpu_seconds * 1e6 / static_cast<double>(m.frames); });
    const auto calls = series.of_rounds(
        [](const Measurement& m) { return static_cast<double>(m.send_calls) / static_cast<double>(m.frames); });
    return {{"cpu_cores", median(series, &Measurement::cores)},
            {"streams", series.streams()},
            {"frames_per_s", median(series, &Measurement::frames_per_second)},
            {"late_frames", late_frames(series)},
            {"longest_delay_ms", longest_delay_ms(series)},
            {"rounds", series.rounds.size()},
            {"rounds_repeated", series.repeated},
            {"us_per_frame", us.median},
            {"us_per_frame_q1", us.q1},
            {"us_per_frame_q3", us.q3},
            {"us_per_frame_each", json::value_from(each)},
            {"us_per_frame_pusher", quartiles(pushing).median},
            {"cpu_cores_per_1000_streams", us.median * pushes_per_1000_streams / 1e6},
            {"send_calls_per_frame", quartiles(calls).median},
            {"rss_kib_per_stream", series.silent.rss_kib_per_stream},
            {"rss_kib_per_stream_beside_audio", rss_beside_audio(series)},
            {"allocs_per_frame_push", or_null(series.counted.push_allocations)},
            {"allocs_per_frame_loop", or_null(series.counted.loop_allocations)}};
}

json::object ratio_json(const Ratio& r) {
    return {{"of_medians", r.of_medians},
            {"paired_q1", r.paired.q1},
            {"paired_median", r.paired.median},
            {"paired_q3", r.paired.q3}};
}

json::object single_json(const Measurement& m, unsigned streams) {
    return {{"streams", streams},
            {"cpu_cores", m.cores()},
            {"frames_per_s", m.frames_per_second()},
            {"us_per_frame", m.us_per_frame()},
            {"frames", m.all_frames},
            {"late_frames", m.late_frames},
            {"longest_delay_ms", m.longest_delay_ms},
            {"rss_kib_per_stream", m.rss_kib_per_stream}};
}

std::string processor() {
    std::ifstream file{"/proc/cpuinfo"};
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    }
    return "unknown";
}

std::string row(const Series& series) {
    const Quartiles us = us_per_frame(series);
    return format("%-14s %7u %9.0f %6.3f %7.2f (%5.2f to %5.2f) %11.3f %6llu %8.1f %9.1f %8s %8s\n",
                  series.contestant.c_str(), series.streams(), median(series, &Measurement::frames_per_second),
                  median(series, &Measurement::cores), us.median, us.q1, us.q3,
                  us.median * pushes_per_1000_streams / 1e6, static_cast<unsigned long long>(late_frames(series)),
                  longest_delay_ms(series), series.silent.rss_kib_per_stream,
                  or_dash(series.counted.push_allocations).c_str(), or_dash(series.counted.loop_allocations).c_str());
}

std::string ratio_row(const char* name, const Ratio& r) {
    return format("%-20s %.3f of medians; paired rounds %.3f (%.3f to %.3f)\n", name, r.of_medians, r.paired.median,
                  r.paired.q1, r.paired.q3);
}

}  // namespace

std::string describe(const LoadResults& results, const Options& options) {
    const Series& engine = results.side_by_side.at(0);
    const Series& floor = results.side_by_side.at(1);
    const Series& incident = results.side_by_side.at(2);
    const Series& batched = results.side_by_side.at(3);
    std::string text = format("\n20 ms JSON/base64 frames at 8 kHz, %u rounds of %.1f s, median (quartiles)\n\n",
                              options.rounds, options.seconds);
    text +=
        "                        frames   CPU    CPU per frame             CPU per              longest       RSS  "
        "allocations\n";
    text +=
        "design         streams     /s  cores      us                1,000 streams   late delay ms KiB/stream   per "
        "frame\n";
    text +=
        "                                                                  cores                                push   "
        "  "
        "loop\n";
    for (const auto& series : results.side_by_side) text += row(series);
    text += '\n' + ratio_row("engine/floor", ratio(engine, floor)) +
            ratio_row("engine/incident", ratio(engine, incident)) +
            ratio_row("engine_batched/floor", ratio(batched, floor));
    text += format("engine: %.1f KiB a stream beside %.1f KiB of audio (ws)\n", rss_beside_audio(engine),
                   audio_kib_per_stream);
    if (results.wss)
        text += format("engine: %.1f KiB a stream beside %.1f KiB of audio (wss, %u streams), %.2f us a frame\n",
                       results.wss->rss_kib_per_stream - audio_kib_per_stream, audio_kib_per_stream,
                       options.wss_streams, results.wss->us_per_frame());
    if (results.scale)
        text += format(
            "engine: %u streams at frame-ms=100 on one loop thread: %llu frames, none dropped, %llu late, longest "
            "delay %.1f ms, %.2f cores, %.2f us a frame\n",
            options.scale_streams, static_cast<unsigned long long>(results.scale->all_frames),
            static_cast<unsigned long long>(results.scale->late_frames), results.scale->longest_delay_ms,
            results.scale->cores(), results.scale->us_per_frame());
    return text;
}

std::string to_json(const LoadResults& results, const Options& options) {
    const Series& engine = results.side_by_side.at(0);
    utsname system{};
    uname(&system);
    json::object root;
    for (const auto& series : results.side_by_side) root[series.contestant] = series_json(series);
    root["engine"].as_object()["audio_kib_per_stream"] = audio_kib_per_stream;
    root["ratio_engine_floor"] = ratio_json(ratio(engine, results.side_by_side.at(1)));
    root["ratio_engine_incident"] = ratio_json(ratio(engine, results.side_by_side.at(2)));
    root["ratio_engine_batched_floor"] = ratio_json(ratio(results.side_by_side.at(3), results.side_by_side.at(1)));
    if (results.scale)
        root["scale_" + std::to_string(options.scale_streams)] = single_json(*results.scale, options.scale_streams);
    if (results.wss) root["wss"] = single_json(*results.wss, options.wss_streams);
    root["machine"] = json::object{{"processor", processor()},
                                   {"cores", std::thread::hardware_concurrency()},
                                   {"kernel", std::string{system.release}}};
    root["round_seconds"] = options.seconds;
    root["slot_ms"] = options.slot_ms;
    return json::serialize(root) + '\n';
}

std::string broken_promises(const LoadResults& results, const Options& options) {
    const Series& engine = results.side_by_side.at(0);
    const double of_floor = ratio(engine, results.side_by_side.at(1)).of_medians;
    const double of_incident = ratio(engine, results.side_by_side.at(2)).of_medians;
    std::string broken;
    const auto expect = [&](bool kept, const std::string& line) { broken += kept ? std::string{} : line + '\n'; };
    expect(of_floor <= most_of_floor,
           format("engine/floor is %.3f, promised is at most %.2f", of_floor, most_of_floor));
    expect(of_incident <= most_of_incident,
           format("engine/incident is %.3f, promised is at most %.2f", of_incident, most_of_incident));
    expect(rss_beside_audio(engine) <= most_rss_kib,
           format("the engine takes %.1f KiB a stream beside the audio, promised are at most %.0f",
                  rss_beside_audio(engine), most_rss_kib));
    expect(engine.counted.push_allocations == 0.0, "the pushing thread allocates");
    expect(engine.counted.loop_allocations.value_or(0) <= 1, "the loop allocates more than once a frame");
    for (const auto& series : results.side_by_side)
        expect(late_frames(series) == 0, series.contestant + ": frames were late at every number of streams");
    if (results.scale)
        expect(results.scale->late_frames == 0, format("%u streams: %llu frames were late", options.scale_streams,
                                                       static_cast<unsigned long long>(results.scale->late_frames)));
    return broken;
}

}  // namespace asr_stream::bench
