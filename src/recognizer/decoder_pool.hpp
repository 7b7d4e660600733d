#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace asr_stream::recognizer {

/// A step of one client's work.
struct Piece {
    enum class Kind { start, audio, flush, stop };
    Kind kind = Kind::audio;
    std::vector<std::int16_t> samples{};
    std::chrono::microseconds duration{};             ///< of the audio
    std::chrono::steady_clock::time_point arrived{};  ///< at the server
};

/// Does one client's pieces, in order, each on any decoder thread, never two at a time.
class PieceHandler {
  public:
    virtual ~PieceHandler() = default;
    virtual void handle(Piece& piece) noexcept = 0;
};

/// The threads that decode. Many clients share them; each has a lane, a queue of its own, and the lanes take turns.
class DecoderPool {
  public:
    using Clock = std::chrono::steady_clock;
    using Duration = std::chrono::microseconds;

    struct Settings {
        unsigned threads = 1;
        Duration read_ahead = std::chrono::seconds{1};    ///< of one lane; beyond, has_room() is false
        std::size_t read_ahead_pieces = 500;              ///< the same for messages that hold little audio or none
        Duration max_backlog = std::chrono::seconds{60};  ///< of all lanes; beyond, is_overloaded()
    };
    struct Stats {
        Duration backlog{};  ///< audio that waits, of all lanes
        Duration audio{};    ///< decoded so far
        Duration busy{};     ///< thread time that it took
        std::uint64_t pieces = 0;
    };

    class Lane;

    explicit DecoderPool(Settings settings);
    ~DecoderPool() { stop(); }
    DecoderPool(const DecoderPool&) = delete;
    DecoderPool& operator=(const DecoderPool&) = delete;

    /// Lets the pieces under way finish, forgets the rest, joins the threads. Its lanes then take nothing more.
    void stop();

    /// `on_room` is called on a decoder thread when a lane that had no room has some again. The pool outlives the lane.
    [[nodiscard]] std::shared_ptr<Lane> open(std::shared_ptr<PieceHandler> handler, std::function<void()> on_room);

    /// Whether so much audio waits that no new client should be taken.
    [[nodiscard]] bool is_overloaded() const;
    [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
    [[nodiscard]] Stats stats() const;

  private:
    void run();
    void work_off(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Lane>& lane);

    Settings settings_;
    mutable std::mutex mutex_;  ///< guards what follows and the queues of all lanes
    std::condition_variable wake_;
    std::deque<std::shared_ptr<Lane>> ready_;
    Stats stats_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

/// One client's queue. Any thread.
class DecoderPool::Lane : public std::enable_shared_from_this<Lane> {
  public:
    Lane(DecoderPool& pool, std::shared_ptr<PieceHandler> handler, std::function<void()> on_room)
        : pool_{pool}, handler_{std::move(handler)}, on_room_{std::move(on_room)} {}

    void push(Piece piece);
    /// Forgets what waits; nothing more is handled but the piece under way. Its owner calls it before it goes.
    void close();

    /// False while more than read_ahead or read_ahead_pieces wait: whoever reads from the network should pause.
    [[nodiscard]] bool has_room();
    [[nodiscard]] Duration backlog() const;
    /// How much later than real time it is: for how long there was always something to do, minus the audio done in that
    /// time. Zero when nothing waits. A client that sends faster than real time does not count as late.
    [[nodiscard]] Duration lag(Clock::time_point now) const;

  private:
    friend class DecoderPool;

    DecoderPool& pool_;
    std::shared_ptr<PieceHandler> handler_;
    std::function<void()> on_room_;
    // guarded by the pool's mutex
    std::deque<Piece> pieces_;
    Duration backlog_{};
    Duration done_{};  ///< since busy_since_
    std::optional<Clock::time_point> busy_since_;
    bool is_scheduled_ = false;  ///< in ready_, or under way
    bool is_closed_ = false;
    bool wants_room_ = false;
};

}  // namespace asr_stream::recognizer
