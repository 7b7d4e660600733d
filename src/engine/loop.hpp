#pragma once

#include <algorithm>
#include <array>
#include <asr_stream/config.hpp>
#include <asr_stream/log.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/log_limiter.hpp"
#include "engine/audio_path.hpp"
#include "engine/connect_limiter.hpp"
#include "engine/counters.hpp"
#include "engine/graveyard.hpp"
#include "engine/registry.hpp"
#include "engine/turns.hpp"

namespace asr_stream::websocket {
class Context;
}

namespace asr_stream::engine {

class StreamDriver;

/// One thread that carries many streams: it drains them on one tick, in their Turns, and runs their connections.
/// Streams stay on it from start to end. Everyone else reaches them by id, so that "already gone" is an ordinary case.
class Loop {
  public:
    using Clock = std::chrono::steady_clock;
    using TimePoint = Clock::time_point;
    /// What keeps failing is logged once a second and loop, with the number held back.
    enum class LogTopic : std::uint8_t { failure, ended, bad_message, dropped, text };

    /// `connect_rate` is this loop's share.
    Loop(const EngineConfig& config, std::uint32_t connect_rate, LogSink log, std::shared_ptr<Registry> registry);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Any thread
    void start();
    void add(std::shared_ptr<StreamDriver> stream);
    /// Calls `action` with the stream on the loop; does nothing when the stream is gone by then.
    template <class Action>
    void post_to(std::uint64_t id, Action action) {
        boost::asio::post(context_, [this, id, action = std::move(action)]() mutable {
            if (StreamDriver* stream = find(id)) action(*stream);
        });
    }
    void stop_all();
    /// Aborts all streams, lets what was under way end, and joins the thread. Not from the loop thread.
    void shut_down();
    [[nodiscard]] const DelayCounters& delays() const noexcept { return delays_; }

    // Loop thread
    [[nodiscard]] bool in_loop_thread() const noexcept { return std::this_thread::get_id() == thread_.get_id(); }
    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] const std::shared_ptr<websocket::Context>& websockets() const noexcept { return websockets_; }
    [[nodiscard]] ConnectLimiter& connects() noexcept { return connects_; }
    [[nodiscard]] DelayCounters& delays() noexcept { return delays_; }
    /// How many messages a stream may send in this tick, and that it sent so many.
    [[nodiscard]] std::size_t messages_allowed() const noexcept {
        return std::clamp(messages_left_, AudioPath::min_messages_per_pump, AudioPath::max_messages_per_pump);
    }
    void messages_sent(std::size_t count) noexcept { messages_left_ -= std::min(messages_left_, count); }
    [[nodiscard]] const Turns& turns() const noexcept { return turns_; }
    [[nodiscard]] double random() { return std::uniform_real_distribution<double>{}(generator_); }  ///< 0 to 1
    /// The stream has sent `closed`: it is found no more, and destroyed once nothing of it is under way.
    void remove(StreamDriver& stream, bool failed);
    void log(LogLevel level, const std::string& line) const;
    /// The same at most once a second for each topic; `line()` makes the text.
    template <class Line>
    void log_limited(LogTopic topic, LogLevel level, TimePoint now, Line&& line) {
        const auto held_back = limiters_[static_cast<std::size_t>(topic)].admit(now);
        if (!held_back) return;
        log(level, *held_back == 0 ? line() : line() + " (" + std::to_string(*held_back) + " more of this kind)");
    }

  private:
    static constexpr std::size_t streams_per_clock_read = 16;
    /// After that streams only get AudioPath::min_messages_per_pump in a tick: when all replay at once after an outage,
    /// a tick must not take longer than the rings last.
    static constexpr std::size_t messages_per_tick = 2000;

    [[nodiscard]] StreamDriver* find(std::uint64_t id) const noexcept;
    void run() noexcept;
    void begin_ticking();
    void schedule_tick();
    void tick();
    void tick_streams();
    [[nodiscard]] StreamDriver& stream_at(std::size_t place) const noexcept;
    void fetch_ahead(std::size_t place, std::size_t count) const noexcept;
    void grant_connects(TimePoint now);
    void sweep(TimePoint now);
    void abort_all();

    const milliseconds tick_;
    const LogSink log_;
    std::shared_ptr<Registry> registry_;
    Graveyard graveyard_;  ///< outlives the io_context and with it every handler
    DelayCounters delays_;
    ConnectLimiter connects_;
    std::mt19937_64 generator_;
    std::array<LogLimiter, 5> limiters_;

    boost::asio::io_context context_{1};
    std::shared_ptr<websocket::Context> websockets_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer timer_;
    bool ticking_ = false;
    std::vector<std::shared_ptr<StreamDriver>> streams_;
    std::unordered_map<std::uint64_t, StreamDriver*> by_id_;
    Turns turns_;
    std::size_t first_ = 0;          ///< of streams_, where this tick begins: another one at each
    std::size_t messages_left_ = 0;  ///< of messages_per_tick
    std::size_t removed_ = 0;        ///< of those in streams_, since the last sweep

    std::thread thread_;
    std::promise<void> ran_out_;
};

}  // namespace asr_stream::engine
