#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "event_socket.hpp"
#include "module.hpp"
#include "script.hpp"
#include "session.hpp"

switch_directories SWITCH_GLOBAL_dirs{};

namespace {

using namespace miniswitch;
using namespace std::chrono_literals;

struct Options {
    std::string module;
    std::string listen = "127.0.0.1:8021";
    std::string password = "ClueCon";
    std::string configuration = ".";
    std::string scripts = ".";
    std::string sounds = ".";
    std::string grammars = ".";
    std::vector<std::string> faults;
    double speed = 1;
    int log_level = SWITCH_LOG_NOTICE;
};

void describe(CLI::App& program, Options& options) {
    program.add_option("--module", options.module, "the module's shared object, built with this host's switch.h")
        ->required()
        ->check(CLI::ExistingFile);
    program.add_option("--listen", options.listen, "ADDRESS:PORT of the event socket; port 0: any")
        ->capture_default_str();
    program.add_option("--password", options.password, "of the event socket")->capture_default_str();
    program.add_option("--conf", options.configuration, "folder of asr_stream.conf.xml")->check(CLI::ExistingDirectory);
    program.add_option("--scripts", options.scripts, "folder of the Lua scripts")->check(CLI::ExistingDirectory);
    program.add_option("--sounds", options.sounds, "folder of prompts and callers")->check(CLI::ExistingDirectory);
    program.add_option("--grammars", options.grammars, "folder of grammars")->check(CLI::ExistingDirectory);
    program.add_option("--speed", options.speed, "how many times faster than real time")
        ->check(CLI::Range(0.1, 1000.0));
    program.add_option("--fault", options.faults, "NAME=VALUE, several times; the command `fault` explains")
        ->each([](const std::string& assignment) {
            if (const auto error = faults().set(assignment); !error.empty()) throw CLI::ValidationError(error);
        });
    program.add_option("--log", options.log_level, "0 (console) to 7 (debug), to stderr")->check(CLI::Range(0, 7));
}

void end_calls() {
    end_scripts();
    const auto deadline = std::chrono::steady_clock::now() + 15s;
    while (sessions().hang_up_all()) {
        if (std::chrono::steady_clock::now() > deadline) fatal("calls did not end: somebody holds their sessions");
        std::this_thread::sleep_for(10ms);
    }
    sessions().reap();
}

// The signals that end the program are taken here alone: threads inherit that they are blocked.
int serve(const Options& options) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    if (!event_bus().start()) fatal("no thread for events");
    EventSocket server;
    const bool is_loaded = modules().load(modules().name()).empty();
    const auto port = is_loaded ? server.start(options.listen, options.password) : 0;
    if (port != 0) {
        std::printf("listening on 127.0.0.1:%u\n", port);
        std::fflush(stdout);
        int signal = 0;
        sigwait(&ends, &signal);
    }
    event_bus().fire(make_event(SWITCH_EVENT_SHUTDOWN));
    end_calls();
    static_cast<void>(modules().unload(modules().name(), true));
    if (is_loaded) server.stop();
    event_bus().stop();
    return port != 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App program{"miniswitch: a test host that loads mod_asr_stream where FreeSWITCH is not installed"};
    describe(program, options);
    CLI11_PARSE(program, argc, argv);
    set_log_level(options.log_level);
    SWITCH_GLOBAL_dirs = {options.configuration.data(), options.grammars.data(), options.scripts.data(),
                          options.sounds.data()};
    set_speed(options.speed);
    modules().set_path(options.module);
    return serve(options);
}
