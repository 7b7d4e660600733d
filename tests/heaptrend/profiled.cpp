#include "profiled.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

// fontconfig keeps its configuration until FcFini(), which nobody may call while Pango's caches hold fonts.
// Visible, because gcc's LeakSanitizer is a library and looks for it.
extern "C" [[gnu::visibility("default")]] const char* __lsan_default_suppressions() {  // NOLINT: LeakSanitizer's name
    return "leak:libfontconfig";
}

namespace heaptrend::testing {
namespace fs = std::filesystem;
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (std::string& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

/// Our own environment, with the variables in `extra` replaced: programs differ in which of two equal names they take.
std::vector<std::string> environment_with(std::vector<std::string> extra) {
    const std::size_t own = extra.size();
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        const std::string_view name = text.substr(0, text.find('=') + 1);
        bool replaced = false;
        for (std::size_t i = 0; i < own; ++i) replaced |= std::string_view{extra[i]}.substr(0, name.size()) == name;
        if (!replaced) extra.emplace_back(text);
    }
    return extra;
}

pid_t start(std::vector<std::string> command, std::vector<std::string> environment, int output) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (output >= 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    else
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = -1;
    const int failed = posix_spawnp(&child, command[0].c_str(), &actions, nullptr, pointers(command).data(),
                                    pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    return failed == 0 ? child : -1;
}

int wait_for(pid_t child) {
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

Folder::Folder() {
    std::string name = (fs::temp_directory_path() / "heaptrend-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary folder"};
    path_ = name;
}

Folder::~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

fs::path Folder::file(const std::string& name, const std::string& bytes) const {
    std::ofstream{path_ / name, std::ios::binary} << bytes;
    return path_ / name;
}

int run(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
    return wait_for(start(command, environment_with(environment), -1));
}

bool run_and_kill(const std::vector<std::string>& command, const std::function<bool()>& due) {
    const pid_t child = start(command, environment_with({}), -1);
    if (child < 0) return false;
    const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    int status = 0;
    while (!due() && std::chrono::steady_clock::now() < latest)
        if (waitpid(child, &status, WNOHANG) != 0) return false;
    kill(child, SIGKILL);
    return waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

bool has_library(const char* name) {
    void* library = dlopen(name, RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);
    if (library == nullptr) {  // loading an allocator into the test would be unwise: look for the file
        for (const char* folder : {"/usr/lib/x86_64-linux-gnu/", "/usr/lib/", "/usr/local/lib/"})
            if (fs::exists(std::string{folder} + name)) return true;
        return false;
    }
    dlclose(library);
    return true;
}

std::string find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::string_view folders = path != nullptr ? path : "/usr/bin:/bin";
    while (!folders.empty()) {
        const auto end = folders.find(':');
        const fs::path candidate = fs::path{folders.substr(0, end)} / name;
        if (access(candidate.c_str(), X_OK) == 0) return candidate.string();
        folders.remove_prefix(end == std::string_view::npos ? folders.size() : end + 1);
    }
    return {};
}

std::string output_of(const std::vector<std::string>& command) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
    const pid_t child = start(command, environment_with({}), ends[1]);
    close(ends[1]);
    std::string text;
    std::array<char, 4096> piece{};
    for (ssize_t size = 0; (size = read(ends[0], piece.data(), piece.size())) > 0;)
        text.append(piece.data(), static_cast<std::size_t>(size));
    close(ends[0]);
    wait_for(child);
    return text;
}

}  // namespace heaptrend::testing
