#pragma once

namespace asr_stream::freeswitch {

class CallStream;

/// The thread of a call reads its media and also plays to it, and the switch opens files without saying for which call.
/// So each thread remembers the stream that it last fed or started. No more than an address: the stream may be gone.
void remember_stream_of_thread(const CallStream* stream) noexcept;
[[nodiscard]] const CallStream* stream_of_thread() noexcept;

}  // namespace asr_stream::freeswitch
