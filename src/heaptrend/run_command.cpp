#include "heaptrend/run_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>

namespace heaptrend {
namespace fs = std::filesystem;
namespace {

constexpr const char* agent_name = "heaptrend-agent.so";

/// The file that a command's name means, by PATH, with symbolic links followed.
Result<fs::path> find_program(const std::string& name) {
    std::vector<fs::path> candidates;
    if (name.find('/') != std::string::npos) {
        candidates.emplace_back(name);
    } else {
        const char* path = std::getenv("PATH");
        std::string_view folders = path != nullptr ? path : "/usr/bin:/bin";
        while (!folders.empty()) {
            const auto end = std::min(folders.find(':'), folders.size());
            candidates.push_back(fs::path{folders.substr(0, end)} / name);
            folders.remove_prefix(std::min(end + 1, folders.size()));
        }
    }
    for (const fs::path& candidate : candidates)
        if (std::error_code error; access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate, error))
            return fs::canonical(candidate, error);
    return fail(Errc::file_not_found, "program " + name);
}

Result<fs::path> find_agent(const std::vector<fs::path>& folders) {
    for (const fs::path& folder : folders)
        if (std::error_code error; fs::exists(folder / agent_name, error)) return folder / agent_name;
    return fail(Errc::unavailable, std::string{agent_name} + " is not beside heaptrend nor installed");
}

Result<fs::path> find_jemalloc() {
    for (const char* path : {"/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", "/usr/lib/i386-linux-gnu/libjemalloc.so.2",
                             "/usr/local/lib/libjemalloc.so.2", "/usr/lib64/libjemalloc.so.2"})
        if (std::error_code error; fs::exists(path, error)) return fs::path{path};
    return fail(Errc::unavailable, "libjemalloc.so.2 (Debian: apt install libjemalloc2)");
}

bool is_elf(const fs::path& path) {
    std::array<char, 4> magic{};
    std::ifstream{path, std::ios::binary}.read(magic.data(), magic.size());
    return std::string_view{magic.data(), magic.size()} ==
           "\x7f"
           "ELF";
}

/// "USR2", "SIGUSR2" or "12"; 0 for none.
Result<int> parse_signal(std::string_view name) {
    if (name.empty()) return 0;
    if (name.starts_with("SIG")) name.remove_prefix(3);
    for (const int number : {SIGHUP, SIGUSR1, SIGUSR2, SIGURG, SIGWINCH, SIGPROF, SIGIO})
        if (name == sigabbrev_np(number) || name == std::to_string(number)) return number;
    return fail(Errc::bad_argument, "signal \"" + std::string{name} + "\": HUP, USR1, USR2, URG, WINCH, PROF or POLL");
}

std::string folder_name(const fs::path& program) {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    std::array<char, 32> time{};
    std::strftime(time.data(), time.size(), "%Y%m%d-%H%M%S", &local);
    return "heaptrend-" + program.filename().string() + "-" + time.data();
}

}  // namespace

std::vector<fs::path> agent_folders() {
    std::error_code error;
    const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path();
    return {beside, beside / "../lib/heaptrend"};
}

Result<RunPlan> plan_run(const RunOptions& options, const std::vector<fs::path>& folders) {
    if (options.command.empty()) return fail(Errc::bad_argument, "no command: heaptrend run [options] -- COMMAND...");
    const auto program = find_program(options.program.empty() ? options.command[0] : options.program);
    if (!program) return tl::unexpected{program.error()};
    if (!is_elf(*program))
        return fail(Errc::bad_argument,
                    program->string() + " is a script: name the program that it starts, --program FILE");
    const auto agent = find_agent(folders);
    if (!agent) return tl::unexpected{agent.error()};
    const auto jemalloc = find_jemalloc();
    if (!jemalloc) return tl::unexpected{jemalloc.error()};
    const auto signal = parse_signal(options.signal);
    if (!signal) return tl::unexpected{signal.error()};
    std::error_code error;
    const fs::path agent_path = fs::canonical(*agent, error);
    // The dynamic linker splits LD_PRELOAD at these and knows no way to quote them (ld.so(8)).
    if (agent_path.string().find_first_of(" :") != std::string::npos)
        return fail(Errc::unavailable, "the agent's path has a blank or a colon: " + agent_path.string());
    RunPlan plan;
    plan.folder = fs::absolute(options.folder.empty() ? folder_name(*program) : options.folder, error);
    fs::create_directories(plan.folder, error);
    if (error) return fail(Errc::file_not_writable, plan.folder.string() + ": " + error.message());
    fs::permissions(plan.folder, fs::perms::owner_all, error);
    const char* preload = std::getenv("LD_PRELOAD");
    const std::string others = preload != nullptr && *preload != '\0' ? std::string{":"} + preload : "";
    plan.environment = {
        {"LD_PRELOAD", agent_path.string() + ":" + jemalloc->string() + others},
        {"MALLOC_CONF", "prof:true,prof_accum:true,prof_prefix:,lg_prof_sample:" + std::to_string(options.lg_sample)},
        {"HEAPTREND_PROGRAM", program->string()},
        {"HEAPTREND_FOLDER", plan.folder.string()},
        {"HEAPTREND_INTERVAL", std::to_string(options.interval)},
        {"HEAPTREND_GROWTH", std::to_string(options.growth_bytes)},
        {"HEAPTREND_SIGNAL", std::to_string(*signal)},
        {"HEAPTREND_MAX_DUMPS", std::to_string(options.max_dumps)},
        {"HEAPTREND_BUDGET", std::to_string(options.budget_percent / 100)}};
    return plan;
}

Error execute(const RunOptions& options, const RunPlan& plan) {
    for (const auto& [name, value] : plan.environment) setenv(name.c_str(), value.c_str(), 1);
    std::vector<std::string> words = options.command;
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    return {Errc::file_unreadable, options.command[0] + ": " + std::strerror(errno)};
}

}  // namespace heaptrend
