#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>

#include "switch.h"
#include "thread.hpp"

namespace miniswitch {

/// One detect_speech of a call: the module's ASR handle, the media bug that feeds it, and the speech thread that takes
/// its results and queues them on the session. Callbacks come in the core's threads and under the core's locks.
class Speech {
  public:
    explicit Speech(switch_core_session& session) : session_{session} {}

    /// `engine` is "module:param". On failure there is nothing to close.
    [[nodiscard]] switch_status_t open(const std::string& engine, const char* destination);
    void close();
    /// Ends the thread without telling the module: its CLOSE was lost.
    void abandon();
    [[nodiscard]] switch_status_t load_grammar(std::string_view grammar, const char* name);
    void set_param(const std::string& name, const std::string& value);
    void feed_dtmf(const switch_dtmf_t& dtmf);

    /// What the core registers as the media bug's callback.
    static switch_bool_t on_media(switch_media_bug_t* bug, void* self, switch_abc_type_t type);

    [[nodiscard]] switch_asr_handle_t& handle() { return handle_; }
    [[nodiscard]] const switch_asr_interface_t& engine() const { return *handle_.asr_interface; }
    void set_fires_events() { fires_events_ = true; }
    switch_media_bug_t* bug = nullptr;

  private:
    [[nodiscard]] switch_status_t engine_open(const char* destination, switch_asr_flag_t& flags);
    void start_thread();
    void run();
    [[nodiscard]] bool deliver_result();
    void queue(const char* type, switch_event_t* headers, const char* body);
    [[nodiscard]] bool read(switch_media_bug_t* bug);
    [[nodiscard]] bool is_over() const;
    void on_close();

    switch_core_session& session_;
    switch_asr_handle_t handle_{};
    std::mutex mutex_;
    std::condition_variable_any result_is_ready_;
    std::atomic<bool> ready_{false};
    std::atomic<bool> abandoned_{false};
    std::atomic<bool> fires_events_{false};
    Thread thread_;
};

/// The operations of detect_speech, by the core's names and results.
[[nodiscard]] switch_status_t detect_speech_init(switch_core_session& session, const std::string& engine,
                                                 const char* destination);
[[nodiscard]] switch_status_t detect_speech(switch_core_session& session, const std::string& engine,
                                            std::string_view grammar, const char* name, const char* destination);
/// grammar, nogrammar, grammaron, grammaroff, grammarsalloff, pause, resume, stop, param, start-input-timers. Nothing
/// happens when no detect_speech is there; what `operation` is not one of these is refused.
[[nodiscard]] switch_status_t detect_speech_control(switch_core_session& session, std::string_view operation,
                                                    const char* first, const char* second);
/// Ends a speech thread whose bug is never closed.
void abandon(switch_media_bug& bug);

}  // namespace miniswitch
