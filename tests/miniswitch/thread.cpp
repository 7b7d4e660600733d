#include "thread.hpp"

#include "faults.hpp"

namespace miniswitch {

bool Thread::start(const char* name, std::function<void()> body) {
    if (faults().take(Fault::thread_create_fails)) return false;
    const std::lock_guard guard{mutex_};
    body_ = std::move(body);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    pthread_attr_setstacksize(&attributes, 240 * 1024);
#endif
    const auto run = [](void* self) -> void* { return static_cast<Thread*>(self)->body_(), nullptr; };
    started_ = pthread_create(&thread_, &attributes, run, this) == 0;
    pthread_attr_destroy(&attributes);
    if (started_) pthread_setname_np(thread_, name);
    return started_;
}

void Thread::join() {
    const std::lock_guard guard{mutex_};
    if (started_) pthread_join(thread_, nullptr);
    started_ = false;
}

}  // namespace miniswitch
