#include "engine/registry.hpp"

#include <new>
#include <string>
#include <utility>

namespace asr_stream::engine {

Result<std::uint64_t> Registry::reserve() {
    const std::lock_guard lock{mutex_};
    if (refusing_) return fail(Errc::shutting_down);
    if (places_ >= max_streams_) {
        ++ended_.streams_refused;
        return fail(Errc::stream_limit, "max-streams=" + std::to_string(max_streams_));
    }
    ++places_;
    return ++last_id_;
}

void Registry::add(SharedStream stream) {
    const std::lock_guard lock{mutex_};
    const std::uint64_t id = stream->id;
    live_.emplace(id, std::move(stream));
    ++ended_.streams_total;
}

void Registry::discard(std::uint64_t id) noexcept {
    const std::lock_guard lock{mutex_};
    if (live_.erase(id) > 0) --ended_.streams_total;
    if (--places_ == 0) emptied_.notify_all();
}

void Registry::ended(const Stream::Shared& stream, bool failed) noexcept {
    const std::lock_guard lock{mutex_};
    auto node = live_.extract(stream.id);
    if (node.empty()) return;
    StreamStats stats = stream.stats();
    stats.memory_bytes = 0;
    add_to(ended_.sum, stats);
    if (failed) ++ended_.streams_failed;
    if (--places_ == 0) emptied_.notify_all();
    try {
        ending_.insert(std::move(node));
    } catch (const std::bad_alloc&) {  // then its last bytes are not in the sum while they live
    }
}

void Registry::forget(const Stream::Shared& stream, std::size_t leaked_bytes) noexcept {
    const std::lock_guard lock{mutex_};
    ending_.erase(stream.id);
    ended_.leaked_bytes += leaked_bytes;
}

void Registry::refuse_new() noexcept {
    const std::lock_guard lock{mutex_};
    refusing_ = true;
}

bool Registry::wait_until_empty(std::chrono::milliseconds time) {
    std::unique_lock lock{mutex_};
    return emptied_.wait_for(lock, time, [this] { return places_ == 0; });
}

EngineStats Registry::stats() const {
    const std::lock_guard lock{mutex_};
    EngineStats stats = ended_;
    stats.streams = live_.size();
    for (const auto& [id, stream] : live_) add_to(stats.sum, stream->stats());
    for (const auto& [id, stream] : ending_) stats.sum.memory_bytes += stream->outstanding_bytes();
    return stats;
}

}  // namespace asr_stream::engine
