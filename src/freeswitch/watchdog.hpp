#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "freeswitch/call_log.hpp"
#include "freeswitch/counters.hpp"
#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {

class AsrHandle;
class CallStream;
class HandleTable;
class StreamTable;

/// Looks after all streams once a second: ends those whose call is over although nobody said so (the switch can add a
/// media bug behind the last removal of a hang-up, and then no CLOSE comes), and makes the filters of calls whose
/// codec's rate changed. What the switch forgot to close altogether, a media bug's tap or a recognizer, it takes back.
class Watchdog {
  public:
    static constexpr std::chrono::seconds period{1};
    static constexpr int patience = 5;  ///< looks in a row at which the call was gone

    Watchdog(std::shared_ptr<StreamTable> table, std::shared_ptr<HandleTable> handles,
             std::shared_ptr<Counters> counters);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// Ends the thread, and takes back what the switch forgot to close until now. Waits for two seconds at most, and
    /// only where something is not closed.
    void finish_looking();

  private:
    /// The switch stops to find a call a moment before it closes what the call has; between two looks it has.
    static constexpr int least_looks = 2;

    using Missing = std::unordered_map<std::uint64_t, int>;

    void finish() noexcept;
    void run() noexcept;
    void look();
    void look_at_streams();
    void look_at_taps(int looks);
    void look_at_handles();
    void end(CallStream& stream);
    /// False when there is nothing to close.
    [[nodiscard]] bool take_back(AsrHandle& handle, switch_core_session_t* session);

    const std::shared_ptr<StreamTable> table_;
    const std::shared_ptr<HandleTable> handles_;
    const std::shared_ptr<Counters> counters_;
    LogTopic ended_;
    LogTopic given_up_;
    std::uint64_t looks_ = 0;
    // By the stream's id, how often in a row; the thread's own.
    Missing missing_;   ///< the call was hung up
    Missing vanished_;  ///< the call does not exist any more, but the stream's media bug was not closed
    enum class CallState { hung_up, gone };
    std::unordered_map<const AsrHandle*, CallState> lost_;  ///< recognizers whose call was over at the last look
    std::mutex mutex_;
    std::condition_variable finishing_;
    bool is_finishing_ = false;
    std::thread thread_;
};

}  // namespace asr_stream::freeswitch
