#pragma once

#include <memory>
#include <span>
#include <string>

#include "freeswitch/call_stream.hpp"
#include "freeswitch/door.hpp"
#include "freeswitch/live_object.hpp"
#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {

class Module;
class StreamTable;

/// Carries the audio of one call from a media bug to a stream. It dies when its door is closed: at the bug's CLOSE or,
/// where that never came, when the watchdog takes it back after the call's end.
class MediaTap {
  public:
    [[nodiscard]] static Result<> attach(switch_core_session_t* session, const std::shared_ptr<CallStream>& stream,
                                         const std::shared_ptr<StreamTable>& table);
    /// Removes the stream's media bug, where it has one; its CLOSE has run when this returns.
    static void detach(switch_core_session_t* session, CallStream& stream) noexcept;

    /// Media thread, READ: no lock of ours, no allocation, no log. False asks for removal.
    [[nodiscard]] bool pump(switch_media_bug_t* bug) noexcept;
    /// CLOSE: the stream ends as on-hangup says, unless it was stopped before. Waits for nothing.
    void close() noexcept;
    /// The same for a call that does not exist any more, and should CLOSE come after all, it leads nowhere.
    static void reclaim(const StreamTable& table, CallStream& stream) noexcept;
    /// The door's.
    void let_go() noexcept;

  private:
    MediaTap(std::shared_ptr<CallStream> stream, std::shared_ptr<StreamTable> table) noexcept;
    void deliver(std::span<std::int16_t> samples, const switch_frame_t& frame) noexcept;

    const LiveObject live_;
    const std::shared_ptr<CallStream> stream_;
    const std::shared_ptr<StreamTable> table_;
    std::uint32_t rate_;  ///< of the frame before; media thread
};

/// Takes away what feeds a stream, from outside: its media bug, or the call's recognition. Finds calls that were hung
/// up too. Not from a thread that reads media.
void stop_feeding(CallStream& stream) noexcept;

/// Opens a stream for the call and taps its media, which is set up first (pre-answer) where it is not there yet, as the
/// switch does for every media bug. The session is locked by the caller.
[[nodiscard]] Result<std::shared_ptr<CallStream>> start_media_stream(Module& module, switch_core_session_t* session,
                                                                     Profile profile, std::string name,
                                                                     InterfaceHold hold);

}  // namespace asr_stream::freeswitch
