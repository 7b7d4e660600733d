#include "playback.hpp"

#include <algorithm>
#include <charconv>

#include "event_bus.hpp"
#include "playback_source.hpp"
#include "session.hpp"

namespace miniswitch {
namespace {

// One round of a loop before its frame: is there a reason to leave? The order is the core's.
switch_status_t poll(switch_core_session& session, const InputCallback* input) {
    auto& channel = session.channel;
    if (!channel.is_ready(false)) return SWITCH_STATUS_FALSE;
    if (channel.take_break()) return SWITCH_STATUS_BREAK;
    if (input == nullptr) return SWITCH_STATUS_SUCCESS;
    auto status = SWITCH_STATUS_SUCCESS;
    if (const auto dtmf = channel.take_dtmf()) status = input->on_dtmf(*dtmf);
    if (const auto event = session.take_event())
        if (const auto other = input->on_event(*event); other != SWITCH_STATUS_SUCCESS) status = other;
    return status;
}

void fire_playback(const switch_core_session& session, switch_event_types_t id, const std::string& file,
                   switch_status_t status) {
    auto event = make_event(id);
    session.channel.add_data(*event);
    add_header(*event, "Playback-File-Path", file);
    if (id == SWITCH_EVENT_PLAYBACK_STOP)
        add_header(*event, "Playback-Status", status == SWITCH_STATUS_BREAK ? "break" : "done");
    event_bus().fire(std::move(event));
}

switch_status_t play(switch_core_session& session, PlaybackSource& source, const InputCallback* input) {
    std::vector<std::int16_t> frame;
    for (;;) {
        if (const auto status = poll(session, input); status != SWITCH_STATUS_SUCCESS) return status;
        switch (source.next(frame)) {
            case PlaybackSource::Next::end: return SWITCH_STATUS_SUCCESS;
            case PlaybackSource::Next::again: continue;
            case PlaybackSource::Next::frame: break;
        }
        if (!session.read_frame()) return SWITCH_STATUS_FALSE;
        session.write_frame(frame);
    }
}

}  // namespace

switch_status_t play_file(switch_core_session& session, const std::string& file, const InputCallback* input) {
    auto& channel = session.channel;
    if (file.empty() || !channel.is_up() || channel.flag(CF_PROXY_MODE) != 0) return SWITCH_STATUS_FALSE;
    if (!channel.is_ready(true)) channel.flags[CF_EARLY_MEDIA] = 1;
    fault_point(session, Point::play);
    const auto source = PlaybackSource::open(session, file);
    if (source == nullptr) return SWITCH_STATUS_NOTFOUND;
    fire_playback(session, SWITCH_EVENT_PLAYBACK_START, file, SWITCH_STATUS_SUCCESS);
    const auto status = play(session, *source, input);
    fault_point(session, Point::play_end);
    fire_playback(session, SWITCH_EVENT_PLAYBACK_STOP, file, status);
    return status;
}

switch_status_t sleep(switch_core_session& session, int milliseconds, const InputCallback* input) {
    for (int passed = 0;; passed += static_cast<int>(Caller::ptime.count())) {
        if (const auto status = poll(session, passed < milliseconds ? input : nullptr); status != SWITCH_STATUS_SUCCESS)
            return status;
        if (passed >= milliseconds) return SWITCH_STATUS_SUCCESS;
        if (!session.read_frame()) return SWITCH_STATUS_FALSE;
    }
}

void park(switch_core_session& session) {
    auto& channel = session.channel;
    channel.fire(SWITCH_EVENT_CHANNEL_PARK);
    while (channel.is_ready(false) && !channel.take_break() && session.read_frame()) {
        static_cast<void>(channel.take_dtmf());
        if (auto event = session.take_event()) {
            channel.add_data(*event);
            event_bus().fire(std::move(event));
        }
    }
    channel.fire(SWITCH_EVENT_CHANNEL_UNPARK);
}

namespace {

// What play_and_detect_speech makes of events and keys while it plays and waits.
struct Detection {
    switch_core_session& session;
    const InputCallback* original;
    std::string result;
    bool is_done = false;
    bool has_ended = false;  // the recognition itself has, so it need not be paused

    switch_status_t on_event(switch_event_t& event) {
        const std::string_view type = or_empty(header(event, "Speech-Type"));
        if (is_done || event.event_id != SWITCH_EVENT_DETECTED_SPEECH || type.empty()) return SWITCH_STATUS_SUCCESS;
        if (original != nullptr) static_cast<void>(original->on_event(event));
        if (type == "begin-speaking") return SWITCH_STATUS_BREAK;
        if (type == "detected-partial-speech") return SWITCH_STATUS_SUCCESS;
        if (type == "detected-speech") result = or_empty(event.body);
        is_done = has_ended = true;
        original = nullptr;
        return SWITCH_STATUS_BREAK;
    }
    switch_status_t on_dtmf(const switch_dtmf_t& dtmf) {
        if (is_done) return SWITCH_STATUS_SUCCESS;
        auto terminators = session.channel.variable("playback_terminators").value_or("");
        if (same(terminators, "any")) terminators = "1234567890*#";
        if (same(terminators, "none") || terminators.find(dtmf.digit) == std::string::npos)
            return SWITCH_STATUS_SUCCESS;
        result = std::string{"DIGIT: "} + dtmf.digit;
        is_done = true;
        return SWITCH_STATUS_BREAK;
    }
};

bool goes_on(switch_status_t status) { return status == SWITCH_STATUS_SUCCESS || status == SWITCH_STATUS_BREAK; }

// Plays, then waits without a limit of its own: that the recognizer gives a result in time is the module's duty.
switch_status_t play_and_wait(switch_core_session& session, const std::string& file, const InputCallback& input,
                              const Detection& detection) {
    auto status = play_file(session, file, &input);
    if (!goes_on(status)) return SWITCH_STATUS_FALSE;
    if (!detection.is_done) static_cast<void>(detect_speech_control(session, "start-input-timers", nullptr, nullptr));
    while (!detection.is_done && session.channel.is_ready(false)) {
        status = sleep(session, 5000, &input);
        if (!goes_on(status)) return SWITCH_STATUS_FALSE;
    }
    return status;
}

}  // namespace

switch_status_t play_and_detect_speech(switch_core_session& session, const std::string& file, const std::string& engine,
                                       const std::string& grammar, std::string& result, const InputCallback* input) {
    auto status = detect_speech(session, engine, grammar, "", nullptr);
    if (status == SWITCH_STATUS_FALSE) status = SWITCH_STATUS_GENERR;
    const bool is_recognizing = status == SWITCH_STATUS_SUCCESS;
    Detection detection{.session = session, .original = input, .result = {}};
    if (is_recognizing) {
        const InputCallback mine{[&](switch_event_t& event) { return detection.on_event(event); },
                                 [&](const switch_dtmf_t& dtmf) { return detection.on_dtmf(dtmf); }};
        status = play_and_wait(session, file, mine, detection);
        if (!detection.has_ended) static_cast<void>(detect_speech_control(session, "pause", nullptr, nullptr));
        if (session.channel.is_set_true("play_and_detect_speech_close_asr"))
            static_cast<void>(detect_speech_control(session, "stop", nullptr, nullptr));
    }
    result = detection.result;
    return detection.is_done ? SWITCH_STATUS_SUCCESS : status;
}

}  // namespace miniswitch
