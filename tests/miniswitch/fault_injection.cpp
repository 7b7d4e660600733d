#include <dlfcn.h>
#include <pthread.h>

#include <cerrno>
#include <cstdlib>
#include <new>

#include "faults.hpp"

namespace {
std::atomic<const void*> begin{nullptr};
std::atomic<const void*> end{nullptr};
}  // namespace

void miniswitch::fail_allocations_of(const void* address) {
    dl_find_object object{};
    if (_dl_find_object(const_cast<void*>(address), &object) != 0) return;
    begin = object.dlfo_map_start;
    end = object.dlfo_map_end;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// The module's calls come here, because the program's symbols go before those of its libraries.
__attribute__((visibility("default"))) void* operator new(std::size_t size) {
    const void* caller = __builtin_return_address(0);
    const bool is_module = caller >= begin && caller < end;
    void* memory = nullptr;
    if (!is_module || !miniswitch::faults().take(miniswitch::Fault::allocation_fails, true)) memory = std::malloc(size);
    if (memory == nullptr) throw std::bad_alloc{};
    return memory;
}
__attribute__((visibility("default"))) void operator delete(void* memory) noexcept { std::free(memory); }
__attribute__((visibility("default"))) void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

extern "C" __attribute__((visibility("default"))) int pthread_create(pthread_t* thread,
                                                                     const pthread_attr_t* attributes,
                                                                     void* (*run)(void*), void* argument) {
    static const auto real = reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
    if (miniswitch::faults().take(miniswitch::Fault::thread_create_fails)) return EAGAIN;
    return real(thread, attributes, run, argument);
}

#endif
