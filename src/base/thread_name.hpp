#pragma once

#include <pthread.h>

#include <cstddef>

namespace asr_stream {

/// What `top -H`, gdb and /proc/PID/task/TID/comm show of the calling thread. Linux keeps 15 characters.
template <std::size_t Size>
void name_this_thread(const char (&name)[Size]) noexcept {
    static_assert(Size <= 16);
    static_cast<void>(pthread_setname_np(pthread_self(), name));  // a thread without a name works as well
}

}  // namespace asr_stream
