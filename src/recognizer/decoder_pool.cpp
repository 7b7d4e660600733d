#include "recognizer/decoder_pool.hpp"

#include <algorithm>
#include <utility>

#include "base/thread_name.hpp"

namespace asr_stream::recognizer {
namespace {

/// A lane's turn, in audio. Longer, and others wait; shorter, and threads do little but take turns.
constexpr std::chrono::milliseconds turn{500};

}  // namespace

DecoderPool::DecoderPool(Settings settings) : settings_{settings} {
    for (unsigned i = 0; i < std::max(settings_.threads, 1u); ++i) threads_.emplace_back([this] { run(); });
}

void DecoderPool::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        ready_.clear();
    }
    wake_.notify_all();
    for (auto& thread : std::exchange(threads_, {})) thread.join();
}

std::shared_ptr<DecoderPool::Lane> DecoderPool::open(std::shared_ptr<PieceHandler> handler,
                                                     std::function<void()> on_room) {
    return std::make_shared<Lane>(*this, std::move(handler), std::move(on_room));
}

bool DecoderPool::is_overloaded() const {
    const std::lock_guard lock{mutex_};
    return stats_.backlog > settings_.max_backlog;
}

DecoderPool::Stats DecoderPool::stats() const {
    const std::lock_guard lock{mutex_};
    return stats_;
}

void DecoderPool::run() {
    name_this_thread("asr-decoder");
    std::unique_lock lock{mutex_};
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
        if (stopping_) return;
        const auto lane = std::move(ready_.front());
        ready_.pop_front();
        work_off(lock, lane);
        lane->is_scheduled_ = !lane->pieces_.empty() && !stopping_;
        if (lane->is_scheduled_) ready_.push_back(lane);
    }
}

/// One turn of a lane. Holds the lock except while a piece is handled.
void DecoderPool::work_off(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Lane>& lane) {
    Duration done{};
    while (!lane->pieces_.empty() && !stopping_ && done < turn) {
        Piece piece = std::move(lane->pieces_.front());
        lane->pieces_.pop_front();
        lock.unlock();
        const auto begin = Clock::now();
        lane->handler_->handle(piece);
        const auto took = std::chrono::duration_cast<Duration>(Clock::now() - begin);
        lock.lock();
        done += piece.duration;
        ++stats_.pieces;
        stats_.audio += piece.duration;
        stats_.busy += took;
        if (lane->is_closed_) return;  // close() took the backlog away
        stats_.backlog -= piece.duration;
        lane->backlog_ -= piece.duration;
        lane->done_ += piece.duration;
        if (lane->pieces_.empty()) lane->busy_since_.reset();
        const bool has_room =
            lane->backlog_ <= settings_.read_ahead / 2 && lane->pieces_.size() <= settings_.read_ahead_pieces / 2;
        if (!lane->wants_room_ || !has_room) continue;
        lane->wants_room_ = false;
        lock.unlock();
        lane->on_room_();
        lock.lock();
    }
}

void DecoderPool::Lane::push(Piece piece) {
    {
        const std::lock_guard lock{pool_.mutex_};
        if (is_closed_ || pool_.stopping_) return;
        if (!busy_since_) {
            busy_since_ = Clock::now();
            done_ = {};
        }
        backlog_ += piece.duration;
        pool_.stats_.backlog += piece.duration;
        pieces_.push_back(std::move(piece));
        if (std::exchange(is_scheduled_, true)) return;
        pool_.ready_.push_back(shared_from_this());
    }
    pool_.wake_.notify_one();
}

void DecoderPool::Lane::close() {
    std::deque<Piece> forgotten;  // freed after the lock is
    const std::lock_guard lock{pool_.mutex_};
    is_closed_ = true;
    wants_room_ = false;
    pool_.stats_.backlog -= std::exchange(backlog_, {});
    busy_since_.reset();
    forgotten.swap(pieces_);
}

bool DecoderPool::Lane::has_room() {
    const std::lock_guard lock{pool_.mutex_};
    const auto& settings = pool_.settings_;
    wants_room_ = !is_closed_ && (backlog_ > settings.read_ahead || pieces_.size() > settings.read_ahead_pieces);
    return !wants_room_;
}

DecoderPool::Duration DecoderPool::Lane::backlog() const {
    const std::lock_guard lock{pool_.mutex_};
    return backlog_;
}

DecoderPool::Duration DecoderPool::Lane::lag(Clock::time_point now) const {
    const std::lock_guard lock{pool_.mutex_};
    if (!busy_since_) return {};
    return std::max(std::chrono::duration_cast<Duration>(now - *busy_since_) - done_, Duration{});
}

}  // namespace asr_stream::recognizer
