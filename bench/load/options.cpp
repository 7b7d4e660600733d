#include "load/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace asr_stream::bench {

bool parse(int argc, char** argv, Options& options, int& exit_code) {
    CLI::App app{"Side by side on the same frames against the same sink: the engine, the floor, the incident's design"};
    app.add_option("--rounds", options.rounds, "measured rounds of each design")->check(CLI::Range(1, 101));
    app.add_option("--seconds", options.seconds, "length of the measured part of a round")
        ->check(CLI::Range(0.2, 600.0));
    app.add_option("--warmup", options.warmup_seconds, "seconds of audio before the measured part")
        ->check(CLI::Range(0.1, 60.0));
    app.add_option("--streams", options.streams, "ladder: each design is measured at the highest with no late frame")
        ->delimiter(',')
        ->check(CLI::Range(2, 8000));
    app.add_option("--slot-ms", options.slot_ms, "one wake-up of the pushing thread every so many ms")
        ->check(CLI::IsMember({1, 2, 5, 10, 20}));
    app.add_option("--final-seconds", options.final_seconds,
                   "the sink answers every so many seconds of audio; 0: never")
        ->check(CLI::Range(0, 60));
    app.add_option("--scale-streams", options.scale_streams, "streams of the scenario at frame-ms=100; 0: leave it out")
        ->check(CLI::Range(0, 8000));
    app.add_option("--wss-streams", options.wss_streams, "streams of the memory figure of wss; 0: leave it out")
        ->check(CLI::Range(0, 8000));
    app.add_option("--json", options.json_file, "where the figures are written");
    app.add_flag("--check", options.check, "exit with 1 when a figure is not what the project promises");

    auto* sink = app.add_subcommand("sink")->group("");
    sink->add_option("--certificate-file", options.certificate_file);
    sink->add_option("--frames-per-final", options.frames_per_final);
    sink->add_option("--frame-ms", options.frame_ms);
    sink->add_option("--pause-ms", options.pause_ms);
    auto* contestant = app.add_subcommand("contestant")->group("");
    contestant->add_option("plan", options.plan)->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        exit_code = app.exit(error);
        return false;
    }
    if (sink->parsed()) options.role = "sink";
    if (contestant->parsed()) options.role = "contestant";
    std::sort(options.streams.begin(), options.streams.end());
    return true;
}

}  // namespace asr_stream::bench
