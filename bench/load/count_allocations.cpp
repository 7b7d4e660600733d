// A library for LD_PRELOAD that counts allocations per thread and hands each on to glibc. Timed rounds run without it.

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <atomic>

extern "C" {
// glibc's own names for what is replaced here.
void* __libc_malloc(std::size_t);                 // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t, std::size_t);    // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void*, std::size_t);         // NOLINT(bugprone-reserved-identifier)
void* __libc_memalign(std::size_t, std::size_t);  // NOLINT(bugprone-reserved-identifier)
}

namespace {

std::atomic<std::uint64_t> of_all_threads{0};
// initial-exec: the dynamic model would allocate on its first use.
[[gnu::tls_model("initial-exec")]] thread_local std::uint64_t of_this_thread = 0;

void count() noexcept {
    ++of_this_thread;
    of_all_threads.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

#define ASR_STREAM_EXPORT [[gnu::visibility("default")]]

extern "C" {

ASR_STREAM_EXPORT void* malloc(std::size_t size) {
    count();
    return __libc_malloc(size);
}
ASR_STREAM_EXPORT void* calloc(std::size_t count_of, std::size_t size) {
    count();
    return __libc_calloc(count_of, size);
}
ASR_STREAM_EXPORT void* realloc(void* old, std::size_t size) {
    count();
    return __libc_realloc(old, size);
}
ASR_STREAM_EXPORT void* memalign(std::size_t alignment, std::size_t size) {
    count();
    return __libc_memalign(alignment, size);
}
ASR_STREAM_EXPORT void* aligned_alloc(std::size_t alignment, std::size_t size) {
    count();
    return __libc_memalign(alignment, size);
}
ASR_STREAM_EXPORT int posix_memalign(void** result, std::size_t alignment, std::size_t size) {
    count();
    *result = __libc_memalign(alignment, size);
    return *result == nullptr ? ENOMEM : 0;
}

ASR_STREAM_EXPORT void asr_stream_bench_allocations(std::uint64_t* this_thread, std::uint64_t* all) {
    *this_thread = of_this_thread;
    *all = of_all_threads.load(std::memory_order_relaxed);
}

}  // extern "C"
