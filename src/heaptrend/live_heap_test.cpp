// What a running program's agent tells who asks it.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "heaptrend/commands.hpp"
#include "heaptrend/live_heap.hpp"
#include "heaptrend/watch_command.hpp"
#include "profiled.hpp"

namespace heaptrend {
namespace {

namespace fs = std::filesystem;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// What `find` found within 20 s, or -1.
pid_t wait_for(const std::function<pid_t()>& find) {
    pid_t process = -1;
    for (const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
         process < 0 && std::chrono::steady_clock::now() < deadline; std::this_thread::yield())
        process = find();
    return process;
}

class RunningProgram : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!testing::has_library("libjemalloc.so.2")) GTEST_SKIP() << "libjemalloc2 is not installed";
    }
    [[nodiscard]] std::vector<std::string> leaking_host() const {
        return {HEAPTREND_PROGRAM, "run",         "--output", series().string(),
                "--lg-sample",     "13",          "--",       HEAPTREND_HOST,
                HEAPTREND_PLUGIN,  "plugin_feed", "1000000"};
    }
    [[nodiscard]] fs::path series() const { return folder_.path() / "series"; }
    /// The process of the first series with a socket, once there is one.
    [[nodiscard]] pid_t wait_for_agent() const {
        return wait_for([this]() -> pid_t {
            std::error_code error;
            for (const auto& entry : fs::directory_iterator{series(), error})
                if (fs::exists(entry.path() / "socket", error)) return std::stoi(entry.path().filename().string());
            return -1;
        });
    }
    /// Runs a shell's script that begins by writing its process into the file `pid`.
    [[nodiscard]] std::thread run_script(const std::string& script, std::vector<std::string> words = {},
                                         const std::vector<std::string>& environment = {}) const {
        words.insert(words.begin(),
                     {"sh", "-c", "cd \"$0\"; echo $$ > pid.new; mv pid.new pid; " + script, folder_.path().string()});
        return std::thread{[words, environment] { testing::run(words, environment); }};
    }
    [[nodiscard]] pid_t wait_for_script() const {
        return wait_for([this] {
            pid_t process = -1;
            std::ifstream{folder_.path() / "pid"} >> process;
            return process > 0 ? process : -1;
        });
    }

    Folder folder_;
};

TEST_F(RunningProgram, TellsItsLiveHeapByOwner) {
    std::thread host{[this] { testing::run(leaking_host()); }};
    const pid_t process = wait_for_agent();
    const auto heap = ask_agent(process, 5);
    host.join();
    ASSERT_TRUE(heap) << heap.error().message();
    ASSERT_THAT(heap->owners, Not(IsEmpty()));
    EXPECT_LE(heap->owners.size(), 5U);
    EXPECT_EQ(ask_agent(getpid(), 5).error().code, Errc::unavailable);
}

/// The shell begins the program once something was told of it, when it still had no agent.
TEST_F(RunningProgram, IsAskedAgainByAWatchThatBeganBeforeIt) {
    const std::string told = (folder_.path() / "told").string();
    std::thread script = run_script("while ! [ -s told ]; do sleep 0.02; done; exec \"$@\"", leaking_host());
    std::ofstream out{told};
    std::ostringstream problems;
    WatchCommand command;
    command.process = std::to_string(wait_for_script());
    command.interval = command.heap_interval = 0.1;
    command.json = true;
    const int status = run(command, out, problems);
    out << "{}";  // lets the shell go on where the watch has failed
    out.close();
    script.join();
    ASSERT_EQ(status, exit_ok) << problems.str();
    std::ifstream lines{told};
    std::string line;
    std::getline(lines, line);
    EXPECT_THAT(line, Not(HasSubstr("plugin_feed")));
    bool named = false;
    while (std::getline(lines, line)) named |= line.find("plugin_feed") != std::string::npos;
    EXPECT_TRUE(named);
}

/// Where nobody accepts and the queue is full, as in a process that was stopped for long.
TEST_F(RunningProgram, IsNotWaitedForWhereItDoesNotAccept) {
    std::thread script =
        run_script("while [ -e pid ]; do sleep 0.02; done", {}, {"HEAPTREND_FOLDER=" + series().string()});
    const pid_t process = wait_for_script();
    const fs::path folder = series() / (std::to_string(process) + ".1");
    fs::create_directories(folder);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = (folder / "socket").string();
    ASSERT_LT(name.size(), sizeof address.sun_path);
    std::copy(name.begin(), name.end(), address.sun_path);
    const auto* where = reinterpret_cast<const sockaddr*>(&address);
    std::array<int, 3> sockets{};
    for (int& number : sockets) number = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    EXPECT_EQ(bind(sockets[0], where, sizeof address), 0);
    EXPECT_EQ(listen(sockets[0], 0), 0);
    EXPECT_EQ(connect(sockets[1], where, sizeof address), 0);
    EXPECT_EQ(connect(sockets[2], where, sizeof address), -1);
    EXPECT_EQ(errno, EAGAIN);
    const auto heap = ask_agent(process, 5);
    fs::remove(folder_.path() / "pid");
    script.join();
    for (const int number : sockets) close(number);
    ASSERT_FALSE(heap);
    EXPECT_THAT(heap.error().message(), HasSubstr("does not answer"));
}

}  // namespace
}  // namespace heaptrend
