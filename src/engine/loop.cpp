#include "engine/loop.hpp"

#include <algorithm>
#include <cassert>
#include <exception>

#include "base/thread_name.hpp"
#include "engine/stream_driver.hpp"
#include "websocket/connection.hpp"

namespace asr_stream::engine {
namespace {

constexpr std::chrono::seconds time_to_run_out{3};  // of handlers under way when the engine goes

}  // namespace

Loop::Loop(const EngineConfig& config, std::uint32_t connect_rate, LogSink log, std::shared_ptr<Registry> registry)
    : tick_{config.tick},
      log_{std::move(log)},
      registry_{std::move(registry)},
      graveyard_{registry_, log_},
      connects_{connect_rate},
      generator_{std::random_device{}()},
      websockets_{websocket::make_context(context_)},
      work_{boost::asio::make_work_guard(context_)},
      timer_{context_},
      turns_{config.tick, config.batch_streams} {}

Loop::~Loop() { assert(!thread_.joinable()); }

void Loop::start() {
    thread_ = std::thread{[this] { run(); }};
}

void Loop::run() noexcept {
    name_this_thread("asr-loop");
    for (;;) {
        try {
            context_.run();
            break;
        } catch (const std::exception& error) {  // streams stop their own exceptions; the loop goes on whatever comes
            log(LogLevel::error, std::string{"loop: unexpected exception: "} + error.what());
        }
    }
    ran_out_.set_value();
}

void Loop::log(LogLevel level, const std::string& line) const {
    if (log_) log_(level, line);
}

void Loop::add(std::shared_ptr<StreamDriver> stream) {
    boost::asio::post(context_, [this, stream = std::move(stream)] {
        try {
            streams_.push_back(stream);
            by_id_.emplace(stream->id(), stream.get());
            begin_ticking();
        } catch (...) {
            return stream->on_exception(std::current_exception());
        }
        stream->start();
    });
}

StreamDriver* Loop::find(std::uint64_t id) const noexcept {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

void Loop::remove(StreamDriver& stream, bool failed) {
    assert(in_loop_thread());
    by_id_.erase(stream.id());
    ++removed_;
    registry_->ended(*stream.shared(), failed);
}

void Loop::begin_ticking() {
    if (ticking_) return;
    ticking_ = true;
    timer_.expires_after(tick_);
    schedule_tick();
}

void Loop::schedule_tick() {
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) tick();
    });
}

void Loop::tick() {
    try {
        tick_streams();
        const TimePoint now = Clock::now();
        grant_connects(now);
        sweep(now);
    } catch (const std::exception& error) {  // out of memory; what was left undone is done at the next tick
        log_limited(LogTopic::failure, LogLevel::error, Clock::now(), [&] { return std::string{error.what()}; });
    }
    ticking_ = !streams_.empty() || !graveyard_.empty();
    if (!ticking_) return;
    timer_.expires_at(
        std::max(timer_.expiry() + tick_, Clock::now()));  // a late tick does not make all later ones late
    schedule_tick();
}

void Loop::tick_streams() {
    TimePoint now = Clock::now();
    std::size_t worked = 0;
    messages_left_ = messages_per_tick;
    const std::size_t count = streams_.size();  // sinks post, so nothing is added meanwhile
    turns_.begin_tick(count);
    first_ = first_ + 1 < count ? first_ + 1 : 0;
    for (std::size_t i = 0; i < count; ++i) {
        fetch_ahead(i, count);
        StreamDriver& stream = stream_at(i);
        if (!stream.has_work(now, turns_)) continue;
        stream.tick(now);
        if (++worked % streams_per_clock_read == 0) now = Clock::now();
    }
    websocket::send_corked(*websockets_);
}

/// By its place in this tick.
StreamDriver& Loop::stream_at(std::size_t place) const noexcept {
    const std::size_t i = first_ + place;
    return *streams_[i < streams_.size() ? i : i - streams_.size()];
}

/// The parts of one stream are spread out, and cold: two streams' turns are about what fetching some of them takes.
void Loop::fetch_ahead(std::size_t place, std::size_t count) const noexcept {
    if (place + 8 < count) stream_at(place + 8).fetch_object();
    if (place + 6 < count) stream_at(place + 6).fetch_ring();
    if (place + 4 < count) stream_at(place + 4).fetch_parts(turns_);
    if (place + 2 < count) stream_at(place + 2).fetch_ends(turns_);
}

void Loop::grant_connects(TimePoint now) {
    while (const auto turn = connects_.next(now)) {
        StreamDriver* stream = find(turn->stream);
        if (stream == nullptr || !stream->take_turn(turn->session)) connects_.give_back();
    }
}

void Loop::sweep(TimePoint now) {
    if (std::exchange(removed_, 0) > 0) {
        std::erase_if(streams_, [&](std::shared_ptr<StreamDriver>& stream) {
            if (!stream->is_finished()) return false;
            graveyard_.bury(stream->shared(), now);
            return true;
        });
    }
    if (!graveyard_.empty()) graveyard_.sweep(now);
}

void Loop::stop_all() {
    boost::asio::post(context_, [this] {
        const auto streams = streams_;
        for (const auto& stream : streams) stream->stop();
    });
}

void Loop::abort_all() {
    const auto streams = streams_;
    for (const auto& stream : streams) stream->shut_down();
    work_.reset();
}

void Loop::shut_down() {
    assert(!in_loop_thread());
    if (!thread_.joinable()) return;
    boost::asio::post(context_, [this] { abort_all(); });
    if (ran_out_.get_future().wait_for(time_to_run_out) != std::future_status::ready) context_.stop();
    thread_.join();
    timer_.cancel();
    streams_.clear();
}

}  // namespace asr_stream::engine
