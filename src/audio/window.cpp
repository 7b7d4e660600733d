#include "audio/window.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace asr_stream::audio {
namespace {

constexpr std::size_t first_runs = 4;
/// Dropping from the middle leaves holes in the storage. They are closed when they are this part of it, so that the
/// cost of moving the audio together is spread over many drops; at capacity the storage may be larger by as much.
constexpr std::size_t hole_part = 8;

}  // namespace

Window::Window(std::size_t capacity_frames, std::uint16_t channels, std::pmr::memory_resource* memory)
    : capacity_{std::clamp<std::size_t>(capacity_frames, 1, max_capacity_frames)},
      store_{channels, memory},
      runs_{memory},
      scratch_{memory} {}

Window::Dropped Window::append(Position position, std::span<const std::int16_t> samples) {
    std::size_t frames = samples.size() / store_.channels();
    if (frames == 0) return {};
    position = std::max(position, end_);
    const std::size_t clipped = frames - std::min(frames, capacity_);
    position += clipped;
    frames -= clipped;

    std::size_t excess = frames_ + frames - std::min(frames_ + frames, capacity_);
    const bool continues = continues_last_run(position);
    if (!continues && runs_.size() == max_runs) excess = std::max<std::size_t>(excess, runs_.front().frames);
    if (!continues) grow_runs();
    make_room(frames, excess);

    // Nothing throws from here on.
    const Dropped dropped = drop_front(excess);
    if (continues_last_run(position)) {
        runs_.back().frames += static_cast<std::uint32_t>(frames);
    } else {
        runs_.push_back({position, static_cast<std::uint32_t>(frames), 0});
    }
    store_.append(samples.subspan(clipped * store_.channels(), frames * store_.channels()));
    frames_ += frames;
    end_ = position + frames;
    peak_ = std::max(peak_, frames_);
    passed_ += frames;
    return {dropped.frames + clipped, dropped.unsent + clipped};
}

Window::Chunk Window::unsent(std::size_t max_frames) noexcept {
    const Cursor at = next_unsent();
    const std::size_t frames = ready(max_frames).frames;
    if (frames == 0) return {end_, {}};
    const Position position = runs_[at.run].position + at.offset;
    const auto head = store_.contiguous(at.stored, frames);
    const std::size_t missing = frames - head.size() / store_.channels();
    if (missing == 0) return {position, head};
    try {
        scratch_.resize(std::max(scratch_.size(), frames * store_.channels()));
    } catch (const std::bad_alloc&) {
        return {position, head};
    }
    const auto tail = store_.contiguous(at.stored + frames - missing, missing);
    std::copy(tail.begin(), tail.end(), std::copy(head.begin(), head.end(), scratch_.begin()));
    return {position, {scratch_.data(), frames * store_.channels()}};
}

Window::Ready Window::ready(std::size_t max_frames) const noexcept {
    const Cursor at = next_unsent();
    if (at.run >= runs_.size()) return {};
    const std::size_t rest = runs_[at.run].frames - at.offset;
    return {std::min(rest, max_frames), rest <= max_frames && at.run + 1 < runs_.size()};
}

void Window::mark_sent(std::size_t frames) noexcept {
    frames = std::min(frames, unsent_frames());
    sent_frames_ += frames;
    while (frames > 0) {
        Cursor at = next_unsent();
        const Run& run = runs_[at.run];
        const std::size_t marked = std::min(frames, run.frames - at.offset);
        at.offset += marked;
        at.stored += marked;
        cursor_ = at;
        sent_ = run.position + at.offset;
        frames -= marked;
    }
}

void Window::confirm(Position position) noexcept {
    position = std::min(position, sent());
    if (position <= confirmed_) return;
    give_up_before(position);
    confirmed_ = position;
}

void Window::trim(Position position) noexcept { give_up_before(std::min(position, sent())); }

Position Window::rewind() noexcept {
    cursor_ = {};
    sent_frames_ = 0;
    sent_ = begin();
    return sent_;
}

std::size_t Window::drop_oldest_unsent(std::size_t frames) noexcept {
    std::size_t dropped = 0;
    while (unsent_frames() > frames) dropped += cut_at(next_unsent(), unsent_frames() - frames);
    return dropped;
}

Position Window::begin() const noexcept { return runs_.empty() ? end_ : runs_.front().position; }

Position Window::sent() const noexcept { return std::max(sent_, begin()); }

std::size_t Window::allocated_bytes() const noexcept {
    return store_.bytes() + runs_.capacity() * sizeof(Run) + scratch_.capacity() * sizeof(std::int16_t);
}

bool Window::continues_last_run(Position position) const noexcept {
    return !runs_.empty() && runs_.back().position + runs_.back().frames == position;
}

Window::Cursor Window::next_unsent() const noexcept {
    Cursor at = cursor_;
    if (at.run + 1 < runs_.size() && at.offset == runs_[at.run].frames) {
        ++at.run;
        at.offset = 0;
        at.stored += runs_[at.run].hole;
    }
    return at;
}

void Window::grow_runs() {
    if (runs_.size() < runs_.capacity()) return;
    runs_.reserve(std::clamp(runs_.capacity() * 2, first_runs, max_runs));
}

bool Window::reserve_run() noexcept {
    if (runs_.size() == max_runs) return false;
    try {
        grow_runs();
    } catch (const std::bad_alloc&) {
        return false;
    }
    return true;
}

std::size_t Window::in_steps(std::size_t frames) const noexcept {
    const std::size_t step = std::max<std::size_t>(growth_step_bytes / sizeof(std::int16_t) / store_.channels(), 1);
    return (frames + step - 1) / step * step;
}

// Room for `frames` more once `excess` of the oldest are dropped, which waits until nothing can throw.
void Window::make_room(std::size_t frames, std::size_t excess) {
    const auto needed = [&] { return store_.used() - excess + frames; };
    if (needed() <= store_.room()) return;
    const std::size_t limit = holes_ > 0 ? capacity_ + capacity_ / hole_part : capacity_;
    if (holes_ > 0 && (holes_ >= store_.room() / hole_part || needed() > limit)) compact();
    if (needed() <= store_.room()) return;
    store_.resize(std::min(in_steps(std::max(needed(), store_.room() + store_.room() / 2)), limit));
}

void Window::compact() noexcept {
    std::size_t from = 0;
    std::size_t to = 0;
    for (Run& run : runs_) {
        from += run.hole;
        if (from != to) store_.move_down(from, to, run.frames);
        from += run.frames;
        to += run.frames;
        run.hole = 0;
    }
    store_.drop_back(holes_);
    holes_ = 0;
    cursor_.stored = sent_frames_;
}

void Window::shrink_if_idle() noexcept {
    if (passed_ < store_.room()) return;
    const std::size_t room = in_steps(std::max<std::size_t>(peak_ + peak_ / 2, 1));
    if (room <= store_.room() / 2) {
        compact();
        try {
            store_.resize(room);
        } catch (const std::bad_alloc&) {  // the next look may find memory
        }
    }
    peak_ = frames_;
    passed_ = 0;
}

Window::Dropped Window::drop_front(std::size_t frames) noexcept {
    frames = std::min(frames, frames_);
    const std::size_t of_sent = std::min(frames, sent_frames_);
    std::size_t emptied = 0;
    std::size_t left = frames;
    std::size_t closed = 0;
    for (; emptied < runs_.size() && runs_[emptied].frames <= left; ++emptied) {
        left -= runs_[emptied].frames;
        if (emptied + 1 < runs_.size()) closed += std::exchange(runs_[emptied + 1].hole, 0);
    }
    if (left > 0) {
        runs_[emptied].position += left;
        runs_[emptied].frames -= static_cast<std::uint32_t>(left);
    }
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(emptied));
    store_.drop_front(frames + closed);
    frames_ -= frames;
    holes_ -= closed;
    sent_frames_ -= of_sent;
    if (cursor_.run < emptied) {
        cursor_ = {};
    } else if (cursor_.run == emptied) {
        cursor_.offset -= std::min(cursor_.offset, left);
        cursor_ = {0, cursor_.offset, cursor_.offset};
    } else {
        cursor_.run -= emptied;
        cursor_.stored -= frames + closed;
    }
    return {frames, frames - of_sent};
}

void Window::give_up_before(Position position) noexcept {
    std::size_t before = 0;
    for (const Run& run : runs_) {
        if (run.position >= position) break;
        before += std::min<std::size_t>(position - run.position, run.frames);
    }
    if (before > 0) drop_front(before);
    shrink_if_idle();
}

// Drops up to `excess` unsent frames from `at` on, without going beyond its run; returns how many frames were given up.
std::size_t Window::cut_at(const Cursor& at, std::size_t excess) noexcept {
    Run& run = runs_[at.run];
    const std::size_t rest = run.frames - at.offset;
    const std::size_t cut = std::min(excess, rest);
    if (at.run == 0 && at.offset == 0) return drop_front(cut).frames;
    if (at.offset > 0 && cut < rest) {
        // The run is split, and where the list cannot take another run, the oldest one makes the place.
        if (!reserve_run()) return drop_front(at.run > 0 ? runs_.front().frames : at.offset).frames;
        const Run after{runs_[at.run].position + at.offset + cut, static_cast<std::uint32_t>(rest - cut), 0};
        runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(at.run + 1), after);
        runs_[at.run].frames = static_cast<std::uint32_t>(at.offset);
        leave_hole(at.run + 1, cut);
    } else if (at.offset > 0) {
        run.frames = static_cast<std::uint32_t>(at.offset);
        leave_hole(at.run + 1, cut);
    } else if (cut < rest) {
        run.position += cut;
        run.frames -= static_cast<std::uint32_t>(cut);
        leave_hole(at.run, cut);
    } else {
        const std::size_t hole = run.hole;
        runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(at.run));
        holes_ -= hole;
        leave_hole(at.run, hole + cut);
    }
    frames_ -= cut;
    return cut;
}

// `frames` of the storage before run `index` are no longer used; after the last run they are free at once.
void Window::leave_hole(std::size_t index, std::size_t frames) noexcept {
    if (index == runs_.size()) {
        store_.drop_back(frames);
        return;
    }
    runs_[index].hole += static_cast<std::uint32_t>(frames);
    holes_ += frames;
}

}  // namespace asr_stream::audio
