#pragma once

#include <asr_stream/call_settings.hpp>
#include <asr_stream/error.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace asr_stream {

using std::chrono::milliseconds;

struct TlsConfig {
    std::string ca_file;           ///< PEM; empty means the system's store
    std::string certificate_file;  ///< PEM chain of the client; empty for none
    std::string key_file;          ///< PEM; empty means that it is in certificate_file
    bool verify_peer = true;
    bool verify_hostname = true;
    std::string server_name;  ///< SNI and the name verified; empty means the URL's host
};

enum class AudioFraming { text, binary };  ///< dialect json: base64 in JSON, or binary frames

/// Who tells when the caller speaks: the service's messages, our own voice activity detection, or whoever is first.
enum class SpeechDetection { service, local, both };

/// A URL of the service; each connect chooses one by weight and prefers one that has not just failed.
struct Endpoint {
    std::string url;
    std::uint32_t weight = 1;
};

/// A named set of settings: how to reach one service, in which words to speak to it, and every bound.
/// Names, units, ranges and defaults are in the settings table (settings.hpp) and in docs/configuration.md.
struct Profile {
    std::string name = "default";

    // service
    std::vector<Endpoint> endpoints;
    std::string dialect = "json";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string subprotocol;
    std::string proxy;  ///< http://[user:password@]host:port, or empty
    TlsConfig tls;
    bool permessage_deflate = false;

    // recognition
    std::string language = "en-US";
    bool interim = true;
    std::vector<std::string> hints;
    std::string grammar;   ///< JSGF, or a service's own word for one; empty for open dictation
    std::string metadata;  ///< JSON object as text, handed to the service
    SpeechDetection speech_detection = SpeechDetection::service;

    // audio of the service for the call
    bool playback = false;            ///< false: such messages are counted and dropped
    std::uint32_t playback_rate = 0;  ///< Hz of binary audio messages; 0 means the rate on the wire

    // audio
    AudioFraming audio_format = AudioFraming::text;
    std::uint32_t sample_rate = 0;  ///< Hz on the wire; 0 means the call's rate
    milliseconds frame_ms{20};      ///< audio in one message

    // bounds
    milliseconds ring_ms{500};
    milliseconds queue_ms{5000};
    milliseconds replay_ms{30000};
    milliseconds replay_guard_ms{1500};
    std::size_t max_message_bytes = 262'144;
    std::uint32_t max_finals_per_second = 20;
    milliseconds partial_interval{200};
    std::size_t call_memory_bytes = 2u << 20;
    std::uint32_t reconnect_attempts = 5;
    milliseconds reconnect_backoff{200};
    milliseconds reconnect_backoff_max{5000};
    milliseconds connect_timeout{5000};
    milliseconds stall_timeout{5000};
    milliseconds idle_timeout{60000};
    milliseconds drain_timeout{3000};

    CallSettings call;
};

/// Process-wide settings.
struct EngineConfig {
    std::uint32_t loop_threads = 1;
    std::uint32_t max_streams = 10'000;
    std::uint32_t connect_rate = 500;  ///< new connections a second; more wait their turn
    milliseconds tick{10};             ///< how often a loop drains its streams
    /// From so many streams of a loop on, those with messages of 30 ms and less are drained every 60 ms, so that
    /// several messages leave with one send; 0: never.
    std::uint32_t batch_streams = 50;
    std::size_t event_queue = 20'000;  ///< events that wait to be published; the host's bound
};

/// One stream: the profile it follows and what is known of the call.
struct StreamConfig {
    Profile profile;
    std::string call_id;               ///< the switch's Unique-ID; any text
    std::string name = "default";      ///< several streams may run on one call
    std::uint32_t sample_rate = 8000;  ///< Hz of the audio that is pushed
    std::uint16_t channels = 1;        ///< 1, or 2 interleaved
};

}  // namespace asr_stream
