#pragma once

#include <asr_stream/engine.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/event_queue.hpp"
#include "cli/feeder.hpp"
#include "cli/interrupt.hpp"
#include "cli/reference.hpp"
#include "cli/terminal.hpp"
#include "cli/transcribe_job.hpp"
#include "cli/transcribe_options.hpp"
#include "cli/transcribe_view.hpp"

namespace asr_stream::cli {

/// Streams recordings, so many at a time, and writes what the service hears. The main thread starts streams, handles
/// their events and draws; one thread feeds all recordings; the engine's loop does the rest.
class Transcriber {
  public:
    Transcriber(const TranscribeOptions& options, TranscribePlan plan, std::optional<Reference> reference,
                Terminal& terminal, Interrupt& interrupt, std::shared_ptr<EventQueue> queue,
                std::unique_ptr<Engine> engine);

    [[nodiscard]] ExitCode run();

  private:
    void scan_files();
    void start_jobs();
    void start(std::size_t index);
    [[nodiscard]] Result<> open_output(std::size_t index);
    void begin_feeding(std::size_t index);
    void wait();
    void handle(QueueItem& item);
    void handle(TranscribeJob& job, std::size_t index, Event& event);
    void handle_failed_connect(TranscribeJob& job, const Event& event);
    void handle_final(TranscribeJob& job, const Event& event);
    void handle_feed_end(TranscribeJob& job, const Result<>& outcome);
    void handle_interrupt();
    void write(TranscribeJob& job, const std::string& text);
    void close_if_over(TranscribeJob& job);
    void report_bad_messages(TranscribeJob& job, const std::string& name);
    void fail_job(TranscribeJob& job, ExitCode code, const std::string& text);
    void print_accuracy();
    void print_summary();
    [[nodiscard]] bool is_over() const;
    [[nodiscard]] ExitCode exit_code() const;
    [[nodiscard]] std::chrono::milliseconds elapsed() const;

    const TranscribeOptions& options_;
    TranscribePlan plan_;
    std::optional<Reference> reference_;
    Terminal& terminal_;
    Interrupt& interrupt_;
    TranscribeView view_;
    std::shared_ptr<EventQueue> queue_;
    std::unique_ptr<Engine> engine_;
    Feeder feeder_;  // ends before the engine does
    std::vector<TranscribeJob> jobs_;
    std::size_t next_job_ = 0;
    std::size_t active_ = 0;
    int interrupts_ = 0;
    bool is_unreachable_ = false;  ///< nothing more is started
    bool is_output_broken_ = false;
    Clock::time_point begin_;
};

}  // namespace asr_stream::cli
