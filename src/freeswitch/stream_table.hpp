#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "freeswitch/door.hpp"

namespace asr_stream::freeswitch {

class CallStream;
class MediaTap;

/// Every stream from its start until its `closed` was published. Any thread; a media thread only for remove_tap(), when
/// it is the last to leave a tap that was closed.
class StreamTable {
  public:
    using Shared = std::shared_ptr<CallStream>;

    /// False when a running stream of the same call has the same name.
    [[nodiscard]] bool add(const Shared& stream);
    void remove(const CallStream& stream) noexcept;

    /// The running (not ending) stream of that call and name; null when there is none.
    [[nodiscard]] Shared find(std::string_view uuid, std::string_view name) const;
    /// The stream at that address; null when it is not in the table, or no stream's address.
    [[nodiscard]] Shared at(const CallStream* address) const;
    /// The running streams of the call, in the order of their start.
    [[nodiscard]] std::vector<Shared> running(std::string_view uuid) const;
    [[nodiscard]] std::vector<Shared> all() const;
    [[nodiscard]] std::size_t size() const;

    /// Remembers who carries the call's audio to a stream until the switch closes it, also when the stream ended
    /// before.
    void add_tap(const Shared& stream, Door<MediaTap> tap);
    void remove_tap(const CallStream& stream) noexcept;
    /// Leads nowhere when there is none.
    [[nodiscard]] Door<MediaTap> tap_of(const CallStream& stream) const noexcept;
    [[nodiscard]] std::vector<Shared> tapped() const;

    /// Whether the last was removed before the time was over.
    [[nodiscard]] bool wait_until_empty(std::chrono::milliseconds time) const;

  private:
    [[nodiscard]] Shared find_locked(std::string_view uuid, std::string_view name) const;

    mutable std::mutex mutex_;
    mutable std::condition_variable removed_;
    struct Tapped {
        Shared stream;
        Door<MediaTap> tap;
    };
    std::unordered_map<const CallStream*, Tapped> taps_;
    std::multimap<std::string, Shared, std::less<>> streams_;  ///< by the call's uuid, in the order of their start
    std::unordered_map<const CallStream*, Shared> by_address_;
};

}  // namespace asr_stream::freeswitch
