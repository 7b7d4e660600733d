#pragma once

#include <asr_stream/error.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace asr_stream::recognizer {

/// What `asr-stream serve` is told. Every bound has a counter in ServiceStats.
struct ServeOptions {
    std::string listen = "127.0.0.1:2700";  ///< address:port, [address]:port; port 0 takes a free one
    std::string tls_certificate{};          ///< PEM chain; wss instead of ws
    std::string tls_key{};                  ///< PEM; empty: it is in tls_certificate
    bool handle_signals = false;            ///< SIGTERM and SIGINT stop the server; twice, at once

    // recognition
    std::string model = "al8k";
    std::string grammar_file{};                            ///< JSGF, for clients that bring no grammar of their own
    std::string language_model_file{};                     ///< instead of the model's own
    std::map<std::string, std::string> language_models{};  ///< by the name that clients ask for
    std::vector<std::string> hints{};                      ///< for clients that bring none
    double hint_weight = 0.5;
    std::chrono::milliseconds endpoint_silence{600};
    std::chrono::milliseconds max_utterance{30'000};
    std::chrono::milliseconds partial_interval{200};

    // bounds
    unsigned threads = 0;  ///< that decode; 0: one a core
    std::size_t max_recognizers = 200;
    std::chrono::milliseconds recognizer_idle{60'000};
    std::size_t max_clients = 1'000;
    std::chrono::milliseconds max_backlog{60'000};  ///< audio that waits to be decoded, of all clients
    std::chrono::milliseconds max_lag{5'000};       ///< of one client behind real time
    std::chrono::milliseconds read_ahead{1'000};    ///< audio of one client that waits; then its socket is not read
    std::chrono::milliseconds idle_timeout{300'000};
    std::chrono::milliseconds max_session{4 * 3'600'000};
    std::size_t max_message_bytes = 1u << 20;
    std::size_t max_unsent_bytes = 1u << 20;  ///< of what a client does not read
    std::chrono::milliseconds stop_timeout{3'000};
};

/// Errc::invalid_setting names the option, its value and what is allowed.
[[nodiscard]] Result<> validate(const ServeOptions& options);

struct ListenAddress {
    std::string host{};
    std::uint16_t port = 0;
};
[[nodiscard]] Result<ListenAddress> parse_listen(const std::string& text);

}  // namespace asr_stream::recognizer
