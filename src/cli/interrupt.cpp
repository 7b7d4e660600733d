#include "cli/interrupt.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace asr_stream::cli {

Result<std::unique_ptr<Interrupt>> Interrupt::create() {
    std::unique_ptr<Interrupt> interrupt{new Interrupt};
    sigset_t signals{};
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, &interrupt->before_);
    interrupt->fd_ = FileDescriptor{::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!interrupt->fd_) return fail(Errc::internal, std::string{"signalfd: "} + std::strerror(errno));
    return interrupt;
}

Interrupt::~Interrupt() {
    if (fd_) static_cast<void>(count());  // a signal left pending would end the process as soon as it is unblocked
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int Interrupt::count() {
    signalfd_siginfo info{};
    while (::read(fd_.get(), &info, sizeof info) == sizeof info) ++count_;
    return count_;
}

}  // namespace asr_stream::cli
