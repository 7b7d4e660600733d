#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "caller.hpp"
#include "channel.hpp"
#include "faults.hpp"
#include "locks.hpp"
#include "media_bug.hpp"
#include "pool.hpp"
#include "speech.hpp"
#include "thread.hpp"

/// One call. Its thread runs the application, which reads and writes the call's media; when the application ends, the
/// same thread removes the media bugs, waits until nobody holds the session, and gives it back.
struct switch_core_session {
    switch_core_session(std::string id, miniswitch::Caller voice);

    /// The core's order: answer, application, hang-up, CLOSE of every bug, CHANNEL_HANGUP_COMPLETE, wait,
    /// CHANNEL_DESTROY.
    void run(const std::string& application, const std::string& data);

    /// Fails, and destroys nothing, when 256 events wait.
    [[nodiscard]] bool queue_event(miniswitch::EventPtr& event);
    [[nodiscard]] miniswitch::EventPtr take_event();

    /// One frame from the caller: waits for its time, then READ of every bug. False when the call is over.
    [[nodiscard]] bool read_frame();
    void write_frame(std::span<const std::int16_t> samples);
    /// As if the caller pressed it: hooks first, then the channel's queue.
    void receive_dtmf(char digit);

    const std::string uuid;
    fspr_pool_t pool;
    miniswitch::Caller caller;
    switch_channel channel{*this};
    miniswitch::RwLock lock;     // held for reading by whoever uses the session
    miniswitch::RwLock io_lock;  // guards the file being played
    miniswitch::MediaBugs bugs{*this};
    std::vector<std::unique_ptr<miniswitch::Speech>>
        speeches;  // never given back before the session, as the core's pool
    miniswitch::Thread thread;

  private:
    static constexpr std::size_t event_queue_limit = 256;
    std::mutex events_mutex_;
    std::deque<miniswitch::EventPtr> events_;
    std::unique_ptr<miniswitch::Recording> recording_;
};

namespace miniswitch {

/// Hangs the call up when Fault::hangup_at names this point.
void fault_point(switch_core_session& session, Point point);

/// All calls by their uuid.
class Sessions {
  public:
    /// Starts the call's thread. Null when `file` cannot be read or the thread not made.
    [[nodiscard]] std::shared_ptr<switch_core_session> start(const std::string& file,
                                                             const std::map<std::string, std::string>& variables,
                                                             const std::string& application, const std::string& data);
    /// The session, read-locked; null when it is ending, or, unless `ending_too`, hung up.
    [[nodiscard]] switch_core_session* locate(std::string_view uuid, bool ending_too = false);
    [[nodiscard]] std::vector<std::string> uuids() const;
    void hang_up_all();
    void erase(switch_core_session& session);
    /// Joins the threads of calls that ended.
    void reap();

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<switch_core_session>, std::less<>> running_;
    std::vector<std::shared_ptr<switch_core_session>> ended_;
};

[[nodiscard]] Sessions& sessions();

struct SessionUnlock {
    void operator()(switch_core_session* session) const { session->lock.unlock(); }
};
using LockedSession = std::unique_ptr<switch_core_session, SessionUnlock>;

}  // namespace miniswitch
