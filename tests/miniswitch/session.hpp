#pragma once

#include <map>

#include "audio.hpp"
#include "event.hpp"
#include "faults.hpp"
#include "locks.hpp"
#include "media_bug.hpp"
#include "speech.hpp"
#include "thread.hpp"

using Variables = std::map<std::string, std::string, miniswitch::NoCase>;

/// The core's memory pool: nothing that the module gets from it returns before it ends.
struct fspr_pool_t {
    [[nodiscard]] void* allocate(std::size_t size);  // zeroed, as the core's
    [[nodiscard]] char* duplicate(std::string_view text);

    std::mutex mutex;
    std::vector<std::unique_ptr<std::byte[]>> blocks;
    void* session = nullptr;
};

/// The signalling side of a call: state, flags, variables. Any thread.
struct switch_channel {
    switch_core_session& session;

    [[nodiscard]] bool is_up() const { return state < CS_HANGUP; }
    [[nodiscard]] bool is_ready(bool with_media) const;
    /// Fires CHANNEL_HANGUP in the calling thread. Only the first call counts.
    void hang_up(const std::string& why);
    void answer();
    void fire(switch_event_types_t id, const Variables& headers = {}) const;
    /// Unique-ID, states, codec; unless it is DETECTED_SPEECH or DTMF, also the variables.
    void add_data(switch_event_t& event) const;

    /// An empty value unsets it.
    void set(const std::string& name, const std::string& value);
    [[nodiscard]] std::string get(std::string_view name, const std::string& otherwise = {}) const;
    [[nodiscard]] bool is_true(std::string_view name) const;
    [[nodiscard]] Variables variables() const;
    [[nodiscard]] bool take_break() { return flags[CF_BREAK].exchange(0) != 0; }
    [[nodiscard]] std::optional<switch_dtmf_t> take_dtmf();

    std::atomic<switch_channel_state_t> state{CS_NEW};
    std::array<std::atomic<std::uint32_t>, CF_FLAG_MAX> flags{};
    mutable std::mutex mutex{};  // of what follows
    Variables values{};
    std::deque<switch_dtmf_t> keys{};
};

/// One call. Its thread runs the application, which reads and writes the call's media; when the application ends, the
/// same thread removes the media bugs, waits until nobody holds the session, and gives it back.
struct switch_core_session {
    switch_core_session(std::string id, miniswitch::Caller voice);

    /// The core's order: application, hang-up, CLOSE of every bug, CHANNEL_HANGUP_COMPLETE, wait, CHANNEL_DESTROY.
    void run(const std::string& application, const std::string& data);
    /// Fails, and leaves the event, when 256 wait.
    [[nodiscard]] bool queue_event(miniswitch::EventPtr& event);
    [[nodiscard]] miniswitch::EventPtr take_event();
    /// One frame from the caller: waits for its time, then READ of every bug. False when the call is over.
    [[nodiscard]] bool read_frame();
    /// As if the caller pressed it: to the recognizer first, then to the channel.
    void receive_dtmf(char digit);
    void fault_at(miniswitch::Place place);

    const std::string uuid;
    fspr_pool_t pool;
    miniswitch::Caller caller;
    switch_channel channel{*this};
    miniswitch::RwLock lock;     // held for reading by whoever uses the session
    miniswitch::RwLock io_lock;  // guards `playing`
    switch_file_handle_t* playing = nullptr;
    std::atomic<miniswitch::Speech*> speech = nullptr;          // the one detect_speech, owned by
    std::vector<std::unique_ptr<miniswitch::Speech>> speeches;  // all there were: given back with the session
    miniswitch::MediaBugs bugs{*this};
    std::mutex events_mutex;
    std::deque<miniswitch::EventPtr> events;
    std::atomic<std::thread::id> thread_id{};
    miniswitch::Thread thread;
};

namespace miniswitch {

struct SessionUnlock {
    void operator()(switch_core_session* session) const { session->lock.unlock(); }
};
using LockedSession = std::unique_ptr<switch_core_session, SessionUnlock>;

/// All calls by their uuid.
class Sessions {
  public:
    /// Starts the call's thread. Null when `file` cannot be read or the thread not made.
    [[nodiscard]] std::shared_ptr<switch_core_session> start(const std::string& file, const Variables& variables,
                                                             const std::string& application, const std::string& data);
    /// Null when the session is ending, or, unless `ending_too`, hung up.
    [[nodiscard]] LockedSession locate(std::string_view uuid, bool ending_too = false);
    /// Hangs all up. False when there was none.
    bool hang_up_all();
    void erase(const switch_core_session& session);
    /// Joins the threads of calls that ended.
    void reap();

  private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<switch_core_session>, std::less<>> running_;
    std::vector<std::shared_ptr<switch_core_session>> ended_;
};

[[nodiscard]] Sessions& sessions();

}  // namespace miniswitch
