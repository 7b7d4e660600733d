#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace asr_stream::bench {

/// Samples with the spread of values that speech has.
inline std::vector<std::int16_t> voice(std::size_t samples) {
    std::vector<std::int16_t> audio(samples);
    for (std::size_t i = 0; i < samples; ++i) {
        const double t = 2 * std::numbers::pi * static_cast<double>(i) / 8000;
        audio[i] =
            static_cast<std::int16_t>(6000 * std::sin(150 * t) + 2500 * std::sin(1130 * t) + 900 * std::sin(2710 * t));
    }
    return audio;
}

}  // namespace asr_stream::bench
