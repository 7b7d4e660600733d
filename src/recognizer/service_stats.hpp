#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace asr_stream::recognizer {

/// What the service has done so far. Every bound has its counter here. Any thread.
struct ServiceStats {
    using Counter = std::atomic<std::uint64_t>;

    // connections
    Counter connections{0};
    Counter connections_refused{0};  ///< too many connections at once: closed before a byte was read
    Counter http_requests{0};
    Counter failed_handshakes{0};   ///< TLS or HTTP that was none
    Counter clients{0};             ///< WebSockets opened
    Counter clients_refused{0};     ///< max-clients: HTTP 503
    Counter overloaded_clients{0};  ///< max-backlog or max-recognizers: told "overloaded"
    Counter lagging_clients{0};     ///< max-lag: told "overloaded"
    Counter idle_clients{0};        ///< idle-timeout
    Counter long_sessions{0};       ///< max-session
    Counter slow_clients{0};        ///< max-unsent-bytes: did not read what we said; cut
    Counter too_big_messages{0};    ///< max-message-bytes
    Counter reading_paused{0};      ///< read-ahead reached: nothing read from that client for a while

    // messages
    Counter messages{0};
    Counter bad_messages{0};
    Counter ignored_messages{0};  ///< DTMF and text: no concern of a recognizer
    Counter sent_messages{0};

    // recognition
    Counter partials{0};
    Counter finals{0};
    Counter empty_finals{0};
    Counter cut_utterances{0};   ///< max-utterance
    Counter failed_sessions{0};  ///< the recognizer refused
    Counter final_delay_us{0};   ///< from the arrival of the audio that ended the utterance to its final, summed up
    Counter final_delay_max_us{0};

    void add_final_delay(std::chrono::microseconds delay) noexcept {
        const auto value = static_cast<std::uint64_t>(delay.count());
        final_delay_us.fetch_add(value, std::memory_order_relaxed);
        auto highest = final_delay_max_us.load(std::memory_order_relaxed);
        while (value > highest && !final_delay_max_us.compare_exchange_weak(highest, value)) {
        }
    }
};

}  // namespace asr_stream::recognizer
