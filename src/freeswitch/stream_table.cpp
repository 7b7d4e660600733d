#include "freeswitch/stream_table.hpp"

#include <algorithm>

#include "freeswitch/call_stream.hpp"

namespace asr_stream::freeswitch {

bool StreamTable::add(const Shared& stream) {
    const std::lock_guard lock{mutex_};
    if (find_locked(stream->uuid(), stream->name())) return false;
    const auto at = streams_.emplace(stream->uuid(), stream);
    try {
        by_address_.emplace(stream.get(), stream);
    } catch (...) {  // in both or in none
        streams_.erase(at);
        throw;
    }
    return true;
}

void StreamTable::remove(const CallStream& stream) noexcept {
    Shared removed;  // destroyed after the lock is gone
    {
        const std::lock_guard lock{mutex_};
        const auto [begin, end] = streams_.equal_range(stream.uuid());
        const auto at = std::find_if(begin, end, [&](const auto& one) { return one.second.get() == &stream; });
        if (at == end) return;
        removed = std::move(at->second);
        streams_.erase(at);
        by_address_.erase(&stream);
    }
    removed_.notify_all();
}

StreamTable::Shared StreamTable::find_locked(std::string_view uuid, std::string_view name) const {
    const auto [begin, end] = streams_.equal_range(uuid);
    const auto at = std::find_if(
        begin, end, [&](const auto& one) { return one.second->name() == name && !one.second->is_ending(); });
    return at == end ? nullptr : at->second;
}

StreamTable::Shared StreamTable::find(std::string_view uuid, std::string_view name) const {
    const std::lock_guard lock{mutex_};
    return find_locked(uuid, name);
}

StreamTable::Shared StreamTable::at(const CallStream* address) const {
    const std::lock_guard lock{mutex_};
    const auto at = by_address_.find(address);
    return at == by_address_.end() ? nullptr : at->second;
}

std::vector<StreamTable::Shared> StreamTable::running(std::string_view uuid) const {
    const std::lock_guard lock{mutex_};
    std::vector<Shared> found;
    const auto [begin, end] = streams_.equal_range(uuid);
    for (auto at = begin; at != end; ++at) {
        if (!at->second->is_ending()) found.push_back(at->second);
    }
    return found;
}

std::vector<StreamTable::Shared> StreamTable::all() const {
    const std::lock_guard lock{mutex_};
    std::vector<Shared> found;
    found.reserve(streams_.size());
    for (const auto& [uuid, stream] : streams_) found.push_back(stream);
    return found;
}

std::size_t StreamTable::size() const {
    const std::lock_guard lock{mutex_};
    return streams_.size();
}

void StreamTable::add_tap(const Shared& stream, Door<MediaTap> tap) {
    const std::lock_guard lock{mutex_};
    taps_.emplace(stream.get(), Tapped{stream, tap});
}

void StreamTable::remove_tap(const CallStream& stream) noexcept {
    Tapped removed;  // the stream is destroyed after the lock is gone
    const std::lock_guard lock{mutex_};
    const auto at = taps_.find(&stream);
    if (at == taps_.end()) return;
    removed = std::move(at->second);
    taps_.erase(at);
}

Door<MediaTap> StreamTable::tap_of(const CallStream& stream) const noexcept {
    const std::lock_guard lock{mutex_};
    const auto at = taps_.find(&stream);
    return at == taps_.end() ? Door<MediaTap>{} : at->second.tap;
}

std::vector<StreamTable::Shared> StreamTable::tapped() const {
    const std::lock_guard lock{mutex_};
    std::vector<Shared> found;
    found.reserve(taps_.size());
    for (const auto& [key, tapped] : taps_) found.push_back(tapped.stream);
    return found;
}

bool StreamTable::wait_until_empty(std::chrono::milliseconds time) const {
    std::unique_lock lock{mutex_};
    return removed_.wait_for(lock, time, [this] { return streams_.empty(); });
}

}  // namespace asr_stream::freeswitch
