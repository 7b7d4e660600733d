#pragma once

#include <atomic>
#include <cstdint>

#include "freeswitch/playback_queue.hpp"

namespace asr_stream::freeswitch {

/// What the module counts besides the engine; from load to unload. Any thread.
struct Counters {
    using Counter = std::atomic<std::uint64_t>;

    Counter events_published{0};
    Counter events_lost{0};        ///< the switch or the heap had no room for one
    Counter watchdog_ends{0};      ///< streams whose call was gone without a CLOSE
    Counter handles_reclaimed{0};  ///< recognizers whose call was over without a CLOSE
    Counter bugs_refused{0};       ///< the switch refused a media bug
    Counter rate_changes{0};       ///< frames began to come at another rate than the stream's
    Counter barge_ins{0};          ///< playbacks that were broken off
    Counter barge_ins_dropped{0};  ///< too many waited
    Counter results_overflows{0};  ///< recognitions that ended because max-results was reached
    Counter results_coalesced{0};  ///< partials that a later one replaced while they waited for the switch
    Counter results_discarded{0};  ///< results of an earlier recognition, or after a terminal one
    Counter recognitions{0};       ///< begun
    PlaybackTotals playback;       ///< of all playback queues
    Counter events_failed{0};      ///< events whose handling threw
    Counter reloads{0};
    Counter reloads_refused{0};

    static void add(Counter& counter, std::uint64_t value = 1) noexcept {
        counter.fetch_add(value, std::memory_order_relaxed);
    }
};

}  // namespace asr_stream::freeswitch
