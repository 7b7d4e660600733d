#include "cli/transcribe_job.hpp"

#include <filesystem>
#include <set>

namespace asr_stream::cli {

CallTime TranscribeJob::heard() const {
    const std::uint64_t samples = progress->pushed_samples.load(std::memory_order_relaxed);
    return CallTime{static_cast<std::int64_t>(samples * 1000 / sample_rate)};
}

std::vector<std::string> short_names(const std::vector<std::string>& paths) {
    std::vector<std::string> names;
    names.reserve(paths.size());
    for (const std::string& path : paths) {
        names.push_back(path == "-" ? "stdin" : std::filesystem::path{path}.filename().string());
    }
    const bool are_different = std::set<std::string>{names.begin(), names.end()}.size() == names.size();
    return are_different ? names : paths;
}

std::string input_error_text(const Error& error, const std::string& path) {
    const std::string name = path == "-" ? "standard input" : path;
    std::string detail = error.context;
    if (detail.starts_with(name)) detail.erase(0, name.size());
    if (detail.starts_with(": ")) detail.erase(0, 2);
    const std::string sentence = name + ": " + error.code.message();
    return detail.empty() ? sentence : sentence + " (" + detail + ")";
}

JobEnd judge(const TranscribeJob& job) {
    if (job.outcome != ExitCode::ok) return {job.outcome, std::nullopt};  // said already
    const Event& closed = *job.closed_event;
    if (closed.error) {
        // That all attempts failed says less than why the last one did.
        const bool is_summary = closed.error->code == Errc::reconnects_exhausted && job.last_error;
        const Error& cause = is_summary ? *job.last_error : *closed.error;
        const ExitCode code = exit_code_of(cause.code);
        const bool was_reached = job.was_connected && code == ExitCode::unreachable;
        return {was_reached ? ExitCode::service : code, cause};
    }
    if (!closed.drained) {
        return {ExitCode::service, Error{Errc::drain_timeout, "the transcript may lack its end"}};
    }
    return {};
}

}  // namespace asr_stream::cli
