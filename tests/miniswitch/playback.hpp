#pragma once

#include <functional>
#include <string>

#include "switch.h"

/// The loops in which a call's thread reads and writes media, and hands out events and keys, one each per frame.
namespace miniswitch {

/// What happens to events and keys that come meanwhile. Without an argument they stay in their queues. Anything but
/// SWITCH_STATUS_SUCCESS ends the loop.
struct InputCallback {
    std::function<switch_status_t(switch_event_t&)> on_event;
    std::function<switch_status_t(const switch_dtmf_t&)> on_dtmf;
};

/// A sound file, silence_stream://MS, or what a module's file interface gives for its scheme.
[[nodiscard]] switch_status_t play_file(switch_core_session& session, const std::string& file,
                                        const InputCallback* input);
[[nodiscard]] switch_status_t sleep(switch_core_session& session, int milliseconds, const InputCallback* input);
void park(switch_core_session& session);
/// Without a result `result` stays empty. The status is the core's: SUCCESS, GENERR for a refused grammar,
/// NOT_INITALIZED without a recognizer, else FALSE.
[[nodiscard]] switch_status_t play_and_detect_speech(switch_core_session& session, const std::string& file,
                                                     const std::string& engine, const std::string& grammar,
                                                     std::string& result, const InputCallback* input);
/// Whether that key ends a playback, by the variable playback_terminators.
[[nodiscard]] bool is_terminator(const switch_core_session& session, char digit, const std::string& otherwise);

}  // namespace miniswitch
