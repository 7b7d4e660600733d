#include "heaptrend/agent/loader.hpp"

#include <pthread.h>
#include <time.h>

namespace heaptrend::agent {
namespace {

pthread_mutex_t in_use = PTHREAD_MUTEX_INITIALIZER;
thread_local bool fork_holds_it = false;

}  // namespace

void each_module(EachModule visit, void* data) noexcept {
    pthread_mutex_lock(&in_use);
    dl_iterate_phdr(visit, data);
    pthread_mutex_unlock(&in_use);
}

/// No longer than a second: a program may fork where it holds that lock of the loader itself, and is not to be held up.
void before_fork() noexcept {
    timespec deadline{};
    clock_gettime(CLOCK_REALTIME, &deadline);
    ++deadline.tv_sec;
    fork_holds_it = pthread_mutex_timedlock(&in_use, &deadline) == 0;
}

void after_fork_in_parent() noexcept {
    if (fork_holds_it) pthread_mutex_unlock(&in_use);
}

/// Whoever held it, that thread is not here.
void after_fork_in_child() noexcept { in_use = PTHREAD_MUTEX_INITIALIZER; }

}  // namespace heaptrend::agent
