#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/text.hpp"
#include "cli/transcriber.hpp"
#include "recognizer/word_accuracy.hpp"

namespace asr_stream::cli {

void Transcriber::handle(QueueItem& item) {
    if (const auto* line = std::get_if<LogLine>(&item.what)) {
        view_.note(std::string{name_of(line->level)} + ": " + line->text);
        return;
    }
    TranscribeJob& job = jobs_[item.job];
    if (auto* event = std::get_if<Event>(&item.what)) {
        handle(job, item.job, *event);
    } else {
        handle_feed_end(job, std::get<FeedEnded>(item.what).outcome);
    }
    close_if_over(job);
}

void Transcriber::handle(TranscribeJob& job, std::size_t index, Event& event) {
    write(job, job.format->event(event, job.heard()));
    if (event.gap.count() > 0) {
        job.lost += event.gap;
        view_.note(job.name + ": " + duration_text(event.gap) + " of audio was lost");
    }
    switch (event.kind) {
        case EventKind::connected:
            job.was_connected = true;
            if (job.state == TranscribeJob::State::connecting && interrupts_ == 0) begin_feeding(index);
            break;
        case EventKind::partial:
            job.partial = event.transcript.text;
            view_.partial(job);
            break;
        case EventKind::final: handle_final(job, event); break;
        case EventKind::error:
        case EventKind::disconnected: handle_failed_connect(job, event); break;
        case EventKind::closed: job.closed_event = std::move(event); break;
        case EventKind::begin_speaking:
        case EventKind::end_speaking:
        case EventKind::audio:
        case EventKind::mark:
        case EventKind::clear: break;
    }
}

void Transcriber::handle_failed_connect(TranscribeJob& job, const Event& event) {
    if (!event.error) return;
    const bool is_news = !job.last_error || job.last_error->message() != event.error->message();
    job.last_error = event.error;
    if (job.was_connected || options_.keep_trying) {
        if (is_news) view_.note(job.name + ": " + event.error->message());
        return;
    }
    // Each endpoint gets one chance; a recording can wait for a service, but the person who started this should know.
    const std::size_t endpoints = plan_.settings.profile.endpoints.size();
    if (exit_code_of(event.error->code) != ExitCode::unreachable || ++job.failed_connects < endpoints) return;
    fail_job(job, ExitCode::unreachable, is_unreachable_ ? "" : event.error->message());
    is_unreachable_ = true;
}

void Transcriber::handle_final(TranscribeJob& job, const Event& event) {
    ++job.finals;
    job.partial.clear();
    if (event.transcript.text.empty()) return;
    if (!job.text.empty()) job.text += ' ';
    job.text += event.transcript.text;
}

void Transcriber::handle_feed_end(TranscribeJob& job, const Result<>& outcome) {
    job.feed_is_over = true;
    if (job.state == TranscribeJob::State::feeding) job.state = TranscribeJob::State::draining;
    if (!outcome) fail_job(job, exit_code_of(outcome.error().code), input_error_text(outcome.error(), job.path));
}

void Transcriber::fail_job(TranscribeJob& job, ExitCode code, const std::string& text) {
    if (!text.empty()) {
        view_.clear();
        complain("transcribe", text);
    }
    if (job.outcome == ExitCode::ok) job.outcome = code;
    if (job.is_active()) {
        job.stream.abort();  // `closed` follows
    } else {
        job.state = TranscribeJob::State::closed;
    }
}

void Transcriber::close_if_over(TranscribeJob& job) {
    if (!job.is_active() || !job.closed_event || !job.feed_is_over) return;
    const JobEnd end = judge(job);
    const std::string name = jobs_.size() > 1 ? job.name + ": " : "";
    if (end.error && interrupts_ == 0) fail_job(job, end.code, name + end.error->message());
    report_bad_messages(job, name);
    const std::uint64_t refused = job.progress->refused_samples.load(std::memory_order_relaxed);
    if (refused > 0)
        view_.note(job.name + ": " + std::to_string(refused) + " samples refused, this machine was too slow");
    job.state = TranscribeJob::State::closed;
    job.output.reset();
    job.partial.clear();
    --active_;
    if (jobs_.size() == 1 || terminal_.is_live() || job.outcome != ExitCode::ok || interrupts_ > 0) return;
    const TranscribeProgress progress = progress_of(jobs_, elapsed());
    view_.note("done " + std::to_string(progress.files_done) + "/" + std::to_string(progress.files) + "  " + job.name);
}

/// Words that could not be read end no stream; but where nothing else came, the transcript is not what it seems.
void Transcriber::report_bad_messages(TranscribeJob& job, const std::string& name) {
    const std::uint64_t count = job.stream.stats().bad_messages;
    if (count == 0) return;
    const std::string text = name + std::to_string(count) + " message(s) from the service were not understood";
    if (job.finals > 0 || job.outcome != ExitCode::ok || interrupts_ > 0) return view_.note(text);
    fail_job(job, ExitCode::service, text + "; check --dialect");
}

void Transcriber::write(TranscribeJob& job, const std::string& text) {
    if (text.empty() || is_output_broken_) return;
    const bool written = job.output ? write_all(job.output.get(), text) : terminal_.write(text);
    if (written) return;
    const std::string reason = std::strerror(errno);
    is_output_broken_ = true;
    fail_job(job, ExitCode::internal, "the transcript cannot be written: " + reason);
    for (TranscribeJob& other : jobs_) {
        if (other.is_active()) other.stream.abort();
    }
}

void Transcriber::print_accuracy() {
    if (!reference_) return;
    recognizer::WordErrors total;
    std::size_t compared = 0;
    for (const TranscribeJob& job : jobs_) {
        const auto expected = reference_->find(job.path);
        if (!expected || job.outcome != ExitCode::ok) continue;
        const recognizer::WordErrors errors = recognizer::compare_words(*expected, job.text);
        total += errors;
        ++compared;
        terminal_.note(pad_left(fixed(100.0 * errors.accuracy(), 1), 5) + " % of " +
                       pad_left(std::to_string(errors.expected_words), 3) + " words  " + printable(job.name));
    }
    if (compared < jobs_.size()) {
        view_.note(std::to_string(jobs_.size() - compared) + " file(s) without a reference or a transcript");
    }
    terminal_.note("word accuracy " + fixed(100.0 * total.accuracy(), 1) + " % of " +
                   std::to_string(total.expected_words) + " words (" + std::to_string(total.substitutions) +
                   " wrong, " + std::to_string(total.deletions) + " missed, " + std::to_string(total.insertions) +
                   " added)");
}

void Transcriber::print_summary() {
    const TranscribeProgress progress = progress_of(jobs_, elapsed());
    std::uint64_t finals = 0;
    std::size_t errors = 0;
    std::size_t begun = 0;
    milliseconds lost{};
    for (const TranscribeJob& job : jobs_) {
        finals += job.finals;
        lost += job.lost;
        if (job.outcome != ExitCode::ok) ++errors;
        if (job.was_connected) ++begun;
    }
    const double seconds = std::max(static_cast<double>(progress.elapsed.count()), 1.0) / 1000.0;
    const double factor = static_cast<double>(progress.audio_done.count()) / 1000.0 / seconds;
    std::string line = std::to_string(begun) + " of " + std::to_string(jobs_.size()) + " file(s), " +
                       duration_text(progress.audio_done) + " of audio in " + duration_text(progress.elapsed) + " (" +
                       fixed(factor, 2) + " x real time), " + std::to_string(finals) + " final(s), " +
                       std::to_string(errors) + " error(s)";
    if (lost.count() > 0) line += ", " + duration_text(lost) + " of audio lost";
    if (const std::uint64_t dropped = queue_->dropped(); dropped > 0) {
        line += ", " + std::to_string(dropped) + " partials not shown";
    }
    view_.note(line);
}

}  // namespace asr_stream::cli
