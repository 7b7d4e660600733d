#include "cli/downmix.hpp"

#include <algorithm>
#include <numeric>

namespace asr_stream::cli {

void downmix(std::span<const std::int16_t> interleaved, std::size_t channels, std::optional<std::uint16_t> channel,
             std::span<std::int16_t> out) {
    const std::size_t frames = std::min(interleaved.size() / channels, out.size());
    for (std::size_t i = 0; i < frames; ++i) {
        const auto frame = interleaved.subspan(i * channels, channels);
        const std::int64_t sum =
            channel ? frame[*channel] : std::accumulate(frame.begin(), frame.end(), std::int64_t{0});
        out[i] = static_cast<std::int16_t>(sum / (channel ? 1 : static_cast<std::int64_t>(channels)));
    }
}

}  // namespace asr_stream::cli
