#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "cli/transcribe_job.hpp"

namespace asr_stream::cli {

/// How far the whole run has come.
struct TranscribeProgress {
    std::size_t files = 0;
    std::size_t files_done = 0;
    std::chrono::milliseconds audio{};  ///< zero where it is not known
    std::chrono::milliseconds audio_done{};
    std::chrono::milliseconds elapsed{};
};
/// "[####------]  3/10 files  12.0 s of 40.0 s  7.0 s left"
[[nodiscard]] std::string progress_line(const TranscribeProgress& progress, std::size_t width);

/// What the person at the terminal sees of a run. Main thread only.
class TranscribeView {
  public:
    struct Options {
        bool partials = true;
        bool quiet = false;
        bool names = false;  ///< several recordings: say whose each line is
    };
    TranscribeView(Terminal& terminal, Options options) : terminal_{terminal}, options_{options} {}

    void note(const std::string& text);  ///< unless quiet; made printable here
    void partial(const TranscribeJob& job);
    /// Redraws the live lines: each running recording's partial, and the progress.
    void refresh(const std::vector<TranscribeJob>& jobs, std::chrono::milliseconds elapsed);
    void clear() { terminal_.show({}); }

  private:
    static constexpr std::size_t most_lines = 12;
    Terminal& terminal_;
    Options options_;
};

[[nodiscard]] TranscribeProgress progress_of(const std::vector<TranscribeJob>& jobs, std::chrono::milliseconds elapsed);

}  // namespace asr_stream::cli
