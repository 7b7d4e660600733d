#include <asr_stream/settings.hpp>
#include <memory>
#include <utility>

#include "audio/resampler.hpp"
#include "cli/audio_source.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/probe.hpp"
#include "cli/service_options.hpp"
#include "cli/stream_target.hpp"
#include "cli/terminal.hpp"
#include "cli/transcribe_job.hpp"

namespace asr_stream::cli {
namespace {

constexpr const char* examples =
    "Examples:\n"
    "  asr-stream probe wss://asr.example/ws                        each step of a connect with its time\n"
    "  asr-stream probe ws://127.0.0.1:2700 --file hello.wav        also demands a transcript\n"
    "  asr-stream probe --config asr_stream.conf.xml --profile sales --json\n"
    "\n"
    "Without --file a second of silence is sent; a service that answers nothing to it is still well. With --file a\n"
    "transcript must come within --wait. A profile with several endpoints has each of them probed; the exit code is "
    "that\n"
    "of the first that failed.\n"
    "\n";

constexpr std::uint32_t silence_rate = 8000;

struct ProbeOptions {
    ServiceOptions service;
    std::string file;
    std::uint32_t wait_ms = 5000;
    bool json = false;
};

Result<std::vector<std::int16_t>> resample(const Recording& recording, std::uint32_t rate) {
    if (recording.sample_rate == rate) return recording.samples;
    auto resampler = audio::Resampler::create(recording.sample_rate, rate, 1);
    if (!resampler) return tl::unexpected{std::move(resampler).error()};
    const auto converted = resampler->process(recording.samples);
    std::vector<std::int16_t> samples{converted.begin(), converted.end()};
    const auto rest = resampler->flush();
    samples.insert(samples.end(), rest.begin(), rest.end());
    return samples;
}

Result<ProbeRequest> make_request(const ProbeOptions& options) {
    auto settings = options.service.resolve();
    if (!settings) return tl::unexpected{std::move(settings).error()};
    if (auto good = validate(settings->profile); !good) return tl::unexpected{std::move(good).error()};
    ProbeRequest request;
    request.profile = std::move(settings->profile);
    request.wait = milliseconds{options.wait_ms};
    if (options.file.empty()) {
        const std::uint32_t rate = request.profile.sample_rate != 0 ? request.profile.sample_rate : silence_rate;
        request.sample_rate = rate;
        request.audio.assign(rate, 0);
        return request;
    }
    const auto recording = load_recording(options.file, AudioOptions{});
    if (!recording) return fail(recording.error().code, input_error_text(recording.error(), options.file));
    request.needs_result = true;
    request.sample_rate = wire_rate_of(make_stream_config(request.profile, "probe", recording->sample_rate));
    auto samples = resample(*recording, request.sample_rate);
    if (!samples) return tl::unexpected{std::move(samples).error()};
    request.audio = std::move(*samples);
    return request;
}

ExitCode exit_code_of(const ProbeResult& result) {
    if (!result.error) return ExitCode::ok;
    const ExitCode code = cli::exit_code_of(result.error->code);
    return code == ExitCode::unreachable && result.handshake && result.error->code != Errc::ready_timeout
               ? ExitCode::service
               : code;
}

ExitCode run(const ProbeOptions& options) {
    auto request = make_request(options);
    if (!request) {
        const Error& error = request.error();
        const ExitCode code = cli::exit_code_of(error.code);
        code == ExitCode::input ? complain("probe", error.context) : complain("probe", error);
        return code;
    }
    Terminal terminal;
    ExitCode first_failure = ExitCode::ok;
    for (const Endpoint& endpoint : request->profile.endpoints) {
        request->url = endpoint.url;
        const ProbeResult result = probe(*request);
        if (!terminal.write(options.json ? to_json_line(result) : describe(result))) return ExitCode::internal;
        if (!result.error) continue;
        complain("probe", std::string{name_of(result.failed_step)} + ": " + result.error->message());
        if (first_failure == ExitCode::ok) first_failure = exit_code_of(result);
    }
    return first_failure;
}

}  // namespace

void add_probe_command(CLI::App& app, int& exit_code) {
    CLI::App* command =
        app.add_subcommand("probe", "Connect to a service and show how long each step takes, or which one fails");
    const auto options = std::make_shared<ProbeOptions>();
    options->service.add_to(*command, UrlArgument::positional);
    command->add_option("--file", options->file, "Speech to send; a transcript is then required")
        ->type_name("FILE")
        ->group("Probe");
    command->add_option("--wait", options->wait_ms, "Longest time for the service's answer after the handshake")
        ->check(CLI::Range(1, 600000))
        ->type_name("MS")
        ->capture_default_str()
        ->group("Probe");
    command->add_flag("--json", options->json, "Print one JSON object for each endpoint")->group("Probe");
    command->footer(examples + std::string{exit_code_help()});
    command->callback([options, &exit_code] { exit_code = to_int(run(*options)); });
}

}  // namespace asr_stream::cli
