#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "caller.hpp"
#include "commands.hpp"
#include "event_bus.hpp"
#include "event_socket.hpp"
#include "faults.hpp"
#include "log.hpp"
#include "module.hpp"
#include "playback.hpp"
#include "script.hpp"
#include "session.hpp"
#include "xml.hpp"

namespace {

using namespace miniswitch;

struct Options {
    std::string module;
    std::string listen = "127.0.0.1:8021";
    std::string password = "ClueCon";
    std::string configuration = ".";
    std::string scripts = ".";
    std::string sounds = ".";
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
    program.add_option("--speed", options.speed, "how many times faster than real time")
        ->check(CLI::Range(0.1, 1000.0))
        ->capture_default_str();
    program.add_option("--fault", options.faults, "NAME=VALUE, several times; the command `fault` lists them")
        ->each([](const std::string& assignment) {
            if (const auto error = faults().set(assignment); !error.empty()) throw CLI::ValidationError(error);
        });
    program.add_option("--log", options.log_level, "0 (console) to 7 (debug), to stderr")
        ->check(CLI::Range(0, 7))
        ->capture_default_str();
}

void apply(const Options& options) {
    set_log_level(static_cast<switch_log_level_t>(options.log_level));
    set_configuration_folder(options.configuration);
    set_script_folder(options.scripts);
    set_sound_folder(options.sounds);
    set_speed(options.speed);
    modules().set_path(options.module);
}

// The signals that end the program are taken by the main thread alone.
sigset_t block_signals() {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    return ends;
}

void end_calls() {
    using namespace std::chrono_literals;
    end_scripts();
    const auto deadline = std::chrono::steady_clock::now() + 15s;
    while (!sessions().uuids().empty()) {
        sessions().hang_up_all();
        if (std::chrono::steady_clock::now() > deadline) fatal("calls did not end: somebody holds their sessions");
        std::this_thread::sleep_for(10ms);
    }
    sessions().reap();
}

int serve(const Options& options) {
    const auto ends = block_signals();
    const auto main_thread = pthread_self();
    set_shutdown_action([main_thread] { pthread_kill(main_thread, SIGTERM); });
    if (!event_bus().start()) fatal("no thread for events");
    EventSocket server;
    int code = 1;
    if (const auto error = modules().load(modules().name()); !error.empty()) {
        std::fprintf(stderr, "miniswitch: %s: %s\n", options.module.c_str(), error.c_str());
    } else if (const auto why = server.start(options.listen, options.password); !why.empty()) {
        std::fprintf(stderr, "miniswitch: %s\n", why.c_str());
    } else {
        std::printf("listening on 127.0.0.1:%u\n", server.port());
        std::fflush(stdout);
        int signal = 0;
        sigwait(&ends, &signal);
        code = 0;
    }
    event_bus().fire(make_event(SWITCH_EVENT_SHUTDOWN));
    end_calls();
    modules().shut_down();
    server.stop();
    event_bus().stop();
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App program{"miniswitch: a test host that loads mod_asr_stream where FreeSWITCH is not installed"};
    describe(program, options);
    CLI11_PARSE(program, argc, argv);
    apply(options);
    return serve(options);
}
