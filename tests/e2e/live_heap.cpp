// Preloaded into a switch: keeps the number of heap bytes in use, to the byte, in the first eight bytes of the file
// that the environment variable ASR_STREAM_LIVE_HEAP names, where the suite reads it. The resident size is no
// substitute: it moves by pages and never says what an allocator keeps for itself.

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);
}

namespace {

using Counter = std::atomic<std::int64_t>;
static_assert(Counter::is_always_lock_free);

Counter before_main{0};
std::atomic<Counter*> live{&before_main};

void add(std::int64_t bytes) noexcept {
    live.load(std::memory_order_relaxed)->fetch_add(bytes, std::memory_order_relaxed);
}

std::int64_t size_of(void* memory) noexcept {
    return memory == nullptr ? 0 : static_cast<std::int64_t>(malloc_usable_size(memory));
}

void* counted(void* memory) noexcept {
    add(size_of(memory));
    return memory;
}

/// Runs before the switch has a second thread.
__attribute__((constructor)) void publish() {
    const char* path = std::getenv("ASR_STREAM_LIVE_HEAP");
    if (path == nullptr) return;
    const int file = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return;
    if (::ftruncate(file, sizeof(Counter)) == 0) {
        void* memory = ::mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (memory != MAP_FAILED) live.store(new (memory) Counter{before_main.load()});
    }
    ::close(file);
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

void* malloc(std::size_t size) { return counted(__libc_malloc(size)); }
void* calloc(std::size_t count, std::size_t size) { return counted(__libc_calloc(count, size)); }
void* memalign(std::size_t alignment, std::size_t size) { return counted(__libc_memalign(alignment, size)); }
void* aligned_alloc(std::size_t alignment, std::size_t size) { return counted(__libc_memalign(alignment, size)); }

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
    void* made = counted(__libc_memalign(alignment, size));
    if (made == nullptr) return ENOMEM;
    *memory = made;
    return 0;
}

void* realloc(void* memory, std::size_t size) {
    const auto before = size_of(memory);
    void* made = __libc_realloc(memory, size);
    if (made != nullptr || size == 0) add(size_of(made) - before);
    return made;
}

void free(void* memory) {
    add(-size_of(memory));
    __libc_free(memory);
}

}  // extern "C"
#pragma GCC visibility pop
