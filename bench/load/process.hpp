#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

/// The driver and its children: each design runs in a process of its own, so that CPU and memory are its own.
namespace asr_stream::bench {

using std::chrono::milliseconds;

/// Lines of text over a socket; throws std::runtime_error when the other side is gone or silent for too long.
class Channel {
  public:
    static constexpr int child_descriptor = 3;  ///< where a child finds its end

    explicit Channel(int descriptor) noexcept : descriptor_{descriptor} {}
    Channel(Channel&& other) noexcept;
    Channel& operator=(Channel&& other) noexcept;
    ~Channel();

    void send_line(std::string_view line);
    [[nodiscard]] std::string receive_line(milliseconds timeout);
    /// Waits until the other side has closed.
    void wait_for_end() noexcept;
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  private:
    int descriptor_;
    std::string received_;
};

/// This very program, run again in another role.
class ChildProcess {
  public:
    /// `preload`: a library for LD_PRELOAD, or empty.
    explicit ChildProcess(std::vector<std::string> arguments, const std::string& preload = {});
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    /// Closes the channel, which ends the child; one that does not end within 10 s is killed.
    ~ChildProcess();

    /// Sends a line and returns the answer. A child that ended instead is named with how it ended.
    std::string ask(std::string_view line, milliseconds timeout);
    [[nodiscard]] std::string receive_line(milliseconds timeout);

  private:
    [[nodiscard]] std::string describe_end();

    std::string name_;
    pid_t pid_ = -1;
    Channel channel_{-1};
};

/// Soft limit of descriptors to the hard one.
void raise_descriptor_limit();

}  // namespace asr_stream::bench
