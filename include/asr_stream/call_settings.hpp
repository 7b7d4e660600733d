#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace asr_stream {

enum class ResultFormat : std::uint8_t { json, nlsml, text };
enum class HangupPolicy : std::uint8_t { drain, discard };
enum class AudioMix : std::uint8_t {
    mono,    ///< the caller alone
    mixed,   ///< caller and callee summed
    stereo,  ///< caller left, callee right
};

/// What the host of a call makes of a profile; the engine itself does not look at it. Names, units, ranges and defaults
/// are in the settings table (settings.hpp) and in docs/configuration.md.
struct CallSettings {
    using milliseconds = std::chrono::milliseconds;

    // one recognition
    bool continuous = false;  ///< every final is handed over, instead of one terminal result
    bool warm = false;        ///< connect when the recognizer is opened, not at its first grammar
    ResultFormat result_format = ResultFormat::json;
    milliseconds no_input_timeout{5000};      ///< 0: none
    milliseconds recognition_timeout{30000};  ///< 0: none
    milliseconds speech_complete_timeout{0};  ///< 0: the service alone tells when an utterance is complete
    bool start_input_timers = true;           ///< false: they start when the host says so
    double confidence_threshold = 0;          ///< 0 to 1; a final below it is no match
    std::size_t max_results = 64;

    // the call
    AudioMix mix = AudioMix::mono;
    bool barge_in = false;
    HangupPolicy on_hangup = HangupPolicy::drain;
    bool event_channel_data = false;
    milliseconds playback_ms{30000};  ///< audio of the service that waits to be played
};

}  // namespace asr_stream
