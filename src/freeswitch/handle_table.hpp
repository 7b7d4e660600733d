#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace asr_stream::freeswitch {

class AsrHandle;

/// Owns every recognizer from its opening until the switch has closed it, or until it is given up because its call does
/// not exist any more. Any thread; a media thread only for remove(), when it is the last to leave a recognizer that was
/// closed while it fed it.
class HandleTable {
  public:
    using Shared = std::shared_ptr<AsrHandle>;

    void add(Shared handle);
    /// The recognizer dies here, unless somebody else still uses it. Later calls do nothing.
    void remove(const AsrHandle& handle) noexcept;
    [[nodiscard]] std::vector<Shared> all() const;

  private:
    mutable std::mutex mutex_;
    std::unordered_map<const AsrHandle*, Shared> handles_;
};

}  // namespace asr_stream::freeswitch
