#pragma once

#include <asr_stream/engine.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace asr_stream::freeswitch {

/// What all queues of the module did together, those that are gone included; samples each at the rate they came in. Any
/// thread.
struct PlaybackTotals {
    std::atomic<std::uint64_t> queued_samples{0};
    std::atomic<std::uint64_t> taken_samples{0};
    std::atomic<std::uint64_t> refused_samples{0};
    std::atomic<std::uint64_t> cleared_samples{0};
    std::atomic<std::uint64_t> refused_marks{0};
};

/// Audio of the service that waits to be played to the caller, with the service's marks between it, at the rates the
/// service sent. Any thread; a short mutex, so never from the media thread of a call that does not play it.
///
/// `playback-ms` bounds it: what does not fit is refused, because the caller should hear the sentences that were begun
/// to their end. Marks are answered exactly once: played when the reader comes to them, cleared otherwise.
class PlaybackQueue {
  public:
    using microseconds = std::chrono::microseconds;

    static constexpr std::size_t max_items = 1024;  ///< marks, and runs of audio at one rate
    static constexpr std::uint32_t min_rate = 8000;
    static constexpr std::uint32_t max_rate = 48000;

    struct Stats {
        std::uint64_t queued_samples = 0;  ///< each at the rate it came in
        std::uint64_t taken_samples = 0;
        std::uint64_t refused_samples = 0;    ///< playback-ms or max_items reached, or a rate out of range
        std::uint64_t cleared_samples = 0;    ///< at the service's word, by barge-in, or because nobody played them
        std::uint64_t refused_marks = 0;      ///< max_items reached
        std::chrono::milliseconds waiting{};  ///< now
    };

    /// `totals` may be null.
    explicit PlaybackQueue(std::chrono::milliseconds bound, std::shared_ptr<PlaybackTotals> totals = nullptr) noexcept
        : bound_{bound}, totals_{std::move(totals)} {}
    ~PlaybackQueue();
    PlaybackQueue(const PlaybackQueue&) = delete;
    PlaybackQueue& operator=(const PlaybackQueue&) = delete;

    /// L16, one channel. Returns how many samples were taken, from the first; the rest is refused and counted.
    std::size_t push(std::span<const std::int16_t> samples, std::uint32_t rate);
    /// Nothing when the mark waits for its turn. Otherwise it is to be answered at once: played when no audio is
    /// before it, cleared when it was refused.
    [[nodiscard]] std::optional<MarkState> add_mark(std::string name);
    /// Throws away what waits, at the service's word or because the caller barged in. The marks that are to be answered
    /// as cleared.
    [[nodiscard]] std::vector<std::string> clear();
    /// No more audio comes; what waits is still played.
    void close();

    // The reader's side; one reader at a time.

    /// False when somebody reads already.
    [[nodiscard]] bool claim_reader();
    void release_reader();

    struct Taken {
        std::uint32_t rate = 0;          ///< of the samples appended; 0 when there were none
        bool ended = false;              ///< closed, and nothing waits
        std::uint64_t clears = 0;        ///< how often the queue was cleared: more than last time means forget the rest
        std::vector<std::string> marks;  ///< to be answered as played
    };
    /// Appends up to `most` of audio of one rate to `out`. Does not wait.
    [[nodiscard]] Taken take(std::vector<std::int16_t>& out, microseconds most);

    [[nodiscard]] Stats stats() const;

  private:
    /// A run of samples at one rate, or a mark.
    struct Item {
        std::size_t samples = 0;  ///< at the front of samples_, after those of the items before it
        std::uint32_t rate = 0;   ///< 0: a mark
        std::string mark;
    };

    [[nodiscard]] std::size_t room(std::uint32_t rate) const;
    void count(std::uint64_t Stats::*stat, std::atomic<std::uint64_t> PlaybackTotals::*total,
               std::uint64_t value) noexcept;

    const std::chrono::milliseconds bound_;
    const std::shared_ptr<PlaybackTotals> totals_;
    mutable std::mutex mutex_;
    std::deque<Item> items_;
    std::deque<std::int16_t> samples_;
    microseconds waiting_{};
    bool closed_ = false;
    bool has_reader_ = false;
    std::uint64_t clears_ = 0;
    Stats stats_;
};

}  // namespace asr_stream::freeswitch
