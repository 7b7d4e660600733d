#include "heaptrend/watch_command.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <ostream>
#include <thread>

#include "heaptrend/commands.hpp"
#include "heaptrend/oom_log.hpp"
#include "heaptrend/process_memory.hpp"
#include "heaptrend/units.hpp"
#include "heaptrend/watch_view.hpp"

namespace heaptrend {
namespace {

constexpr std::size_t max_samples = 4'096;  // beyond, every second one goes

int refuse(const Error& error, std::ostream& problems) {
    problems << "heaptrend: " << error.message() << '\n';
    return exit_error;
}

void tell_past_kills(const std::string& name, std::ostream& problems) {
    const auto kills = read_oom_kills();
    if (!kills) {
        problems << "heaptrend: past kills unknown: " << kills.error().message() << '\n';
        return;
    }
    for (const OomKill& kill : *kills)
        if (kill.name == name)
            problems << "heaptrend: the kernel killed " << name << " (process " << kill.process << ") "
                     << format_duration(kill.uptime) << " after the machine started, with "
                     << format_bytes(static_cast<double>(kill.anonymous_bytes)) << " anonymous"
                     << (kill.cgroup ? ", for its cgroup's limit" : "") << '\n';
}

void thin(std::vector<MemorySample>& samples) {
    if (samples.size() < max_samples) return;
    std::vector<MemorySample> kept;
    for (std::size_t i = 0; i < samples.size(); i += 2) kept.push_back(samples[i]);
    samples = std::move(kept);
}

/// Draws over what was drawn before.
void draw(std::ostream& out, const std::string& screen, std::size_t& lines_before) {
    if (lines_before > 0) out << "\033[" << lines_before << "F\033[J";
    out << screen << std::flush;
    lines_before = static_cast<std::size_t>(std::count(screen.begin(), screen.end(), '\n'));
}

/// One watch from its first look to its end.
class Watch {
  public:
    Watch(const WatchCommand& command, pid_t process, std::ostream& out, std::ostream& problems)
        : command_{command}, process_{process}, out_{out}, problems_{problems} {
        state_.name = process_name(process) + " (process " + std::to_string(process) + ")";
    }

    int run(std::optional<double> allowed) {
        auto sample = look_at(process_);
        if (!sample) return refuse(sample.error(), problems_);
        tell_past_kills(process_name(process_), problems_);
        const double start = sample->time;
        for (; sample; sample = look_at(process_)) {  // until it has ended
            state_.samples.push_back(*sample);
            thin(state_.samples);
            state_.trend = trend_of(state_.samples);
            ask_for_heap(sample->time);
            tell();
            if (allowed && state_.trend.bytes_per_second > *allowed) {
                problems_ << "heaptrend: " << command_.process << " grows faster than " << command_.max_growth << '\n';
                return exit_growth;
            }
            if (command_.seconds > 0 && sample->time - start + command_.interval > command_.seconds) break;
            std::this_thread::sleep_for(std::chrono::duration<double>(command_.interval));
        }
        return exit_ok;
    }

  private:
    /// Also where nobody answered: the process may begin another program, which has an agent.
    void ask_for_heap(double now) {
        if (command_.owners == 0 || now < ask_at_) return;
        ask_at_ = now + command_.heap_interval;
        if (auto heap = ask_agent(process_, command_.owners)) state_.heap = std::move(*heap);
    }
    void tell() {
        if (command_.json)
            out_ << watch_object(state_) << std::endl;
        else if (command_.terminal)
            draw(out_, watch_screen(state_), lines_drawn_);
        else
            out_ << watch_line(state_) << std::flush;
    }

    const WatchCommand& command_;
    pid_t process_;
    std::ostream& out_;
    std::ostream& problems_;
    WatchState state_;
    double ask_at_ = 0;
    std::size_t lines_drawn_ = 0;
};

}  // namespace

int run(const WatchCommand& command, std::ostream& out, std::ostream& problems) {
    std::optional<double> allowed;
    if (!command.max_growth.empty()) {
        const auto rate = parse_rate(command.max_growth);
        if (!rate) return refuse(rate.error(), problems);
        allowed = *rate;
    }
    const auto process = find_process(command.process);
    if (!process) return refuse(process.error(), problems);
    return Watch{command, *process, out, problems}.run(allowed);
}

}  // namespace heaptrend
