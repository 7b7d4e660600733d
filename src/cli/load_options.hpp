#pragma once

#include <asr_stream/error.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/load_call.hpp"
#include "cli/service_options.hpp"

namespace asr_stream::cli {

/// The command line of `asr-stream load`.
struct LoadOptions {
    ServiceOptions service;
    std::uint32_t streams = 100;
    double duration_s = 30;
    double ramp_up_s = -1;  ///< below zero: a second for each 250 calls
    std::vector<std::string> audio;
    std::uint32_t pause_ms = 1000;
    bool json = false;
    bool quiet = false;
};

void add_options(CLI::App& command, LoadOptions& options);

inline constexpr const char* default_load_audio = "/usr/share/asterisk/sounds/en_US_f_Allison";

/// The same, read and checked: everything is known before the first call.
struct LoadPlan {
    ServiceSettings settings;
    std::uint32_t streams = 100;
    std::chrono::milliseconds duration{};
    std::chrono::milliseconds ramp_up{};
    std::shared_ptr<const LoadAudio> audio;
    std::vector<std::string> remarks;  ///< for the person who starts it
};
[[nodiscard]] Result<LoadPlan> make_plan(const LoadOptions& options);

/// All recordings of the files and folders (.wav .flac), which have one sample rate.
[[nodiscard]] Result<LoadAudio> load_audio(const std::vector<std::string>& paths, std::chrono::milliseconds pause);

/// Whether so many streams fit the open-descriptor limit; the error says what to change.
[[nodiscard]] Result<> check_descriptors(std::uint64_t streams, std::uint64_t limit);

}  // namespace asr_stream::cli
