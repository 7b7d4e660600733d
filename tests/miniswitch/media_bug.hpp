#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "locks.hpp"
#include "switch.h"

/// One tap on a call's media.
struct switch_media_bug {
    /// Samples of one direction between the media thread and the callback; bounded as the core's 512 KB.
    class Buffer {
      public:
        void write(std::span<const std::int16_t> added);
        [[nodiscard]] std::vector<std::int16_t> take(std::size_t most);
        [[nodiscard]] std::size_t size() const;

      private:
        mutable std::recursive_mutex mutex_;
        std::vector<std::int16_t> samples_;
    };

    switch_core_session& session;
    std::string function;
    std::string target;
    switch_media_bug_callback_t callback;
    void* user_data;
    time_t stop_time;
    std::atomic<std::uint32_t> flags;
    Buffer from_caller;
    Buffer to_caller;
    std::recursive_mutex read_mutex;  // held around READ
};

namespace miniswitch {

/// The taps of one session, with the core's locking: READ and WRITE under the lock for reading; INIT before a bug is
/// linked; CLOSE after it is unlinked, and in remove_all under the lock for writing.
class MediaBugs {
  public:
    explicit MediaBugs(switch_core_session& session) : session_{session} {}

    [[nodiscard]] switch_status_t add(std::unique_ptr<switch_media_bug> bug, switch_media_bug_t** added);
    [[nodiscard]] switch_status_t remove(switch_media_bug_t* bug);
    void remove_all();
    /// The caller's frame to every bug, then those out that returned SWITCH_FALSE.
    void read(std::span<const std::int16_t> frame);
    void write(std::span<const std::int16_t> frame);

  private:
    [[nodiscard]] bool read_one(switch_media_bug& bug, std::span<const std::int16_t> frame);
    void prune();
    [[nodiscard]] std::unique_ptr<switch_media_bug> unlink(const switch_media_bug_t* bug);
    void close(switch_media_bug& bug);
    void fire(switch_event_types_t id, const switch_media_bug& bug) const;

    switch_core_session& session_;
    RwLock lock_;
    std::vector<std::unique_ptr<switch_media_bug>> linked_;
};

}  // namespace miniswitch
