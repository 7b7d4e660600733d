#pragma once

#include <asr_stream/error.hpp>
#include <csignal>
#include <memory>

#include "cli/file_descriptor.hpp"

namespace asr_stream::cli {

/// SIGINT and SIGTERM as a descriptor to wait on, in place of their handlers. Made before any thread is started, so
/// that all threads inherit the blocked signals.
class Interrupt {
  public:
    [[nodiscard]] static Result<std::unique_ptr<Interrupt>> create();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    /// How many times the process was told to end, all in all. Does not wait.
    [[nodiscard]] int count();

  private:
    Interrupt() = default;
    sigset_t before_{};
    FileDescriptor fd_;
    int count_ = 0;
};

}  // namespace asr_stream::cli
