#pragma once

#include <asr_stream/call_settings.hpp>
#include <asr_stream/event.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "freeswitch/completion.hpp"

namespace asr_stream::freeswitch {

/// One thing for the switch to fetch.
struct RecognitionResult {
    enum class Kind : std::uint8_t {
        begin_speaking,
        partial,
        final,     ///< continuous: one utterance, more follow
        terminal,  ///< the last of its recognition
    };
    Kind kind{};
    Completion completion;        ///< final and terminal
    Transcript transcript;        ///< empty unless success, success_maxtime or a partial
    std::uint64_t utterance = 0;  ///< 0: of none
    std::uint64_t sequence = 0;   ///< of the stream's event that led to it; 0: a timer did
    std::optional<std::chrono::milliseconds> latency;
    std::chrono::milliseconds gap{};
    bool replayed = false;
};

/// What one recognition goes by.
struct RecognitionSettings {
    bool continuous = false;
    bool interim = true;  ///< partials are handed over
    std::chrono::milliseconds no_input_timeout{};
    std::chrono::milliseconds recognition_timeout{};
    std::chrono::milliseconds speech_complete_timeout{};
    std::chrono::milliseconds stall_timeout{};
    bool start_input_timers = true;
    double confidence_threshold = 0;
    std::size_t max_results = 64;
    bool keys_are_input = false;  ///< a key pressed counts as input for no-input-timeout
};
[[nodiscard]] RecognitionSettings recognition_settings(const CallSettings& call, bool interim,
                                                       std::chrono::milliseconds stall_timeout, bool keys_are_input);

/// The recognitions on one handle of the switch, one after the other: what the switch is to be told, and when. It sees
/// no clock, socket, log or thread; time is the clock of the call's stream, passed in.
///
/// Each start() begins a new recognition (a generation), and what is left of the one before is thrown away, also
/// results of speech that began in it. Single-shot, a recognition gives at most one begin_speaking, then partials, then
/// exactly one terminal result, and nothing after it. Continuous, it gives every final, and a terminal result only when
/// it fails.
///
/// Timers: no-input-timeout runs from the start of the input timers (at the start, or when told) until the caller
/// speaks. recognition-timeout runs from the caller's first speech; where no-input-timeout is off, from the start of
/// the input timers. speech-complete-timeout runs from the last thing heard. Continuous, none runs.
class Recognition {
  public:
    /// Finals beyond max-results that may still arrive after the service's socket is no longer read.
    static constexpr std::size_t arriving_slack = 16;
    /// How much earlier than the start of a recognition its speech may begin: services date speech a little early.
    static constexpr CallTime early_speech{300};
    /// No result comes sooner after its speech began. On a session that went on, what a service without times says so
    /// soon after the start of a recognition is of speech before it.
    static constexpr CallTime soonest_result{200};

    struct Counters {
        std::uint64_t recognitions = 0;
        std::uint64_t partials_coalesced = 0;  ///< replaced before the switch fetched them
        std::uint64_t results_discarded = 0;   ///< of an earlier recognition, or after the terminal result
        std::uint64_t results_overflows = 0;   ///< max-results reached for stall-timeout
    };

    /// A new recognition. `fresh_session`: the service heard nothing of the one before.
    void start(const RecognitionSettings& settings, CallTime now, bool fresh_session);
    /// A recognition that fails before it has begun.
    void start_failed(Completion completion);
    /// Nothing more is handed over until the next start().
    void pause();
    void start_input_timers(CallTime now);
    /// True: a terminal result that is no failure begins the next recognition at once.
    void set_auto_resume(bool on) noexcept { auto_resume_ = on; }

    void on_event(const Event& event, CallTime now);
    void on_key(CallTime now);  ///< a DTMF digit
    void on_time(CallTime now);
    /// When on_time() is due; nothing while no timer runs.
    [[nodiscard]] std::optional<CallTime> deadline() const;

    [[nodiscard]] bool has_result() const noexcept { return partial_ || !waiting_.empty(); }
    [[nodiscard]] std::optional<RecognitionResult> take();

    /// It runs: started, without a terminal result, not paused.
    [[nodiscard]] bool is_active() const noexcept { return active_; }
    /// The service gets the call's audio: from the first start on, also between two recognitions, but not paused.
    [[nodiscard]] bool takes_audio() const noexcept { return !paused_; }
    /// max-results finals wait, so the service's socket should not be read for now.
    [[nodiscard]] bool wants_hold() const noexcept { return full_since_.has_value(); }
    /// The service refused what it was asked, or its stream is over: nothing more will come of this session.
    [[nodiscard]] bool is_session_spent() const noexcept { return spent_; }
    /// The next recognition needs a new session: this one is spent, or a pause cut off an utterance, which the service
    /// would go on with.
    [[nodiscard]] bool needs_new_session() const noexcept { return spent_ || (cut_off_ && open_utterance_ != 0); }

    [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

  private:
    void begin(CallTime now);
    [[nodiscard]] bool is_of_the_past(const Event& event, CallTime now);
    void on_begin_speaking(const Event& event, CallTime now);
    void on_partial(const Event& event, CallTime now);
    void on_final(const Event& event, CallTime now);
    void on_end_speaking(const Event& event, CallTime now);
    void on_error(const Event& event, CallTime now);
    void on_closed(const Event& event, CallTime now);
    void heard_speech(const Event& event, CallTime now);
    void heard_nothing(CallTime now);
    void add_final(RecognitionResult result, CallTime now);
    void finish(Completion completion, CallTime now, RecognitionResult result = {});
    void finish_with_latest(Cause with_text, Cause without_text, CallTime now);
    void arm_input_timers(CallTime now);
    void reset_utterance();
    [[nodiscard]] bool is_rejected(const Transcript& transcript) const;

    RecognitionSettings settings_;
    bool auto_resume_ = false;
    bool active_ = false;
    bool paused_ = true;

    // of this recognition
    CallTime started_{};
    bool fresh_session_ = true;
    bool timers_started_ = false;
    bool speaking_ = false;     ///< speech was heard that has not led to a result yet
    bool said_begin_ = false;   ///< single-shot: in this recognition; continuous: in this utterance
    RecognitionResult latest_;  ///< the last partial with text
    std::optional<CallTime> no_input_at_;
    std::optional<CallTime> too_long_at_;
    std::optional<CallTime> complete_at_;
    std::optional<CallTime> full_since_;

    // of the session
    std::uint64_t done_utterance_ = 0;  ///< highest number whose final was seen
    std::uint64_t open_utterance_ = 0;  ///< heard of, but without final; 0: none
    bool open_has_text_ = false;
    bool cut_off_ = false;              ///< the audio of the open utterance was not all sent
    std::uint64_t past_utterance_ = 0;  ///< up to here all belong to earlier recognitions
    std::optional<Error> last_error_;   ///< since the service was last reached
    bool spent_ = false;

    // for the switch
    std::deque<RecognitionResult> waiting_;
    std::size_t waiting_finals_ = 0;            ///< in waiting_, terminal ones included
    std::optional<RecognitionResult> partial_;  ///< comes after all of waiting_

    Counters counters_;
};

}  // namespace asr_stream::freeswitch
