#include "integration/cli_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <utility>

namespace asr_stream::test {
namespace {

constexpr int longest_ms = 60'000;

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{-1, -1};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        read = ends[0];
        write = ends[1];
    }
    int read = -1;
    int write = -1;
};

void close_end(int& fd) {
    if (fd >= 0) ::close(std::exchange(fd, -1));
}

/// The environment without what would change the child's behaviour.
std::vector<char*> child_environment() {
    static std::string term = "TERM=dumb";
    std::vector<char*> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        if (!text.starts_with("ASR_STREAM_") && !text.starts_with("TERM=")) environment.push_back(*entry);
    }
    environment.push_back(term.data());
    environment.push_back(nullptr);
    return environment;
}

}  // namespace

CliProcess::CliProcess(std::vector<std::string> arguments) { start(arguments, -1); }

CliProcess::CliProcess(std::vector<std::string> arguments, const std::string& out_file) {
    int file = ::open(out_file.c_str(), O_WRONLY | O_CLOEXEC);
    EXPECT_GE(file, 0) << out_file;
    start(arguments, file);
    close_end(file);
}

CliProcess::~CliProcess() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    for (int* fd : {&in_, &out_, &err_}) close_end(*fd);
}

void CliProcess::start(const std::vector<std::string>& arguments, int out_file) {
    ::signal(SIGPIPE, SIG_IGN);  // a child that ends early must not take the test along
    Pipe in;
    Pipe out;
    Pipe err;
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.read, 0);
    posix_spawn_file_actions_adddup2(&actions, out_file >= 0 ? out_file : out.write, 1);
    posix_spawn_file_actions_adddup2(&actions, err.write, 2);
    posix_spawnattr_t attributes{};
    posix_spawnattr_init(&attributes);
    sigset_t defaults{};
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    std::vector<std::string> words{ASR_STREAM_BINARY};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::vector<char*> environment = child_environment();
    EXPECT_EQ(::posix_spawn(&pid_, ASR_STREAM_BINARY, &actions, &attributes, argv.data(), environment.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close_end(in.read);
    close_end(out.write);
    close_end(err.write);
    in_ = in.write;
    out_ = out.read;
    err_ = err.read;
}

void CliProcess::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(in_, bytes.data(), bytes.size());
        if (written <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void CliProcess::close_input() { close_end(in_); }

void CliProcess::signal(int number) const { ::kill(pid_, number); }

bool CliProcess::read_some() {
    std::array<pollfd, 2> waits{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), longest_ms) <= 0) {
        ADD_FAILURE() << "no output and no end of asr-stream for a minute";
        ::kill(pid_, SIGKILL);
        return false;
    }
    const auto take = [](int& fd, short events, std::string& text) {
        if (fd < 0 || events == 0) return;
        std::array<char, 16384> block{};
        const ssize_t got = ::read(fd, block.data(), block.size());
        if (got > 0) text.append(block.data(), static_cast<std::size_t>(got));
        if (got <= 0) close_end(fd);
    };
    take(out_, waits[0].revents, result_.out);
    take(err_, waits[1].revents, result_.err);
    return out_ >= 0 || err_ >= 0;
}

bool CliProcess::wait_for_message(std::string_view part) {
    while (result_.err.find(part) == std::string::npos) {
        if (!read_some()) return false;
    }
    return true;
}

std::string CliProcess::wait_for_output(std::string_view part) {
    for (;;) {
        const std::size_t found = result_.out.find(part);
        const std::size_t end = found == std::string::npos ? found : result_.out.find('\n', found);
        if (end != std::string::npos) return result_.out.substr(found + part.size(), end - found - part.size());
        if (!read_some()) return {};
    }
}

Finished CliProcess::finish() {
    close_input();
    while (read_some()) {
    }
    int status = 0;
    EXPECT_EQ(::waitpid(std::exchange(pid_, -1), &status, 0) > 0, true);
    result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result_;
}

Finished run_cli(std::vector<std::string> arguments) { return CliProcess{std::move(arguments)}.finish(); }

}  // namespace asr_stream::test
