#include "cli/load_sink.hpp"

#include <algorithm>

#include "engine/event_json.hpp"

namespace asr_stream::cli {
namespace {

/// `closed` repeats the error that ended the last session, unless it is about the stream as a whole.
bool was_told_before(const Event& event) {
    const std::error_code& code = event.error->code;
    return event.kind == EventKind::closed && code != Errc::reconnects_exhausted && code != Errc::drain_timeout;
}

}  // namespace

void LoadSink::on_event(const Event& event) noexcept {
    if (event.kind == EventKind::partial) return;
    const std::lock_guard lock{mutex_};
    count(event);
}

void LoadSink::count(const Event& event) {
    switch (event.kind) {
        case EventKind::connected: ++events_.connected; break;
        case EventKind::disconnected: ++events_.disconnected; break;
        case EventKind::final:
            ++events_.finals;
            if (!event.latency) break;
            events_.final_latency.record(static_cast<std::uint64_t>(std::max<std::int64_t>(event.latency->count(), 0)) *
                                         1000);
            events_.max_final_latency = std::max(events_.max_final_latency, *event.latency);
            break;
        case EventKind::closed:
            ++events_.closed;
            if (event.error) ++events_.failed;
            if (!event.error && !event.drained) ++events_.not_drained;
            break;
        default: break;
    }
    if (!event.error || was_told_before(event)) return;
    ++events_.errors[engine::code_name(event.error->code)];
    events_.last_error = event.error;
}

LoadEvents LoadSink::events() const {
    const std::lock_guard lock{mutex_};
    return events_;
}

}  // namespace asr_stream::cli
