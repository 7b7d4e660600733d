#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "audio/test_audio.hpp"
#include "audio/window.hpp"

/// What the tests of the window share.
namespace asr_stream::audio::test {

/// Adds `frames` that follow end() by `gap`.
inline Window::Dropped add(Window& window, std::size_t frames, std::size_t gap = 0) {
    const Position position = window.end() + gap;
    return window.append(position, audio_from(position, frames));
}

/// Sends all that is unsent in chunks; returns where each began.
inline std::vector<Position> send_all(Window& window, std::size_t max_frames) {
    std::vector<Position> begins;
    for (auto chunk = window.unsent(max_frames); !chunk.samples.empty(); chunk = window.unsent(max_frames)) {
        EXPECT_EQ(wrong_samples(chunk.position, chunk.samples), 0u) << "at " << chunk.position;
        begins.push_back(chunk.position);
        window.mark_sent(chunk.samples.size());
    }
    return begins;
}

}  // namespace asr_stream::audio::test
