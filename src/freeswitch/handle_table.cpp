#include "freeswitch/handle_table.hpp"

#include <utility>

#include "freeswitch/asr_handle.hpp"

namespace asr_stream::freeswitch {

void HandleTable::add(Shared handle) {
    const std::lock_guard lock{mutex_};
    const auto* key = handle.get();
    handles_.emplace(key, std::move(handle));
}

void HandleTable::remove(const AsrHandle& handle) noexcept {
    Shared removed;  // destroyed after the lock is gone
    const std::lock_guard lock{mutex_};
    const auto at = handles_.find(&handle);
    if (at == handles_.end()) return;
    removed = std::move(at->second);
    handles_.erase(at);
}

std::vector<HandleTable::Shared> HandleTable::all() const {
    const std::lock_guard lock{mutex_};
    std::vector<Shared> found;
    found.reserve(handles_.size());
    for (const auto& [key, handle] : handles_) found.push_back(handle);
    return found;
}

}  // namespace asr_stream::freeswitch
