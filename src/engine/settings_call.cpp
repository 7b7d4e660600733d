#include "engine/settings_builder.hpp"

/// What the host of a call makes of a profile: recognition, events, playback.
namespace asr_stream::engine {
namespace {

constexpr std::uint64_t hour = 3'600'000;

void add_timers(Builder<Profile>& b) {
    b.duration(
        "no-input-timeout", [](auto& p) -> auto& { return p.call.no_input_timeout; }, 0, hour,
        "A recognition ends as no input when no speech began for so long; 0 means never.");
    b.duration(
        "recognition-timeout", [](auto& p) -> auto& { return p.call.recognition_timeout; }, 0, hour,
        "A recognition ends so long after speech began, with what was understood; 0 means never.");
    b.duration(
        "speech-complete-timeout", [](auto& p) -> auto& { return p.call.speech_complete_timeout; }, 0, 60'000,
        "Silence after speech that completes an utterance; 0 leaves that to the service. Also speech-timeout.");
    b.alias("speech-timeout");
    b.boolean(
        "start-input-timers", [](auto& p) -> auto& { return p.call.start_input_timers; },
        "Start no-input-timeout with the recognition; false waits until the script starts it.");
}

void add_results(Builder<Profile>& b) {
    b.choice<ResultFormat>(
        "result-format", [](auto& p) -> auto& { return p.call.result_format; },
        {{"json", ResultFormat::json}, {"nlsml", ResultFormat::nlsml}, {"text", ResultFormat::text}},
        "Form of a recognition's result: JSON, NLSML (RFC 6787), or the words alone.");
    b.decimal(
        "confidence-threshold", [](auto& p) -> auto& { return p.call.confidence_threshold; }, 0, 1,
        "A final of less confidence is no match; finals without a confidence always match.");
    b.number(
        "max-results", "", [](auto& p) -> auto& { return p.call.max_results; }, 1, 10'000,
        "Finals that wait for the script; then no more are read, and after stall-timeout the recognition ends.");
}

}  // namespace

void add_call(Builder<Profile>& b) {
    b.boolean(
        "continuous", [](auto& p) -> auto& { return p.call.continuous; },
        "Hand over every final until the recognition is stopped, instead of one result that ends it.");
    b.boolean(
        "warm", [](auto& p) -> auto& { return p.call.warm; },
        "Connect when the recognizer is opened, not at its first grammar.");
    add_timers(b);
    add_results(b);
    b.choice<AudioMix>(
        "mix", [](auto& p) -> auto& { return p.call.mix; },
        {{"mono", AudioMix::mono}, {"mixed", AudioMix::mixed}, {"stereo", AudioMix::stereo}},
        "The caller alone, caller and callee summed, or the caller left and the callee right.");
    b.boolean(
        "barge-in", [](auto& p) -> auto& { return p.call.barge_in; },
        "Stop what is played to the caller when the caller begins to speak.");
    b.choice<HangupPolicy>(
        "on-hangup", [](auto& p) -> auto& { return p.call.on_hangup; },
        {{"drain", HangupPolicy::drain}, {"discard", HangupPolicy::discard}},
        "When the call ends: wait for the last results, or close at once.");
    b.boolean(
        "event-channel-data", [](auto& p) -> auto& { return p.call.event_channel_data; },
        "Add the channel's data and variables to each event.");
    b.duration(
        "playback-ms", [](auto& p) -> auto& { return p.call.playback_ms; }, 100, 600'000,
        "Audio of the service that waits to be played; beyond it the newest is refused and counted.");
}

}  // namespace asr_stream::engine
