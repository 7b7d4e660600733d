#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "locks.hpp"

/// One tap on a call's media.
struct switch_media_bug {
    switch_core_session& session;
    const std::string function;
    const switch_media_bug_callback_t callback;
    void* const user_data;
    std::atomic<std::uint32_t> flags;
    std::vector<std::int16_t> from_caller{};  // of the media thread, as what follows
    std::vector<std::int16_t> to_caller{};
    std::recursive_mutex read_mutex{};  // held around READ
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
    using Owned = std::unique_ptr<switch_media_bug>;
    void read_one(switch_media_bug& bug, std::span<const std::int16_t> frame);
    void close(switch_media_bug& bug);
    void tell(switch_event_types_t id, const switch_media_bug& bug) const;

    switch_core_session& session_;
    RwLock lock_;
    std::vector<Owned> linked_;
    std::vector<Owned> closed_;  ///< as in a session's pool: no bug gets the address of an earlier one
};

}  // namespace miniswitch
