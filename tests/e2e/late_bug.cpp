// Preloaded into FreeSWITCH: the media bug of detect_speech is linked to its call only after that was hung up and all
// bugs were removed, as can happen when a script on another thread starts the recognizer while the caller hangs up. The
// recognizer's speech thread then keeps the call from being destroyed, and nobody will ever close it. The file that
// ASR_STREAM_LATE_BUG names appears when the recognizer has begun, so that the call may now be hung up.

#include <dlfcn.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "freeswitch/switch_api.hpp"

namespace {

using namespace std::chrono_literals;

thread_local switch_core_session_t* adding = nullptr;  ///< to this call, by this thread

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

void wait_for_removal(switch_core_session_t* session) {
    if (std::FILE* begun = std::fopen(std::getenv("ASR_STREAM_LATE_BUG"), "w")) std::fclose(begun);
    switch_channel_t* channel = switch_core_session_get_channel(session);
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (switch_channel_up_nosig(channel) != 0 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(10ms);
    std::this_thread::sleep_for(1s);
}

}  // namespace

extern "C" {

SWITCH_DECLARE(switch_status_t)
switch_core_media_bug_add(switch_core_session_t* session, const char* function, const char* target,
                          switch_media_bug_callback_t callback, void* user_data, time_t stop_time,
                          switch_media_bug_flag_t flags, switch_media_bug_t** bug) {
    const bool is_recognizer = function != nullptr && std::string_view{function} == "detect_speech";
    if (is_recognizer && std::getenv("ASR_STREAM_LATE_BUG") != nullptr) adding = session;
    const auto status = next<decltype(switch_core_media_bug_add)>("switch_core_media_bug_add")(
        session, function, target, callback, user_data, stop_time, flags, bug);
    adding = nullptr;
    return status;
}

/// The speech thread is started by the bug's INIT, before the bug is linked.
SWITCH_DECLARE(switch_status_t)
switch_thread_create(switch_thread_t** thread, switch_threadattr_t* attributes, switch_thread_start_t function,
                     void* data, switch_memory_pool_t* pool) {
    const auto status =
        next<decltype(switch_thread_create)>("switch_thread_create")(thread, attributes, function, data, pool);
    if (adding != nullptr) wait_for_removal(adding);
    return status;
}

}  // extern "C"
