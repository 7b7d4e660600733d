#pragma once

#include <atomic>
#include <condition_variable>
#include <string>

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
    [[nodiscard]] switch_status_t load_grammar(std::string grammar, const char* name);
    /// grammar, nogrammar, grammaron, grammaroff, grammarsalloff, pause, resume, stop, param, start-input-timers.
    void control(const std::string& operation, const char* first, const char* second);
    void set_param(std::string name, const std::string& value);
    void feed_dtmf(const switch_dtmf_t& dtmf);
    void stop();
    /// CLOSE of that bug is lost: if a speech thread belongs to it, that one ends without telling the module.
    static void abandon(const switch_media_bug& bug);

  private:
    static switch_bool_t on_media(switch_media_bug_t* bug, void* self, switch_abc_type_t type);
    [[nodiscard]] bool read();
    void close();
    void on_close();
    void wake();
    void run();
    [[nodiscard]] bool deliver_result();
    void queue(const char* type, const switch_event_t* headers, const char* body);
    [[nodiscard]] bool is_over() const;

    switch_core_session& session_;
    switch_asr_handle_t handle_{};
    switch_asr_interface_t* asr_ = nullptr;
    switch_media_bug_t* bug_ = nullptr;
    std::mutex mutex_;
    std::condition_variable result_is_ready_;
    std::atomic<bool> ready_{false};
    std::atomic<bool> abandoned_{false};
    Thread thread_;
};

/// As the core's: starts one, or loads the grammar into the one that runs and resumes it. NOT_INITALIZED without a
/// recognizer, FALSE for a refused grammar.
[[nodiscard]] switch_status_t detect_speech(switch_core_session& session, const std::string& engine,
                                            const std::string& grammar, const char* name, const char* destination);
/// Without one that runs nothing happens.
void detect_speech_control(switch_core_session& session, const std::string& operation, const char* first = nullptr,
                           const char* second = nullptr);

}  // namespace miniswitch
