#include "cli/transcribe_view.hpp"

#include <algorithm>
#include <utility>

#include "cli/text.hpp"

namespace asr_stream::cli {
namespace {

constexpr std::size_t bar_width = 26;
constexpr std::size_t name_width = 24;

std::chrono::milliseconds duration_of(std::uint64_t samples, std::uint32_t rate) {
    return std::chrono::milliseconds{static_cast<std::int64_t>(samples * 1000 / rate)};
}

}  // namespace

std::string progress_line(const TranscribeProgress& progress, std::size_t width) {
    const bool is_known = progress.audio.count() > 0;
    const double fraction =
        is_known ? static_cast<double>(progress.audio_done.count()) / static_cast<double>(progress.audio.count()) : 0.0;
    std::string line = is_known && width > 2 * bar_width ? bar(fraction, bar_width) + "  " : "";
    if (progress.files > 1) {
        line += std::to_string(progress.files_done) + "/" + std::to_string(progress.files) + " files  ";
    }
    line += duration_text(progress.audio_done);
    if (!is_known) return line;
    line += " of " + duration_text(progress.audio);
    if (fraction > 0.0 && fraction < 1.0) {
        const double left = static_cast<double>(progress.elapsed.count()) * (1.0 - fraction) / fraction;
        line += "  " + duration_text(std::chrono::milliseconds{static_cast<std::int64_t>(left)}) + " left";
    }
    return line;
}

TranscribeProgress progress_of(const std::vector<TranscribeJob>& jobs, std::chrono::milliseconds elapsed) {
    TranscribeProgress progress{.files = jobs.size(), .elapsed = elapsed};
    bool is_known = true;
    for (const TranscribeJob& job : jobs) {
        const bool is_done = job.state == TranscribeJob::State::closed;
        if (is_done) ++progress.files_done;
        progress.audio_done += job.heard();
        if (job.total_samples) {
            // One that ended early has nothing left to do.
            progress.audio += is_done ? job.heard() : duration_of(*job.total_samples, job.sample_rate);
        } else if (!is_done) {
            is_known = false;
        }
    }
    if (!is_known) progress.audio = {};
    return progress;
}

void TranscribeView::note(const std::string& text) {
    if (!options_.quiet) terminal_.note(printable(text));
}

void TranscribeView::partial(const TranscribeJob& job) {
    if (options_.quiet || !options_.partials || terminal_.is_live() || job.partial.empty()) return;
    terminal_.note("partial\t" + (options_.names ? printable(job.name) + "\t" : "") + printable(job.partial));
}

void TranscribeView::refresh(const std::vector<TranscribeJob>& jobs, std::chrono::milliseconds elapsed) {
    if (options_.quiet || !terminal_.is_live()) return;
    const std::size_t width = terminal_.width();
    std::vector<std::string> lines;
    for (const TranscribeJob& job : jobs) {
        if (!options_.partials || !job.is_active() || lines.size() >= most_lines) continue;
        const std::string name =
            options_.names ? pad(keep_end(printable(job.name), name_width), name_width) + "  " : "";
        const std::size_t used = display_width(name) + 1;
        const std::string words =
            job.state == TranscribeJob::State::connecting ? "(connecting)" : printable(job.partial);
        lines.push_back(name + keep_end(words, width > used ? width - used : 0));
    }
    lines.push_back(progress_line(progress_of(jobs, elapsed), width));
    terminal_.show(std::move(lines));
}

}  // namespace asr_stream::cli
