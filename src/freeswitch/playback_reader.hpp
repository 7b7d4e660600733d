#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/resampler.hpp"
#include "freeswitch/playback_queue.hpp"

namespace asr_stream::freeswitch {

/// Plays a queue at one rate: converts what the service sent, and gives silence while nothing waits. One thread, that
/// of the host which plays; the loop thread converts nothing.
class PlaybackReader {
  public:
    /// Nothing when somebody plays the queue already. `rate` within the queue's rates.
    [[nodiscard]] static std::optional<PlaybackReader> create(std::shared_ptr<PlaybackQueue> queue, std::uint32_t rate);

    /// Fills `out`, and appends the names of the marks that were reached to `played`. Less than asked, or nothing, only
    /// when the queue is closed and all of it was played.
    [[nodiscard]] std::size_t read(std::span<std::int16_t> out, std::vector<std::string>& played);

  private:
    struct Release {
        void operator()(PlaybackQueue* queue) const noexcept { queue->release_reader(); }
    };

    PlaybackReader(std::shared_ptr<PlaybackQueue> queue, std::uint32_t rate) noexcept
        : queue_{std::move(queue)}, claim_{queue_.get()}, rate_{rate} {}

    /// Takes up to `frames` more into ready_. False when nothing waits; `ended_` tells whether more may come.
    [[nodiscard]] bool fetch(std::size_t frames, std::vector<std::string>& played);
    void convert(std::uint32_t rate);
    /// What the filter still holds belongs to the audio that is over.
    void finish_run();
    void append(std::span<const std::int16_t> samples) { ready_.insert(ready_.end(), samples.begin(), samples.end()); }

    std::shared_ptr<PlaybackQueue> queue_;
    std::unique_ptr<PlaybackQueue, Release> claim_;  ///< the right to read it
    std::uint32_t rate_;
    std::uint32_t source_rate_ = 0;  ///< what resampler_ converts from
    std::optional<audio::Resampler> resampler_;
    std::vector<std::int16_t> taken_;
    std::vector<std::int16_t> ready_;  ///< at rate_, not given out yet
    std::uint64_t clears_ = 0;
    bool in_run_ = false;  ///< the filter holds audio that is not out yet
    bool ended_ = false;
};

}  // namespace asr_stream::freeswitch
