#include "cli/load_options.hpp"

#include <algorithm>
#include <asr_stream/settings.hpp>
#include <cmath>
#include <filesystem>
#include <utility>

#include "cli/process_usage.hpp"
#include "cli/stream_target.hpp"

namespace asr_stream::cli {
namespace {

constexpr const char* load_group = "Load";
constexpr std::uint64_t reserved_descriptors = 64;  // files, event queues, the terminal
constexpr std::uint64_t spare_ports = 3000;         // connections that have ended keep theirs for a minute
constexpr std::size_t most_audio_bytes = std::size_t{1} << 30U;
constexpr double streams_per_ramp_second = 250;

std::chrono::milliseconds from_seconds(double seconds) {
    return std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000.0)};
}

Result<std::vector<std::string>> audio_files(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) return std::vector{path};
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator{path, error}) {
        const std::string extension = entry.path().extension().string();
        if (extension == ".wav" || extension == ".flac") files.push_back(entry.path().string());
    }
    if (error) return fail(Errc::file_unreadable, path + ": " + error.message());
    if (files.empty()) return fail(Errc::empty_audio, path + ": no .wav or .flac file in it");
    std::sort(files.begin(), files.end());  // the same calls on every machine
    return files;
}

void add_remarks(LoadPlan& plan) {
    const std::uint64_t ports = ephemeral_ports() * plan.settings.profile.endpoints.size();
    if (plan.streams + spare_ports > ports) {
        plan.remarks.push_back(
            std::to_string(plan.streams) + " calls to " + std::to_string(plan.settings.profile.endpoints.size()) +
            " address(es), but one pair of addresses has " + std::to_string(ephemeral_ports()) +
            " ports (net.ipv4.ip_local_port_range): spread them over several with --set endpoint=URL");
    }
}

/// Process-wide bounds that would hold the calls back, unless the command line set them.
void widen_engine(LoadPlan& plan) {
    EngineConfig& engine = plan.settings.engine;
    if (!plan.settings.is_named("max-streams")) engine.max_streams = std::max(engine.max_streams, plan.streams);
    if (plan.settings.is_named("connect-rate")) return;
    const double seconds = std::max(std::chrono::duration<double>(plan.ramp_up).count(), 1.0);
    engine.connect_rate =
        std::max(engine.connect_rate, static_cast<std::uint32_t>(std::ceil(1.5 * plan.streams / seconds)));
}

}  // namespace

void add_options(CLI::App& command, LoadOptions& options) {
    options.service.add_to(command, UrlArgument::positional);
    command.add_option("-n,--streams", options.streams, "Simulated calls at the same time")
        ->check(CLI::Range(1, 1'000'000))
        ->type_name("N")
        ->capture_default_str()
        ->group(load_group);
    command.add_option("-d,--duration", options.duration_s, "How long all calls stay up, in seconds")
        ->check(CLI::Range(0.1, 604800.0))
        ->type_name("S")
        ->capture_default_str()
        ->group(load_group);
    command
        .add_option("--ramp-up", options.ramp_up_s,
                    "Time over which the calls begin, in seconds. Default: one for each 250")
        ->check(CLI::Range(0.0, 86400.0))
        ->type_name("S")
        ->group(load_group);
    command
        .add_option("-a,--audio", options.audio,
                    "What the callers say: a WAV or FLAC file, or a folder of them; may be repeated. Default: " +
                        std::string{default_load_audio})
        ->type_name("PATH")
        ->allow_extra_args(false)
        ->take_all()
        ->group(load_group);
    command.add_option("--pause-ms", options.pause_ms, "Silence behind each recording, so that utterances end")
        ->check(CLI::Range(0, 600000))
        ->type_name("MS")
        ->capture_default_str()
        ->group(load_group);
    command.add_flag("--json", options.json, "Print the report as one JSON object")->group("Output");
    command.add_flag("-q,--quiet", options.quiet, "No progress on standard error")->group("Output");
}

Result<LoadAudio> load_audio(const std::vector<std::string>& paths, std::chrono::milliseconds pause) {
    LoadAudio audio;
    std::size_t bytes = 0;
    for (const std::string& path : paths) {
        const auto files = audio_files(path);
        if (!files) return tl::unexpected{files.error()};
        for (const std::string& file : *files) {
            auto recording = load_recording(file, AudioOptions{});
            if (!recording) return tl::unexpected{std::move(recording).error()};
            if (audio.recordings.empty()) audio.sample_rate = recording->sample_rate;
            if (recording->sample_rate != audio.sample_rate) {
                return fail(Errc::invalid_setting, "--audio " + file + ": " + std::to_string(recording->sample_rate) +
                                                       " Hz, but " + audio.recordings.front().path + " has " +
                                                       std::to_string(audio.sample_rate) + "; all must have one rate");
            }
            bytes += recording->samples.size() * sizeof(std::int16_t);
            if (bytes > most_audio_bytes)
                return fail(Errc::invalid_setting, "--audio " + path + ": more than 1 GiB in all");
            audio.recordings.push_back(std::move(*recording));
        }
    }
    audio.pause_samples = static_cast<std::size_t>(pause.count()) * audio.sample_rate / 1000;
    return audio;
}

Result<> check_descriptors(std::uint64_t streams, std::uint64_t limit) {
    const std::uint64_t needed = streams + reserved_descriptors;
    if (needed <= limit) return {};
    const std::uint64_t most = limit > reserved_descriptors ? limit - reserved_descriptors : 0;
    return fail(Errc::stream_limit, "--streams " + std::to_string(streams) + " needs " + std::to_string(needed) +
                                        " open descriptors, but the hard limit is " + std::to_string(limit) +
                                        " (ulimit -Hn): at most " + std::to_string(most) + " streams fit");
}

Result<LoadPlan> make_plan(const LoadOptions& options) {
    LoadPlan plan;
    auto settings = options.service.resolve();
    if (!settings) return tl::unexpected{std::move(settings).error()};
    plan.settings = std::move(*settings);
    plan.streams = options.streams;
    plan.duration = from_seconds(options.duration_s);
    plan.ramp_up = from_seconds(options.ramp_up_s >= 0 ? options.ramp_up_s : options.streams / streams_per_ramp_second);
    if (auto fits = check_descriptors(options.streams, raise_descriptor_limit()); !fits) {
        return tl::unexpected{std::move(fits).error()};
    }
    const std::vector<std::string> paths =
        options.audio.empty() ? std::vector<std::string>{default_load_audio} : options.audio;
    auto audio = load_audio(paths, std::chrono::milliseconds{options.pause_ms});
    if (!audio) return tl::unexpected{std::move(audio).error()};
    plan.audio = std::make_shared<const LoadAudio>(std::move(*audio));
    const StreamConfig config = make_stream_config(plan.settings.profile, "load", plan.audio->sample_rate);
    if (auto good = validate(config); !good) return tl::unexpected{std::move(good).error()};
    widen_engine(plan);
    add_remarks(plan);
    return plan;
}

}  // namespace asr_stream::cli
