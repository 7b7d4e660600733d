#include <sys/prctl.h>

#include <csignal>
#include <fstream>
#include <iostream>

#include "load/options.hpp"
#include "load/plan.hpp"
#include "load/report.hpp"
#include "load/round.hpp"
#include "load/run_contestant.hpp"
#include "load/sink.hpp"

namespace {

using namespace asr_stream::bench;

int drive(const Options& options) {
    std::ofstream file{options.json_file};
    if (!file) throw std::runtime_error{"cannot write " + options.json_file};
    const Driver driver{options};
    LoadResults results;
    results.side_by_side = driver.run_side_by_side();
    if (options.scale_streams > 1) results.scale = driver.run_scale();
    if (options.wss_streams > 1) results.wss = driver.run_wss();
    std::cout << describe(results, options);
    file << to_json(results, options);
    if (!file.flush()) throw std::runtime_error{"cannot write " + options.json_file};
    const std::string broken = options.check ? broken_promises(results, options) : std::string{};
    std::cerr << broken;
    return broken.empty() ? 0 : 1;
}

int run(const Options& options) {
    if (!options.role.empty()) prctl(PR_SET_PDEATHSIG, SIGKILL);  // what is left over would disturb the next run
    if (options.role == "sink")
        return run_sink(
            {options.certificate_file, options.frames_per_final, options.frame_ms, milliseconds{options.pause_ms}});
    if (options.role == "contestant") return run_contestant(plan_from_json(options.plan));
    return drive(options);
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        Options options;
        int exit_code = 0;
        return parse(argc, argv, options, exit_code) ? run(options) : exit_code;
    } catch (const std::exception& error) {
        std::cerr << "load_bench: " << error.what() << '\n';
        return 2;
    }
}
