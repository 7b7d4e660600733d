#include "thread.hpp"

#include "faults.hpp"
#include "log.hpp"

namespace miniswitch {

bool Thread::start(const std::string& name, std::function<void()> body) {
    if (faults().take(Fault::thread_create_fails)) return false;
    const std::lock_guard guard{mutex_};
    body_ = std::move(body);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    pthread_attr_setstacksize(&attributes, SWITCH_THREAD_STACKSIZE);
#endif
    started_ = pthread_create(&thread_, &attributes, &Thread::run, this) == 0;
    pthread_attr_destroy(&attributes);
    if (started_) pthread_setname_np(thread_, name.substr(0, 15).c_str());
    return started_;
}

void* Thread::run(void* self) {
    static_cast<Thread*>(self)->body_();
    return nullptr;
}

void Thread::join() {
    const std::lock_guard guard{mutex_};
    if (!started_) return;
    pthread_join(thread_, nullptr);
    started_ = false;
}

}  // namespace miniswitch
