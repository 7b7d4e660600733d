#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cli/audio_source.hpp"

namespace asr_stream::cli {

/// The recordings that all simulated calls share; they have one sample rate.
struct LoadAudio {
    std::vector<Recording> recordings;
    std::uint32_t sample_rate = 8000;
    std::size_t pause_samples = 8000;  ///< silence behind each recording
};

/// What one caller says: recording after recording with a pause between them, without end. Calls with different seeds
/// begin in different places.
class LoadCall {
  public:
    LoadCall(std::shared_ptr<const LoadAudio> audio, std::size_t seed);
    /// Fills all of `out` with what comes next.
    void next(std::span<std::int16_t> out);

  private:
    std::shared_ptr<const LoadAudio> audio_;
    std::size_t recording_;
    std::size_t position_;
    std::size_t pause_left_ = 0;
};

}  // namespace asr_stream::cli
