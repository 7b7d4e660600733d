#include "leaky_asr/calls.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <vector>

namespace leaky_asr {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr double frame_seconds = 0.02;
constexpr std::size_t frame_samples = 160;
constexpr double most_behind = 5;  // seconds; then the figures would be of another load

/// The service, from its start to the end of this object. It is not to be profiled, so it gets no preloaded libraries.
class Service {
  public:
    explicit Service(const std::string& program) {
        std::array<int, 2> input{};
        std::array<int, 2> output{};
        if (pipe2(input.data(), O_CLOEXEC) != 0 || pipe2(output.data(), O_CLOEXEC) != 0)
            throw std::runtime_error{"no pipe for the service"};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
        std::vector<char*> environment;
        for (char** entry = environ; *entry != nullptr; ++entry)
            if (std::strncmp(*entry, "LD_PRELOAD=", 11) != 0) environment.push_back(*entry);
        environment.push_back(nullptr);
        std::string name = program;
        std::array<char*, 2> arguments{name.data(), nullptr};
        const int failed =
            posix_spawn(&process_, name.c_str(), &actions, nullptr, arguments.data(), environment.data());
        posix_spawn_file_actions_destroy(&actions);
        ::close(input[0]);
        ::close(output[1]);
        input_ = input[1];
        std::array<char, 16> line{};
        const bool answered = failed == 0 && ::read(output[0], line.data(), line.size() - 1) > 0;
        ::close(output[0]);
        if (!answered) throw std::runtime_error{program + " did not start"};
        url_ = "ws://127.0.0.1:" + std::to_string(std::atoi(line.data())) + "/";
    }
    ~Service() {
        ::close(input_);
        if (process_ > 0) waitpid(process_, nullptr, 0);
    }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    [[nodiscard]] const std::string& url() const noexcept { return url_; }

  private:
    pid_t process_ = -1;
    int input_ = -1;
    std::string url_;
};

double resident_megabytes() {
    std::array<char, 128> text{};
    const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    const auto size = ::read(file, text.data(), text.size() - 1);
    ::close(file);
    const char* second = size > 0 ? std::strchr(text.data(), ' ') : nullptr;
    const double pages = second != nullptr ? std::strtod(second, nullptr) : 0;
    return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

/// A tone that differs from frame to frame.
std::array<std::int16_t, frame_samples> audio_of(std::uint64_t frame) {
    std::array<std::int16_t, frame_samples> samples{};
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double time = static_cast<double>(frame * frame_samples + i) / 8000;
        samples[i] = static_cast<std::int16_t>(6000 * std::sin(2 * M_PI * (200 + 40 * std::sin(time)) * time));
    }
    return samples;
}

double number(const char* text, const std::string& option, double least, double most) {
    char* end = nullptr;
    const double value = text != nullptr ? std::strtod(text, &end) : -1;
    if (text == nullptr || end == text || *end != '\0' || !(value >= least && value <= most))
        throw std::runtime_error{option + ": a number from " + std::to_string(static_cast<long>(least)) + " to " +
                                 std::to_string(static_cast<long>(most))};
    return value;
}

/// Calls that end do so spread over their length, so that the load stays even.
class Turnover {
  public:
    explicit Turnover(const Load& load)
        : frames_{static_cast<std::uint64_t>(load.call_seconds / frame_seconds)}, calls_{load.calls} {}
    [[nodiscard]] bool ends(std::size_t call, std::uint64_t frame) const noexcept {
        return frames_ > 0 && frame > 0 && (frame + call * frames_ / calls_) % frames_ == 0;
    }

  private:
    std::uint64_t frames_;
    std::size_t calls_;
};

}  // namespace

Load read_load(int argc, char** argv) {
    Load load;
    for (int i = 1; i < argc; ++i) {
        const std::string option{argv[i]};
        const auto value = [&](double least, double most) {
            const char* text = i + 1 < argc ? argv[++i] : nullptr;
            return number(text, option, least, most);
        };
        if (option == "--calls")
            load.calls = static_cast<std::size_t>(value(1, 2000));
        else if (option == "--seconds")
            load.seconds = value(0, 86'400);
        else if (option == "--call-seconds")
            load.call_seconds = value(1, 86'400);
        else if (option == "--abandon")
            load.abandon = true;
        else if (option == "--quiet")
            load.told_every = 0;
        else
            throw std::runtime_error{option +
                                     " is unknown: --calls N, --seconds N, --call-seconds N, --abandon, --quiet"};
    }
    std::array<char, 4096> own{};
    if (readlink("/proc/self/exe", own.data(), own.size() - 1) <= 0) throw std::runtime_error{"/proc is not mounted"};
    const std::string path{own.data()};
    load.service = path.substr(0, path.rfind('/') + 1) + "leaky_asr_service";
    return load;
}

void run_load(const Load& load, Client& client) {
    const Service service{load.service};
    const Turnover turnover{load};
    for (std::size_t call = 0; call < load.calls; ++call) client.open(call, service.url());
    const auto start = Clock::now();
    double tell_at = 0;
    const auto frames = static_cast<std::uint64_t>(load.seconds / frame_seconds);
    for (std::uint64_t frame = 0; frame < frames; ++frame) {
        const double due = static_cast<double>(frame) * frame_seconds;
        std::this_thread::sleep_until(start + std::chrono::duration_cast<Clock::duration>(Seconds{due}));
        const double behind = Seconds{Clock::now() - start}.count() - due;
        if (behind > most_behind) throw std::runtime_error{"the machine is too slow for this load"};
        if (load.told_every > 0 && due >= tell_at) {
            std::printf("%5.0f s  %zu calls  resident %.1f MB\n", due, load.calls, resident_megabytes());
            std::fflush(stdout);
            tell_at += load.told_every;
        }
        const auto audio = audio_of(frame);
        for (std::size_t call = 0; call < load.calls; ++call) {
            if (turnover.ends(call, frame)) {
                client.close(call);
                client.open(call, service.url());
            }
            if (!client.feed(call, audio.data(), sizeof audio))
                throw std::runtime_error{"call " + std::to_string(call) + " was lost"};
        }
    }
    std::printf("%5.0f s  %zu calls  resident %.1f MB\n", load.seconds, load.calls, resident_megabytes());
    std::fflush(stdout);
    if (load.abandon) std::exit(0);
    for (std::size_t call = 0; call < load.calls; ++call) client.close(call);
}

}  // namespace leaky_asr
