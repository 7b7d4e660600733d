#pragma once

#include <asr_stream/error.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <vector>

struct SpeexResamplerState_;

namespace asr_stream::audio {

/// Converts L16 between sample rates (speexdsp). The filter's delay is taken out, so that output sample n belongs to
/// the time of input sample n * in / out. Equal rates pass through. One thread.
class Resampler {
  public:
    static constexpr std::uint32_t min_rate = 8000;
    static constexpr std::uint32_t max_rate = 48000;
    static constexpr std::uint16_t max_channels = 2;
    /// speexdsp's SPEEX_RESAMPLER_QUALITY_VOIP on its scale of 0 to 10. It passes the telephone band (300 to 3400 Hz)
    /// at 8 kHz; 5 would cost one and a half to two times as much.
    static constexpr int quality = 3;

    /// Rates in Hz; channels are interleaved. Errc::invalid_setting says which value is not allowed. The output buffer
    /// comes from `memory`; speexdsp's own state comes from malloc.
    [[nodiscard]] static Result<Resampler> create(std::uint32_t in_rate, std::uint32_t out_rate, std::uint16_t channels,
                                                  std::pmr::memory_resource* memory = std::pmr::get_default_resource());
    /// Valid until the next call. No allocation once a chunk of this size was seen.
    [[nodiscard]] std::span<const std::int16_t> process(std::span<const std::int16_t> samples);
    /// What the filter still holds, at the end of a run of audio: all output of the run together is then
    /// round(input * out / in) sample frames. The next call to process() begins a new run.
    [[nodiscard]] std::span<const std::int16_t> flush();
    /// Forgets what came before, at a gap.
    void reset();
    [[nodiscard]] bool is_passthrough() const noexcept { return state_ == nullptr; }

  private:
    static constexpr std::size_t max_frames_at_once = 1 << 20;  ///< speexdsp counts in 32 bits

    struct Destroy {
        void operator()(SpeexResamplerState_* state) const noexcept;
    };
    using State = std::unique_ptr<SpeexResamplerState_, Destroy>;

    Resampler(State state, std::uint32_t in_rate, std::uint32_t out_rate, std::uint16_t channels,
              std::pmr::memory_resource* memory);
    /// Filters `frames` from `in` into output_ from `filled` on, and returns how far output_ is filled then.
    [[nodiscard]] std::size_t run(const std::int16_t* in, std::size_t frames, std::size_t filled);

    State state_;  ///< none when passing through
    std::uint32_t in_rate_;
    std::uint32_t out_rate_;
    std::uint16_t channels_;
    std::uint64_t frames_in_ = 0;   ///< of this run
    std::uint64_t frames_out_ = 0;  ///< of this run
    std::pmr::vector<std::int16_t> output_;
};

}  // namespace asr_stream::audio
