#include <algorithm>
#include <asr_stream/engine.hpp>
#include <utility>

#include "engine/loop.hpp"
#include "engine/stream_driver.hpp"
#include "engine/stream_state.hpp"

namespace asr_stream {
namespace {

/// Does nothing when engine or stream are gone.
template <class Action>
void post(const std::shared_ptr<Stream::Shared>& shared, Action action) {
    if (!shared) return;
    if (const auto loop = shared->loop.lock()) loop->post_to(shared->id, std::move(action));
}

}  // namespace

StreamStats Stream::Shared::stats() const noexcept {
    StreamStats stats = counters.snapshot();
    stats.memory_bytes = memory.live();
    stats.memory_peak_bytes = memory.peak();
    stats.memory_refusals = memory.refusals();
    return stats;
}

bool Stream::push(std::span<const std::int16_t> samples) noexcept {
    if (!shared_) return false;
    auto& push = shared_->counters.push;
    if (!push.accepts.load(std::memory_order_relaxed)) return false;
    const std::size_t frames = push.channels == 1 ? samples.size() : samples.size() / push.channels;
    push.pushed_samples.add(frames);
    if (push.paused.load(std::memory_order_relaxed)) {
        shared_->ring.skip(frames);
        push.paused_samples.add(frames);
        return true;
    }
    if (shared_->ring.try_push(samples)) return true;
    push.refused_samples.add(frames);
    return false;
}

void Stream::pause() {
    if (!shared_) return;
    shared_->counters.push.paused.store(true, std::memory_order_relaxed);
    post(shared_, [](engine::StreamDriver& stream) { stream.pause(); });
}

void Stream::resume() {
    if (shared_) shared_->counters.push.paused.store(false, std::memory_order_relaxed);
}

void Stream::send_text(std::string text) {
    post(shared_,
         [text = std::move(text)](engine::StreamDriver& stream) mutable { stream.send_text(std::move(text)); });
}

void Stream::send_dtmf(char digit) {
    post(shared_, [digit](engine::StreamDriver& stream) { stream.send_dtmf(digit); });
}

void Stream::send_mark(std::string name, MarkState state) {
    post(shared_, [name = std::move(name), state](engine::StreamDriver& stream) mutable {
        stream.send_mark(std::move(name), state);
    });
}

void Stream::hold_results(bool hold) {
    post(shared_, [hold](engine::StreamDriver& stream) { stream.hold_results(hold); });
}

void Stream::stop() {
    if (!shared_) return;
    shared_->counters.push.accepts.store(false, std::memory_order_relaxed);
    post(shared_, [](engine::StreamDriver& stream) { stream.stop(); });
}

void Stream::abort() {
    if (!shared_) return;
    shared_->counters.push.accepts.store(false, std::memory_order_relaxed);
    post(shared_, [](engine::StreamDriver& stream) { stream.abort(); });
}

std::size_t Stream::pending_samples() const noexcept {
    if (!shared_) return 0;
    const std::uint64_t taken = shared_->counters.loop.taken_until.get();
    return static_cast<std::size_t>(shared_->ring.end() - std::min(taken, shared_->ring.end()));
}

StreamStats Stream::stats() const { return shared_ ? shared_->stats() : StreamStats{}; }

std::uint64_t Stream::id() const noexcept { return shared_ ? shared_->id : 0; }

bool Stream::is_closed() const noexcept { return shared_ && shared_->closed.load(std::memory_order_acquire); }

}  // namespace asr_stream
