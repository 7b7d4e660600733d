#pragma once

#include <asr_stream/error.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/audio_source.hpp"
#include "cli/service_options.hpp"
#include "cli/transcript_format.hpp"

namespace asr_stream::cli {

/// The command line of `asr-stream transcribe`.
struct TranscribeOptions {
    ServiceOptions service;
    std::vector<std::string> files;  ///< "-" is standard input
    std::string speed = "1";
    std::string format = "text";
    std::string output_directory;  ///< empty: standard output
    std::string channel = "mix";
    std::string raw = "by-name";
    std::uint32_t raw_rate = 8000;
    std::uint16_t raw_channels = 1;
    std::uint32_t tail_ms = 0;
    std::uint32_t jobs = 1;
    std::string reference_file;
    bool no_partials = false;
    bool keep_trying = false;
    bool quiet = false;
    int verbose = 0;
};

void add_options(CLI::App& command, TranscribeOptions& options);

/// The same, read: every error is one of the command line.
struct TranscribePlan {
    ServiceSettings settings;
    double speed = 1.0;
    OutputFormat format = OutputFormat::text;
    AudioOptions audio;
    std::vector<std::string> outputs;  ///< one file for each input; empty: standard output
};
[[nodiscard]] Result<TranscribePlan> make_plan(const TranscribeOptions& options);

/// "1", "4", "0.5" or "max" (Pace::unlimited).
[[nodiscard]] Result<double> parse_speed(const std::string& text);
/// DIR/NAME.EXTENSION for each input; two inputs with one name are an error.
[[nodiscard]] Result<std::vector<std::string>> output_files(const std::vector<std::string>& inputs,
                                                            const std::string& directory, OutputFormat format);

}  // namespace asr_stream::cli
