#include "cli/transcriber.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/stream_target.hpp"
#include "cli/text.hpp"

namespace asr_stream::cli {
namespace {

constexpr int refresh_ms = 100;

}  // namespace

Transcriber::Transcriber(const TranscribeOptions& options, TranscribePlan plan, std::optional<Reference> reference,
                         Terminal& terminal, Interrupt& interrupt, std::shared_ptr<EventQueue> queue,
                         std::unique_ptr<Engine> engine)
    : options_{options},
      plan_{std::move(plan)},
      reference_{std::move(reference)},
      terminal_{terminal},
      interrupt_{interrupt},
      view_{terminal,
            {.partials = !options.no_partials && plan_.format != OutputFormat::jsonl,
             .quiet = options.quiet,
             .names = options.files.size() > 1}},
      queue_{std::move(queue)},
      engine_{std::move(engine)},
      feeder_{[queue = queue_](std::size_t id, Result<> outcome) {
          queue->push(QueueItem{id, FeedEnded{std::move(outcome)}});
      }} {}

ExitCode Transcriber::run() {
    scan_files();
    begin_ = Clock::now();
    start_jobs();
    while (!is_over()) {
        wait();
        for (QueueItem& item : queue_->take()) handle(item);
        start_jobs();
        view_.refresh(jobs_, elapsed());
    }
    view_.clear();
    print_accuracy();
    print_summary();
    return exit_code();
}

void Transcriber::scan_files() {
    jobs_.resize(options_.files.size());
    const std::vector<std::string> names = short_names(options_.files);
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
        TranscribeJob& job = jobs_[i];
        job.path = options_.files[i];
        job.name = names[i];
        if (job.path == "-") {
            job.sample_rate = options_.raw_rate;
            continue;
        }
        const auto source = open_audio_file(job.path, plan_.audio);
        if (!source) {
            fail_job(job, exit_code_of(source.error().code), input_error_text(source.error(), job.path));
            continue;
        }
        job.sample_rate = (*source)->sample_rate();
        job.total_samples = (*source)->total_samples();
    }
}

void Transcriber::start_jobs() {
    while (active_ < options_.jobs && next_job_ < jobs_.size()) {
        const std::size_t index = next_job_++;
        TranscribeJob& job = jobs_[index];
        if (job.state == TranscribeJob::State::closed) continue;
        if (interrupts_ > 0 || is_unreachable_ || is_output_broken_) {
            job.state = TranscribeJob::State::closed;  // never begun
            continue;
        }
        start(index);
    }
}

void Transcriber::start(std::size_t index) {
    TranscribeJob& job = jobs_[index];
    auto source = job.path == "-" ? open_audio_pipe(0, plan_.audio) : open_audio_file(job.path, plan_.audio);
    if (!source) {
        return fail_job(job, exit_code_of(source.error().code), input_error_text(source.error(), job.path));
    }
    job.source = std::move(*source);
    if (const auto opened = open_output(index); !opened) {
        return fail_job(job, ExitCode::internal, opened.error().context);
    }
    const StreamConfig config = make_stream_config(plan_.settings.profile, job.name, job.sample_rate);
    auto stream = engine_->add_stream(config, std::make_shared<QueueSink>(queue_, index));
    if (!stream) {
        return fail_job(job, exit_code_of(stream.error().code), job.name + ": " + stream.error().message());
    }
    job.stream = *stream;
    job.wire_rate = wire_rate_of(config);
    job.state = TranscribeJob::State::connecting;
    ++active_;
    write(job, job.format->begin());
}

Result<> Transcriber::open_output(std::size_t index) {
    TranscribeJob& job = jobs_[index];
    job.format = make_format(plan_.format, plan_.format == OutputFormat::jsonl ? job.path : job.name,
                             plan_.outputs.empty() && jobs_.size() > 1);
    if (plan_.outputs.empty()) return {};
    const std::string& path = plan_.outputs[index];
    job.output = FileDescriptor{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
    if (!job.output) return fail(Errc::internal, path + ": " + std::strerror(errno));
    return {};
}

void Transcriber::begin_feeding(std::size_t index) {
    TranscribeJob& job = jobs_[index];
    job.state = TranscribeJob::State::feeding;
    job.feed_is_over = false;
    auto target = std::make_shared<StreamTarget>(job.stream, job.sample_rate, job.wire_rate);
    const Pace pace = make_pace(plan_.settings.profile, plan_.speed, milliseconds{options_.tail_ms});
    feeder_.add(index,
                std::make_unique<Feed>(std::move(job.source), std::move(target), pace, job.progress, Clock::now()));
}

void Transcriber::wait() {
    std::array<pollfd, 2> waits{{{queue_->fd(), POLLIN, 0}, {interrupt_.fd(), POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), terminal_.is_live() ? refresh_ms : -1);
    if (waits[1].revents != 0) handle_interrupt();
}

void Transcriber::handle_interrupt() {
    const int before = std::exchange(interrupts_, interrupt_.count());
    if (interrupts_ == before) return;
    const bool is_first = before == 0 && interrupts_ == 1;
    if (is_first) view_.note("interrupted: waiting for the last results; once more ends without them");
    if (is_first) feeder_.stop_all();
    for (TranscribeJob& job : jobs_) {
        if (!job.is_active()) continue;
        if (!is_first) {
            job.stream.abort();
        } else if (job.state == TranscribeJob::State::connecting) {
            job.stream.stop();
        }
    }
}

bool Transcriber::is_over() const { return active_ == 0 && next_job_ >= jobs_.size(); }

ExitCode Transcriber::exit_code() const {
    if (interrupts_ > 0) return ExitCode::interrupted;
    const auto failed =
        std::find_if(jobs_.begin(), jobs_.end(), [](const TranscribeJob& job) { return job.outcome != ExitCode::ok; });
    if (failed != jobs_.end()) return failed->outcome;
    return is_output_broken_ ? ExitCode::internal : ExitCode::ok;
}

std::chrono::milliseconds Transcriber::elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin_);
}

}  // namespace asr_stream::cli
