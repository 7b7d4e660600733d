#pragma once

#include <string>
#include <vector>

namespace asr_stream::bench {

/// What the load run is asked to do; --help lists it.
struct Options {
    unsigned rounds = 7;
    double seconds = 8;
    double warmup_seconds = 2;
    std::vector<unsigned> streams{100, 300, 1000};  ///< the ladder
    unsigned slot_ms = 10;
    unsigned final_seconds = 2;
    unsigned scale_streams = 5000;  ///< 0: leave it out
    unsigned wss_streams = 300;     ///< 0: leave it out
    std::string json_file = "load.json";
    bool check = false;

    /// Set in the processes that the driver starts.
    std::string role;
    std::string plan;
    std::string certificate_file;
    unsigned frames_per_final = 0;
    unsigned frame_ms = 20;
    unsigned pause_ms = 2;
};

/// False when nothing is left to do (help, a bad option); `exit_code` is set then.
[[nodiscard]] bool parse(int argc, char** argv, Options& options, int& exit_code);

}  // namespace asr_stream::bench
