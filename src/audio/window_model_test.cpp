// Thousands of random operations on a Window and on a reference so plain that it cannot be wrong, side by side.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <ostream>
#include <random>

#include "audio/test_audio.hpp"
#include "audio/window.hpp"

namespace asr_stream::audio {
namespace {

/// One entry for each sample frame kept; those that were sent come first.
struct Reference {
    std::size_t capacity;
    std::deque<Position> kept;
    std::size_t sent_frames = 0;
    Position confirmed = 0;
    Position last_sent_end = 0;
    Position end = 0;

    [[nodiscard]] Position begin() const { return kept.empty() ? end : kept.front(); }
    [[nodiscard]] Position sent() const { return std::max(last_sent_end, begin()); }
    [[nodiscard]] std::size_t unsent() const { return kept.size() - sent_frames; }

    bool drop_oldest() {  ///< true when it had never been sent
        kept.pop_front();
        if (sent_frames == 0) return true;
        --sent_frames;
        return false;
    }
    Window::Dropped append(Position position, std::size_t frames) {
        Window::Dropped dropped;
        if (frames == 0) return dropped;
        position = std::max(position, end);
        for (std::size_t i = 0; i < frames; ++i) kept.push_back(position + i);
        end = position + frames;
        while (kept.size() > capacity) {
            ++dropped.frames;
            if (drop_oldest()) ++dropped.unsent;
        }
        return dropped;
    }
    void mark_sent(std::size_t frames) {
        for (; frames > 0 && unsent() > 0; --frames) last_sent_end = kept[sent_frames++] + 1;
    }
    void trim(Position position) {
        const Position until = std::min(position, sent());
        while (!kept.empty() && kept.front() < until) drop_oldest();
    }
    void confirm(Position position) {
        const Position until = std::min(position, sent());
        if (until <= confirmed) return;
        trim(position);
        confirmed = until;
    }
    void rewind() {
        sent_frames = 0;
        last_sent_end = begin();
    }
    std::size_t drop_oldest_unsent(std::size_t frames) {
        const std::size_t dropped = unsent() - std::min(unsent(), frames);
        const auto first = kept.begin() + static_cast<std::ptrdiff_t>(sent_frames);
        kept.erase(first, first + static_cast<std::ptrdiff_t>(dropped));
        return dropped;
    }
    /// How many unsent frames follow each other without a gap.
    [[nodiscard]] std::size_t contiguous(std::size_t most) const {
        std::size_t count = 0;
        while (count < std::min(most, unsent()) && kept[sent_frames + count] == kept[sent_frames] + count) ++count;
        return count;
    }
    [[nodiscard]] bool gap_after(std::size_t count) const {
        return count > 0 && count < unsent() && kept[sent_frames + count] != kept[sent_frames] + count;
    }
};

struct Pace {
    std::uint32_t seed;
    std::size_t capacity;
    std::uint16_t channels;
    std::uint32_t gap_each;      ///< one append in so many follows a gap
    std::uint32_t exhaust_each;  ///< memory is exhausted for one operation in so many; 0 for never

    friend std::ostream& operator<<(std::ostream& out, const Pace& pace) {
        return out << "seed " << pace.seed << ", capacity " << pace.capacity << ", channels " << pace.channels;
    }
};

class WindowModel : public testing::TestWithParam<Pace> {
  protected:
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
    Position place() { return window_.begin() + below(window_.end() - window_.begin() + 50); }

    void append() {
        const Position gap = random_() % pace_.gap_each == 0 ? 1 + below(500) : 0;
        const Position position = random_() % 50 == 0 ? window_.end() / 2 : window_.end() + gap;
        const std::size_t frames = random_() % 40 == 0 ? below(pace_.capacity * 3 / 2) : below(400);
        const auto audio = test::audio_from(std::max(position, window_.end()), frames, pace_.channels);
        try {
            const auto dropped = window_.append(position, audio);
            const auto expected = reference_.append(position, frames);
            EXPECT_EQ(dropped.frames, expected.frames);
            EXPECT_EQ(dropped.unsent, expected.unsent);
        } catch (const std::bad_alloc&) {  // the comparison that follows finds the window unchanged
            EXPECT_TRUE(memory_.exhausted);
            ++refused_;
        }
    }

    void look_and_send() {
        const std::size_t most = 1 + below(700);
        const auto ready = window_.ready(most);
        ASSERT_EQ(ready.frames, reference_.contiguous(most));
        ASSERT_EQ(ready.ends_at_gap, reference_.gap_after(ready.frames));
        const auto chunk = window_.unsent(most);
        const std::size_t frames = chunk.samples.size() / pace_.channels;
        if (memory_.exhausted) {
            ASSERT_LE(frames, ready.frames);
            ASSERT_EQ(frames == 0, ready.frames == 0);
        } else {
            ASSERT_EQ(frames, ready.frames);
        }
        if (frames > 0) {
            ASSERT_EQ(chunk.position, reference_.kept[reference_.sent_frames]);
        }
        ASSERT_EQ(test::wrong_samples(chunk.position, chunk.samples, pace_.channels), 0u);
        const std::size_t marked = random_() % 4 == 0 ? below(frames * 2) : frames;
        window_.mark_sent(marked);
        reference_.mark_sent(marked);
    }

    void drop_unsent() {
        const std::size_t limit = below(window_.unsent_frames() + 100);
        const std::size_t sent = window_.frames() - window_.unsent_frames();
        const Position begin = window_.begin();
        const std::size_t dropped = window_.drop_oldest_unsent(limit);
        const std::size_t expected = reference_.drop_oldest_unsent(limit);
        // Without memory for the gap, sent audio may go as well.
        if (memory_.exhausted && window_.begin() != begin) {
            ASSERT_LE(dropped - expected, sent);
            for (std::size_t i = expected; i < dropped; ++i) reference_.drop_oldest();
        } else {
            ASSERT_EQ(dropped, expected);
        }
    }

    void step() {
        memory_.exhausted = pace_.exhaust_each != 0 && random_() % pace_.exhaust_each == 0;
        const Position at = place();
        switch (random_() % 16) {
            case 0: window_.confirm(at), reference_.confirm(at); break;
            case 1: window_.trim(at), reference_.trim(at); break;
            case 2: window_.rewind(), reference_.rewind(); break;
            case 3: drop_unsent(); break;
            case 4:
            case 5:
            case 6:
            case 7:
            case 8:
            case 9: append(); break;
            default: look_and_send(); break;
        }
        memory_.exhausted = false;
    }

    void compare() {
        ASSERT_EQ(window_.begin(), reference_.begin());
        ASSERT_EQ(window_.confirmed(), reference_.confirmed);
        ASSERT_EQ(window_.sent(), reference_.sent());
        ASSERT_EQ(window_.end(), reference_.end);
        ASSERT_EQ(window_.frames(), reference_.kept.size());
        ASSERT_EQ(window_.unsent_frames(), reference_.unsent());
        ASSERT_LE(window_.confirmed(), window_.begin());
        ASSERT_LE(window_.begin(), window_.sent());
        ASSERT_LE(window_.sent(), window_.end());
        ASSERT_EQ(window_.allocated_bytes(), memory_.live);
    }

    Pace pace_ = GetParam();
    std::mt19937 random_{pace_.seed};
    test::WatchedMemory memory_;
    Window window_{pace_.capacity, pace_.channels, &memory_};
    Reference reference_{pace_.capacity, {}};
    std::size_t refused_ = 0;
};

TEST_P(WindowModel, AgreesWithTheReferenceAfterEveryOperation) {
    for (int i = 0; i < 6000; ++i) {
        step();
        compare();
        if (HasFatalFailure()) FAIL() << "operation " << i;
    }
    // At the end all that is kept still has its content.
    window_.rewind();
    reference_.rewind();
    while (reference_.unsent() > 0 && !HasFatalFailure()) look_and_send();
    EXPECT_GE(window_.end(), 100'000u);
    EXPECT_EQ(refused_ > 0, pace_.exhaust_each != 0);
}

INSTANTIATE_TEST_SUITE_P(Paces, WindowModel,
                         testing::Values(Pace{1, 8000, 1, 10, 0}, Pace{2, 8000, 2, 10, 0}, Pace{3, 3000, 1, 3, 0},
                                         Pace{4, 50'000, 1, 40, 0}, Pace{5, 700, 1, 5, 0}, Pace{6, 20'000, 1, 2, 0},
                                         Pace{7, 8000, 1, 10, 5}, Pace{8, 30'000, 2, 4, 3}));

}  // namespace
}  // namespace asr_stream::audio
