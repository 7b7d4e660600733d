#include "freeswitch/thread_memory.hpp"

namespace asr_stream::freeswitch {
namespace {

// Eight bytes of the room that the C library keeps in each thread for libraries loaded late. Any other model allocates
// at a thread's first access, which would be on a media thread.
thread_local const CallStream* last_stream [[gnu::tls_model("initial-exec")]] = nullptr;

}  // namespace

void remember_stream_of_thread(const CallStream* stream) noexcept { last_stream = stream; }

const CallStream* stream_of_thread() noexcept { return last_stream; }

}  // namespace asr_stream::freeswitch
