#pragma once

#include <asr_stream/engine.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/interrupt.hpp"
#include "cli/load_options.hpp"
#include "cli/load_pusher.hpp"
#include "cli/load_report.hpp"
#include "cli/load_sink.hpp"
#include "cli/terminal.hpp"

namespace asr_stream::cli {

/// Simulates calls: the main thread begins them and watches, a few threads push their audio, the engine does the rest.
class LoadRunner {
  public:
    LoadRunner(const LoadPlan& plan, std::unique_ptr<Engine> engine, Terminal& terminal, Interrupt& interrupt,
               bool quiet);

    /// Ramp-up, the time with all calls up, the stop. Ends early when interrupted, or when no call reaches the service.
    [[nodiscard]] LoadRun run();
    /// What the run means for the exit code; unreachable and failed runs have an error to show.
    struct Verdict {
        ExitCode code = ExitCode::ok;
        std::string error;
    };
    [[nodiscard]] Verdict verdict(const LoadRun& run) const;

  private:
    static constexpr std::size_t calls_per_pusher = 5000;

    void begin_calls(Clock::time_point until_now);
    [[nodiscard]] Result<> begin_call(std::size_t index);
    void wait_for_connections();
    void watch_until(Clock::time_point end);
    /// Waits a little, draws, and returns false when the run is to end.
    bool tick(Clock::time_point next);
    void show_progress();
    [[nodiscard]] bool is_hopeless() const;
    [[nodiscard]] LoadSample sample();
    [[nodiscard]] Clock::time_point first_due(std::size_t index) const;

    const LoadPlan& plan_;
    Terminal& terminal_;
    Interrupt& interrupt_;
    bool quiet_;
    std::shared_ptr<LoadSink> sink_ = std::make_shared<LoadSink>();
    std::unique_ptr<Engine> engine_;
    std::vector<std::unique_ptr<LoadPusher>> pushers_;  // end before the engine does
    std::vector<Stream> streams_;
    Clock::time_point begin_;
    Clock::time_point next_progress_;
    LoadSample previous_;
    std::optional<Error> refused_;  ///< the engine took no further stream
    bool is_ending_ = false;
};

}  // namespace asr_stream::cli
