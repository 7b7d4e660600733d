#include "audio/send_map.hpp"

#include <algorithm>
#include <iterator>
#include <new>

namespace asr_stream::audio {
namespace {

constexpr std::size_t first_runs = 8;
constexpr std::size_t first_stamps = 20;

/// The last element that begins at or before `offset`; end() when all begin after it.
template <class Buffer>
typename Buffer::const_iterator last_from(const Buffer& buffer, std::uint64_t offset) noexcept {
    const auto after =
        std::upper_bound(buffer.begin(), buffer.end(), offset,
                         [](std::uint64_t value, const auto& element) { return value < element.offset; });
    return after == buffer.begin() ? buffer.end() : std::prev(after);
}

}  // namespace

SendMap::SendMap(std::pmr::memory_resource* memory, std::size_t max_runs)
    : max_runs_{std::max<std::size_t>(max_runs, 1)},
      runs_{std::min(first_runs, max_runs_), memory},
      exact_{exact_sends, memory},
      stamps_{first_stamps, memory} {}

void SendMap::clear() noexcept {
    frames_sent_ = 0;
    first_ = 0;
    end_ = 0;
    runs_.clear();
    exact_.clear();
    stamps_.clear();
}

void SendMap::sent(Position position, std::size_t frames, std::int64_t when_ns) noexcept {
    if (frames == 0) return;
    if (frames_sent_ == 0) first_ = position;
    if (runs_.empty() || position != end_) push(runs_, {frames_sent_, position}, max_runs_);
    if (exact_.full()) keep_stamp(exact_.front());
    exact_.push_back({frames_sent_, when_ns});
    frames_sent_ += frames;
    end_ = position + frames;
}

Position SendMap::to_call(std::uint64_t offset) const noexcept {
    if (offset >= frames_sent_) return end_;
    const auto run = last_from(runs_, offset);
    // No gap moves a position back, so it is not earlier than without any.
    if (run == runs_.end()) return first_ + offset;
    return run->position + (offset - run->offset);
}

Position SendMap::end_to_call(std::uint64_t offset) const noexcept {
    if (offset > frames_sent_) return end_;
    return offset == 0 ? to_call(0) : to_call(offset - 1) + 1;
}

std::optional<std::int64_t> SendMap::sent_at(std::uint64_t offset) const noexcept {
    if (offset >= frames_sent_) return std::nullopt;
    if (const auto send = last_from(exact_, offset); send != exact_.end()) return send->when_ns;
    const auto before = last_from(stamps_, offset);
    if (before == stamps_.end()) return std::nullopt;
    const auto next = std::next(before);
    const Stamp after = next == stamps_.end() ? exact_.front() : *next;
    const double part =
        static_cast<double>(offset - before->offset) / static_cast<double>(after.offset - before->offset);
    return before->when_ns + static_cast<std::int64_t>(part * static_cast<double>(after.when_ns - before->when_ns));
}

std::size_t SendMap::allocated_bytes() const noexcept {
    return runs_.capacity() * sizeof(Run) + (exact_.capacity() + stamps_.capacity()) * sizeof(Stamp);
}

void SendMap::keep_stamp(const Stamp& stamp) noexcept {
    if (!stamps_.empty() && stamp.when_ns - last_stamp_ns_ < stamp_spacing_ns) return;
    push(stamps_, stamp, max_stamps);
    last_stamp_ns_ = stamp.when_ns;
}

// A full buffer grows up to `limit`; where it cannot, its oldest element makes the place.
template <class T>
void SendMap::push(Buffer<T>& buffer, const T& value, std::size_t limit) noexcept {
    if (buffer.full() && buffer.capacity() < limit) {
        try {
            buffer.set_capacity(std::min(buffer.capacity() * 2, limit));
        } catch (const std::bad_alloc&) {  // the oldest goes
        }
    }
    buffer.push_back(value);
}

}  // namespace asr_stream::audio
