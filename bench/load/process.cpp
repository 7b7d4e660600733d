#include "load/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace asr_stream::bench {

namespace {

[[noreturn]] void throw_errno(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

std::vector<std::string> environment_with(const std::string& preload) {
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
    if (!preload.empty()) variables.push_back("LD_PRELOAD=" + preload);
    return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

Channel::Channel(Channel&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)}, received_{std::move(other.received_)} {}

Channel& Channel::operator=(Channel&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(received_, other.received_);
    return *this;
}

Channel::~Channel() {
    if (descriptor_ >= 0) close(descriptor_);
}

void Channel::send_line(std::string_view line) {
    std::string text{line};
    text += '\n';
    for (std::string_view left = text; !left.empty();) {
        // write(), because the load run watches send()
        const ssize_t n = write(descriptor_, left.data(), left.size());
        if (n < 0 && errno != EINTR) throw_errno("the other process of the load run is gone");
        if (n > 0) left.remove_prefix(static_cast<std::size_t>(n));
    }
}

std::string Channel::receive_line(milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    for (;;) {
        if (const auto end = received_.find('\n'); end != std::string::npos) {
            std::string line = received_.substr(0, end);
            received_.erase(0, end + 1);
            return line;
        }
        const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
        const int ready = left.count() > 0 ? poll(&waiting, 1, static_cast<int>(left.count())) : 0;
        if (ready == 0) throw std::runtime_error{"no answer within " + std::to_string(timeout.count()) + " ms"};
        char bytes[4096];
        const ssize_t n = ready > 0 ? read(descriptor_, bytes, sizeof bytes) : -1;
        if (n < 0 && errno != EINTR) throw_errno("reading from the other process of the load run");
        if (n == 0) throw std::runtime_error{"the other process of the load run has ended"};
        if (n > 0) received_.append(bytes, static_cast<std::size_t>(n));
    }
}

void Channel::wait_for_end() noexcept {
    char bytes[256];
    while (read(descriptor_, bytes, sizeof bytes) > 0 || errno == EINTR) {
    }
}

ChildProcess::ChildProcess(std::vector<std::string> arguments, const std::string& preload) : name_{arguments.at(0)} {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("socketpair");
    Channel ours{ends[0]};
    const Channel theirs{ends[1]};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], Channel::child_descriptor);

    arguments.insert(arguments.begin(), "load_bench");
    auto environment = environment_with(preload);
    const int error = posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, pointers_to(arguments).data(),
                                  pointers_to(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::system_error{error, std::generic_category(), "starting " + name_};
    channel_ = std::move(ours);
}

ChildProcess::~ChildProcess() {
    { const Channel closing{std::move(channel_)}; }
    static_cast<void>(describe_end());
}

std::string ChildProcess::describe_end() {
    if (pid_ < 0) return {};
    int status = 0;
    bool killed = false;
    for (int waited_ms = 0; waitpid(pid_, &status, WNOHANG) == 0; waited_ms += 5) {
        if (waited_ms >= 10'000 && !std::exchange(killed, true)) kill(pid_, SIGKILL);
        usleep(5'000);
    }
    pid_ = -1;
    if (killed) return "did not end and was killed";
    if (WIFSIGNALED(status)) return "was ended by signal " + std::string{strsignal(WTERMSIG(status))};
    return "ended with status " + std::to_string(WEXITSTATUS(status));
}

std::string ChildProcess::receive_line(milliseconds timeout) {
    try {
        return channel_.receive_line(timeout);
    } catch (const std::exception& error) {
        { const Channel closing{std::move(channel_)}; }
        const std::string end = describe_end();
        throw std::runtime_error{name_ + ": " + error.what() + "; it " + end};
    }
}

std::string ChildProcess::ask(std::string_view line, milliseconds timeout) {
    channel_.send_line(line);
    return receive_line(timeout);
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) throw_errno("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) throw_errno("setrlimit");
}

}  // namespace asr_stream::bench
