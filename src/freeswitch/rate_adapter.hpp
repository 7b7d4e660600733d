#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace asr_stream::freeswitch {

/// Keeps a stream at the rate it began with when a re-INVITE changes the codec's. The media thread only notices the new
/// rate; a filter for it is made by another thread (prepare()), and until it is there samples are interpolated. The
/// call's clock goes on either way.
class RateAdapter {
  public:
    static constexpr std::size_t max_rates = 8;         ///< of one call, apart from its own; more are interpolated
    static constexpr std::size_t frames_at_once = 512;  ///< of input
    static constexpr std::uint32_t max_ratio = 6;       ///< 8 to 48 kHz
    static constexpr std::size_t max_samples_out = (frames_at_once * max_ratio + 1) * 2;

    RateAdapter(std::uint32_t stream_rate, std::uint16_t channels) noexcept;
    ~RateAdapter();
    RateAdapter(const RateAdapter&) = delete;
    RateAdapter& operator=(const RateAdapter&) = delete;

    /// Media thread. Calls `sink` with the samples at the stream's rate, in pieces. No lock, no allocation.
    template <class Sink>
    void convert(std::span<const std::int16_t> samples, std::uint32_t rate, Sink&& sink) noexcept {
        Output output;
        while (!samples.empty()) {
            const auto piece = samples.first(std::min(frames_at_once * channels_, samples.size()));
            sink(convert_piece(piece, rate, output));
            samples = samples.subspan(piece.size());
        }
    }

    /// Any other thread: makes the filter for a rate that the media thread has met. True when there was one to make.
    bool prepare();

  private:
    struct Filter;
    using Samples = std::span<const std::int16_t>;
    using Output = std::array<std::int16_t, max_samples_out>;

    [[nodiscard]] Samples convert_piece(Samples samples, std::uint32_t rate, Output& output) noexcept;
    [[nodiscard]] Samples interpolate(Samples samples, std::uint32_t rate, Output& output) noexcept;
    [[nodiscard]] Filter* filter_for(std::uint32_t rate) const noexcept;

    const std::uint32_t stream_rate_;
    const std::uint16_t channels_;
    std::atomic<std::uint32_t> wanted_rate_{0};
    std::array<std::atomic<Filter*>, max_rates> filters_{};
    std::mutex preparing_;
    std::vector<std::unique_ptr<Filter>> owned_;  ///< guarded by preparing_; none is freed while the call lives

    // Media thread.
    std::uint32_t last_rate_ = 0;
    std::uint64_t phase_ = 0;             ///< of the next output frame behind last_, in 1/stream_rate of an input frame
    std::array<std::int16_t, 2> last_{};  ///< the frame before this piece
};

}  // namespace asr_stream::freeswitch
