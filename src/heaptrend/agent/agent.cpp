// Preloaded into the profiled program beside libjemalloc. One thread of its own takes the dumps; the program's threads
// never run any of this code but at load, fork and exit.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "heaptrend/agent/loader.hpp"
#include "heaptrend/agent/recorder.hpp"

namespace heaptrend::agent {
namespace {

struct Agent {
    Settings settings;
    Jemalloc jemalloc;
    Recorder recorder;
    pthread_t thread{};
    bool opened = false;
    pid_t process = 0;  ///< that the thread runs in; 0 before it runs
    int wake = -1;      ///< eventfd: the process ends
    int request = -1;   ///< eventfd: the signal for a dump came
    double first = 0;   ///< seconds before anything is written: most forked children begin another program at once
    int listener = -1;  ///< Unix socket: "dump" on a line
};
Agent* the_agent = nullptr;  // never freed: the program may still allocate while it exits

double seconds(clockid_t clock) noexcept {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double number(const char* name, double otherwise) noexcept {
    const char* text = std::getenv(name);
    return text != nullptr && *text != '\0' ? std::strtod(text, nullptr) : otherwise;
}

/// True in the program that was named; false in shells and wrappers around it.
bool is_target() noexcept {
    const char* program = std::getenv("HEAPTREND_PROGRAM");
    if (program == nullptr) return false;
    struct stat ours {};
    struct stat named {};
    return stat("/proc/self/exe", &ours) == 0 && stat(program, &named) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

/// The socket has its name only when it can be connected to.
int listen_in(const char* folder) noexcept {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const int directory = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return -1;
    // Through the descriptor, because the name of a socket has 107 bytes at most.
    std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/socket.new", directory);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener >= 0 && (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
                          listen(listener, 4) != 0 || renameat(directory, "socket.new", directory, "socket") != 0)) {
        close(listener);
        listener = -1;
    }
    close(directory);
    return listener;
}

/// One request a connection; the answer is the name of the folder once the dump is written.
void answer(Agent& agent) noexcept {
    const int peer = accept4(agent.listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) return;
    pollfd ready{.fd = peer, .events = POLLIN, .revents = 0};
    std::array<char, 16> request{};
    if (poll(&ready, 1, 1000) == 1 && read(peer, request.data(), request.size() - 1) >= 4 &&
        std::strncmp(request.data(), "dump", 4) == 0) {
        agent.recorder.dump(seconds(CLOCK_REALTIME));
        dprintf(peer, "%s\n", agent.recorder.folder());
    }
    close(peer);
}

/// Waits until the next thing is due; false when the process ends. Descriptors below 0 are left alone by poll().
bool wait(Agent& agent, double timeout) noexcept {
    std::array<pollfd, 3> events{pollfd{agent.wake, POLLIN, 0}, pollfd{agent.listener, POLLIN, 0},
                                 pollfd{agent.request, POLLIN, 0}};
    const int milliseconds = static_cast<int>(std::clamp(timeout, 0.0, 60.0) * 1000) + 1;
    if (poll(events.data(), events.size(), milliseconds) <= 0) return true;
    if (events[0].revents != 0) return false;
    if (events[1].revents != 0) answer(agent);
    eventfd_t asked = 0;
    if (events[2].revents != 0 && eventfd_read(agent.request, &asked) == 0)
        agent.recorder.dump(seconds(CLOCK_REALTIME));
    return true;
}

/// Runs in whichever thread the signal comes to.
void on_signal(int) noexcept {
    const int before = errno;
    if (the_agent != nullptr) static_cast<void>(eventfd_write(the_agent->request, 1));
    errno = before;
}

/// Only where the program has not taken the signal for itself; what it installs later replaces this.
void listen_to_signal(int number) noexcept {
    struct sigaction action {};
    if (number <= 0 || sigaction(number, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) return;
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, nullptr);
}

void* run(void* data) noexcept {
    Agent& agent = *static_cast<Agent*>(data);
    pthread_setname_np(pthread_self(), "heaptrend");  // so that what it costs can be told from outside
    if (agent.first > 0 && !wait(agent, agent.first)) return nullptr;
    if (!agent.recorder.open(agent.settings, agent.jemalloc)) return nullptr;
    agent.listener = listen_in(agent.recorder.folder());
    agent.opened = true;
    Recorder& recorder = agent.recorder;
    const double start = seconds(CLOCK_MONOTONIC);
    double next = start;
    // A program may idle for long before its load comes: as long as the interval was not raised, it is looked at again.
    bool calibrated = agent.settings.budget <= 0;
    double calibrated_at = start;
    double calibration = agent.settings.calibration;
    std::uint64_t dumped_at = 0;
    for (double now = start;; now = seconds(CLOCK_MONOTONIC)) {
        if (!calibrated && now - calibrated_at >= calibration) {
            calibrated = recorder.calibrate(now - calibrated_at);
            calibrated_at = now;
            calibration = 2 * agent.settings.calibration;
        }
        const std::uint64_t allocated = agent.settings.growth > 0 ? recorder.allocated() : 0;
        const bool grew = agent.settings.growth > 0 && allocated > dumped_at + agent.settings.growth;
        if (now >= next || grew) {
            recorder.dump(seconds(CLOCK_REALTIME));
            dumped_at = allocated;
            next = now + recorder.interval();
        } else {
            recorder.record_modules();
        }
        constexpr double look = 1;  // second: how often modules and growth are looked at
        if (!wait(agent, std::min(next - seconds(CLOCK_MONOTONIC), look))) return nullptr;
    }
}

/// Starts the thread, with all signals blocked, so that the program's handlers never run in it.
void start(Agent& agent) noexcept {
    agent.opened = false;
    agent.wake = eventfd(0, EFD_CLOEXEC);
    agent.request = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    agent.listener = -1;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    if (pthread_create(&agent.thread, nullptr, run, &agent) == 0) agent.process = getpid();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

/// A forked child has a copy of the heap but not the thread: it gets its own, and a folder of its own.
void in_child() noexcept {
    after_fork_in_child();
    if (the_agent == nullptr) return;
    if (the_agent->wake >= 0) close(the_agent->wake);
    if (the_agent->request >= 0) close(the_agent->request);
    if (the_agent->listener >= 0) close(the_agent->listener);
    the_agent->process = 0;
    the_agent->first = std::min(the_agent->settings.interval, 1.0);
    start(*the_agent);
}

__attribute__((constructor)) void load() noexcept {
    static Jemalloc jemalloc;
    const bool profiles = jemalloc.attach();
    if (!is_target()) {
        if (profiles) jemalloc.write("prof.active", false);
        return;
    }
    if (!profiles) {
        dprintf(STDERR_FILENO, "heaptrend: this program's malloc is not a jemalloc with profiling: no series\n");
        return;
    }
    const char* folder = std::getenv("HEAPTREND_FOLDER");
    if (folder == nullptr) return;
    static Agent agent;
    agent.settings = {.folder = folder,
                      .interval = std::max(number("HEAPTREND_INTERVAL", 2), 0.01),
                      .growth = static_cast<std::uint64_t>(std::max(number("HEAPTREND_GROWTH", 0), 0.0)),
                      .max_dumps = static_cast<unsigned>(std::max(number("HEAPTREND_MAX_DUMPS", 120), 8.0)),
                      .budget = number("HEAPTREND_BUDGET", 0.005),
                      .births = static_cast<long>(std::clamp(number("HEAPTREND_BIRTHS", 4096), 0.0, 1e6)),
                      .calibration = std::max(number("HEAPTREND_CALIBRATION", 10), 0.1)};
    agent.jemalloc = jemalloc;
    the_agent = &agent;
    pthread_atfork(before_fork, after_fork_in_parent, in_child);
    listen_to_signal(static_cast<int>(number("HEAPTREND_SIGNAL", 0)));
    start(agent);
}

/// The last dump, when the program ends by returning from main or exit(). Waits two seconds for the thread at most.
__attribute__((destructor)) void unload() noexcept {
    if (the_agent == nullptr || the_agent->process != getpid()) return;
    eventfd_write(the_agent->wake, 1);
    timespec deadline{};
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 2;
    if (pthread_timedjoin_np(the_agent->thread, nullptr, &deadline) != 0) return;
    if (the_agent->opened) the_agent->recorder.dump(seconds(CLOCK_REALTIME), true);
    the_agent->process = 0;
}

}  // namespace
}  // namespace heaptrend::agent
