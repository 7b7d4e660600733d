#pragma once

#include "audio/ring.hpp"
#include "audio/test_audio.hpp"

/// What the tests of the ring share.
namespace asr_stream::audio::test {

inline std::size_t wrong_samples(const Ring::Piece& piece, std::size_t channels) {
    return wrong_samples(piece.position, piece.samples, channels);
}

/// Pushes `frames` of the audio that belongs at the ring's end.
inline bool push(Ring& ring, std::size_t frames, std::size_t channels = 1) {
    return ring.try_push(audio_from(ring.end(), frames, channels));
}

}  // namespace asr_stream::audio::test
