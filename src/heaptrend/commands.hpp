#pragma once

#include <iosfwd>
#include <string>
#include <vector>

/// The commands of the heaptrend program, apart from how their options are written.
namespace heaptrend {

inline constexpr int exit_ok = 0;
inline constexpr int exit_growth = 1;
inline constexpr int exit_error = 2;
inline constexpr int exit_cannot_tell = 3;

struct InputOptions {
    std::string fold_file;
    std::string debug_path;
    std::string sysroot;
    bool debuginfod = false;
};

struct ReportCommand {
    std::vector<std::string> series;
    std::string json;  ///< files to write; none when empty
    std::string html;
    std::string pdf;
    std::string flame;
    std::string flame_live;
    std::string folded;
    std::string folded_live;
    std::string pprof;
    std::size_t top = 15;
    bool quiet = false;
    InputOptions input;
};

struct DiffCommand {
    std::string before;
    std::string after;
    std::string json;
    std::size_t top = 25;
    InputOptions input;
};

struct CheckCommand {
    std::vector<std::string> series;
    std::string max_growth;
    std::string baseline;
    std::string suppressions;
    std::string junit;
    InputOptions input;
};

/// Each prints to `out`, one line a problem to `problems`, and answers the exit status.
[[nodiscard]] int run(const ReportCommand& command, std::ostream& out, std::ostream& problems);
[[nodiscard]] int run(const DiffCommand& command, std::ostream& out, std::ostream& problems);
[[nodiscard]] int run(const CheckCommand& command, std::ostream& out, std::ostream& problems);

}  // namespace heaptrend
