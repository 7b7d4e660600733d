// Preloaded into FreeSWITCH behind a sanitizer's library. Modules stay mapped, so that reports can name their frames.
// When the switch has shut down, leaks are looked for and the process ends at once: with a sanitizer in it, the
// destructor of a library that the switch links can wait forever for glibc's lock of locales.

#include <unistd.h>

#include <cstdlib>

extern "C" __attribute__((weak)) void __lsan_do_leak_check();

namespace {

void end(int status, void* /*unused*/) {
    if (__lsan_do_leak_check != nullptr) __lsan_do_leak_check();
    _exit(status);
}

/// Handlers run in reverse order, so that this one runs before the destructors if it is registered after the start.
void register_end() {
    static const int registered = ::on_exit(end, nullptr);
    static_cast<void>(registered);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int dlclose(void* /*handle*/) noexcept {
    register_end();
    return 0;
}
