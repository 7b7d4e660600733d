#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "recognizer/speech_service.hpp"

namespace asr_stream::recognizer {

struct HealthFacts {
    SpeechService& service;
    std::size_t clients_now = 0;
    std::chrono::milliseconds uptime{};
};

/// What the service does and how near it is to its bounds: for people, and for programs.
[[nodiscard]] std::string health_html(const HealthFacts& facts);
[[nodiscard]] std::string health_json(const HealthFacts& facts);

}  // namespace asr_stream::recognizer
