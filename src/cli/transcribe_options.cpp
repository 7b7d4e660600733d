#include "cli/transcribe_options.hpp"

#include <algorithm>
#include <asr_stream/settings.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <utility>

#include "cli/feed.hpp"
#include "cli/stream_target.hpp"

namespace asr_stream::cli {
namespace {

constexpr const char* audio_group = "Audio";
constexpr const char* output_group = "Output";
constexpr double slowest = 0.1;
constexpr double fastest = 1000.0;

Result<std::optional<std::uint16_t>> parse_channel(const std::string& text) {
    if (text == "mix") return std::optional<std::uint16_t>{};
    const bool is_number = !text.empty() && text.size() <= 3 &&
                           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number) return fail(Errc::invalid_setting, "--channel " + text + ": allowed are mix, or a number from 0");
    return std::optional{static_cast<std::uint16_t>(std::stoul(text))};
}

RawEncoding raw_encoding(const std::string& name) {
    static const std::map<std::string, RawEncoding> encodings{
        {"l16", RawEncoding::l16}, {"ulaw", RawEncoding::ulaw}, {"alaw", RawEncoding::alaw}};
    const auto found = encodings.find(name);
    return found == encodings.end() ? RawEncoding::none : found->second;
}

OutputFormat output_format(const std::string& name) {
    if (name == "jsonl") return OutputFormat::jsonl;
    if (name == "srt") return OutputFormat::srt;
    return name == "vtt" ? OutputFormat::vtt : OutputFormat::text;
}

Result<> check_combination(const TranscribeOptions& options, OutputFormat format) {
    const bool is_subtitle = format == OutputFormat::srt || format == OutputFormat::vtt;
    if (is_subtitle && options.files.size() > 1 && options.output_directory.empty()) {
        return fail(Errc::invalid_setting,
                    "--format " + options.format + " with more than one file: name a directory with -o");
    }
    if (std::count(options.files.begin(), options.files.end(), "-") > 1) {
        return fail(Errc::invalid_setting, "-: standard input can be read only once");
    }
    return {};
}

void add_pace_options(CLI::App& command, TranscribeOptions& options) {
    command
        .add_option("--speed", options.speed,
                    "Pace: 1 is real time, 4 four times that, max as fast as the service reads")
        ->type_name("N|max")
        ->capture_default_str()
        ->group(audio_group);
    command.add_option("--channel", options.channel, "Of a file with several channels: one of them, from 0, or mix")
        ->type_name("N|mix")
        ->capture_default_str()
        ->group(audio_group);
    command
        .add_option("--tail-ms", options.tail_ms, "Silence sent after the end, so that a service can find it by itself")
        ->check(CLI::Range(0, 60000))
        ->type_name("MS")
        ->capture_default_str()
        ->group(audio_group);
    command.add_option("-j,--jobs", options.jobs, "Recordings streamed at the same time")
        ->check(CLI::Range(1, 10000))
        ->type_name("N")
        ->capture_default_str()
        ->group(audio_group);
}

void add_raw_options(CLI::App& command, TranscribeOptions& options) {
    command
        .add_option("--raw", options.raw,
                    "Encoding of files without a header: l16 (16 bits, little-endian), ulaw, alaw, or "
                    "by-name (.raw .pcm .sln, .ulaw .ul, .alaw .al)")
        ->check(CLI::IsMember({"by-name", "l16", "ulaw", "alaw"}))
        ->type_name("ENCODING")
        ->capture_default_str()
        ->group(audio_group);
    command.add_option("--raw-rate", options.raw_rate, "Sample rate of raw audio in Hz")
        ->check(CLI::Range(8000, 48000))
        ->type_name("HZ")
        ->capture_default_str()
        ->group(audio_group);
    command.add_option("--raw-channels", options.raw_channels, "Channels of raw audio")
        ->check(CLI::Range(1, 32))
        ->type_name("N")
        ->capture_default_str()
        ->group(audio_group);
}

void add_output_options(CLI::App& command, TranscribeOptions& options) {
    command.add_option("-f,--format", options.format, "text, jsonl (every event), srt or vtt (subtitles)")
        ->check(CLI::IsMember({"text", "jsonl", "srt", "vtt"}))
        ->type_name("FORMAT")
        ->capture_default_str()
        ->group(output_group);
    command
        .add_option("-o,--output", options.output_directory, "Write one file for each recording into this directory")
        ->type_name("DIR")
        ->group(output_group);
    command
        .add_option("--reference", options.reference_file,
                    "Known texts (file name, tab, text a line): print word accuracy")
        ->type_name("FILE")
        ->group(output_group);
    command.add_flag("--no-partials", options.no_partials, "Do not show partial transcripts on standard error")
        ->group(output_group);
    command.add_flag("-q,--quiet", options.quiet, "Nothing on standard error but errors")->group(output_group);
    command.add_flag("-v,--verbose", options.verbose, "Show the engine's log on standard error; -vv with debug lines")
        ->group(output_group);
}

tl::unexpected<Error> same_output(const std::string& directory, const std::string& one, const std::string& other,
                                  const std::string& output) {
    return fail(Errc::invalid_setting,
                "-o " + directory + ": " + one + " and " + other + " would both be written to " + output);
}

}  // namespace

void add_options(CLI::App& command, TranscribeOptions& options) {
    command
        .add_option("files", options.files, "Recordings: WAV, FLAC, raw L16, G.711; - is raw audio from standard input")
        ->required()
        ->type_name("FILE");
    options.service.add_to(command, UrlArgument::option);
    command
        .add_flag("--keep-trying", options.keep_trying,
                  "A service that cannot be reached at first is tried again as often as reconnect-attempts says")
        ->group("Service");
    add_pace_options(command, options);
    add_raw_options(command, options);
    add_output_options(command, options);
}

Result<double> parse_speed(const std::string& text) {
    if (text == "max") return Pace::unlimited;
    char* end = nullptr;
    const double speed = std::strtod(text.c_str(), &end);
    const bool is_number = !text.empty() && *end == '\0' && std::isfinite(speed);
    if (is_number && speed >= slowest && speed <= fastest) return speed;
    return fail(Errc::invalid_setting, "--speed " + text + ": allowed are 0.1 to 1000, or max");
}

Result<std::vector<std::string>> output_files(const std::vector<std::string>& inputs, const std::string& directory,
                                              OutputFormat format) {
    std::vector<std::string> outputs;
    if (directory.empty()) return outputs;
    std::map<std::string, std::string> taken;
    for (const std::string& input : inputs) {
        const std::string stem = input == "-" ? "stdin" : std::filesystem::path{input}.stem().string();
        std::string output =
            (std::filesystem::path{directory} / stem).string() + "." + std::string{extension_of(format)};
        const auto [other, is_new] = taken.emplace(output, input);
        if (!is_new) {
            return same_output(directory, other->second, input, output);
        }
        outputs.push_back(std::move(output));
    }
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return fail(Errc::invalid_setting, "-o " + directory + ": " + error.message());
    return outputs;
}

Result<TranscribePlan> make_plan(const TranscribeOptions& options) {
    TranscribePlan plan;
    plan.format = output_format(options.format);
    if (auto good = check_combination(options, plan.format); !good) return tl::unexpected{std::move(good).error()};
    const auto speed = parse_speed(options.speed);
    if (!speed) return tl::unexpected{speed.error()};
    plan.speed = *speed;
    const auto channel = parse_channel(options.channel);
    if (!channel) return tl::unexpected{channel.error()};
    plan.audio = AudioOptions{raw_encoding(options.raw), options.raw_rate, options.raw_channels, *channel};
    auto settings = options.service.resolve();
    if (!settings) return tl::unexpected{std::move(settings).error()};
    plan.settings = std::move(*settings);
    widen_bounds(plan.settings.profile, plan.speed,
                 [&](std::string_view setting) { return plan.settings.is_named(setting); });
    if (auto good = validate(plan.settings.profile); !good) return tl::unexpected{std::move(good).error()};
    auto outputs = output_files(options.files, options.output_directory, plan.format);
    if (!outputs) return tl::unexpected{std::move(outputs).error()};
    plan.outputs = std::move(*outputs);
    return plan;
}

}  // namespace asr_stream::cli
