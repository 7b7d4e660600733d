#include <memory>
#include <utility>

#include "cli/command.hpp"
#include "cli/transcriber.hpp"

namespace asr_stream::cli {
namespace {

constexpr const char* examples =
    "Examples:\n"
    "  asr-stream transcribe call.wav                                  as it is spoken, partials live on the terminal\n"
    "  asr-stream transcribe --speed max --jobs 8 -f srt -o out *.wav  subtitles for many files, as fast as it goes\n"
    "  asr-stream transcribe --url wss://asr.example/ws --dialect vosk --header \"Authorization: Bearer T\" call.flac\n"
    "  asr-stream transcribe --config asr_stream.conf.xml --profile sales call.wav    with the switch's own settings\n"
    "  arecord -t raw -f S16_LE -r 16000 | asr-stream transcribe --raw-rate 16000 -   from a microphone\n"
    "  asr-stream transcribe -f jsonl call.wav | jq -r 'select(.event==\"final\").text'  every event as JSON\n"
    "  asr-stream transcribe --reference texts.tsv *.wav               how many words are right\n"
    "\n"
    "Transcripts go to standard output; progress, partials and errors to standard error. Several recordings on one\n"
    "output begin each line of text with the file's name and a tab. With several files the exit code is that of the\n"
    "first that failed.\n"
    "\n";

/// What the engine says, for -v: info and above, with -vv everything.
LogSink log_to(const std::shared_ptr<EventQueue>& queue, int verbosity) {
    return [queue, verbosity](LogLevel level, std::string_view line) {
        if (verbosity == 0 || (level == LogLevel::debug && verbosity < 2)) return;
        queue->push(QueueItem{0, LogLine{level, std::string{line}}});
    };
}

Result<ExitCode> run(const TranscribeOptions& options) {
    auto plan = make_plan(options);
    if (!plan) return tl::unexpected{std::move(plan).error()};
    std::optional<Reference> reference;
    if (!options.reference_file.empty()) {
        auto loaded = Reference::load(options.reference_file);
        if (!loaded) return tl::unexpected{std::move(loaded).error()};
        reference = std::move(*loaded);
    }
    auto interrupt = Interrupt::create();
    if (!interrupt) return tl::unexpected{std::move(interrupt).error()};
    auto created = EventQueue::create();
    if (!created) return tl::unexpected{std::move(created).error()};
    const std::shared_ptr<EventQueue> queue{std::move(*created)};
    auto engine = Engine::create(plan->settings.engine, log_to(queue, options.verbose));
    if (!engine) return tl::unexpected{std::move(engine).error()};
    Terminal terminal;
    Transcriber transcriber{options, std::move(*plan),  std::move(reference), terminal, **interrupt,
                            queue,   std::move(*engine)};
    return transcriber.run();
}

}  // namespace

void add_transcribe_command(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("transcribe", "Stream recordings to a service and print what it hears");
    const auto options = std::make_shared<TranscribeOptions>();
    add_options(*command, *options);
    command->footer(examples + std::string{exit_code_help()});
    command->callback([options, &exit_code] {
        const auto code = run(*options);
        if (!code) complain("transcribe", code.error());
        exit_code = to_int(code ? *code : exit_code_of(code.error().code));
    });
}

}  // namespace asr_stream::cli
