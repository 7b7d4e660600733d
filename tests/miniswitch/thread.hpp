#pragma once

#include <pthread.h>

#include <functional>
#include <mutex>

namespace miniswitch {

/// A thread with the stack that the core gives its threads (240 KB; the system's default under a sanitizer, whose
/// frames are larger). Joined when it is destroyed.
class Thread {
  public:
    Thread() = default;
    ~Thread() { join(); }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

    /// False when the system, or Fault::thread_create_fails, refuses.
    [[nodiscard]] bool start(const char* name, std::function<void()> body);
    void join();

  private:
    std::mutex mutex_;  // a thread may be joined by another before start() has returned
    std::function<void()> body_;
    pthread_t thread_{};
    bool started_ = false;
};

}  // namespace miniswitch
