#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>
#include <span>
#include <vector>

#include "audio/ring.hpp"

/// What the tests of this folder share.
namespace asr_stream::audio::test {

inline std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }

/// The sample that belongs to a place on the clock, so that a reader can tell from the content where it came from.
inline std::int16_t sample_at(Position position, std::size_t channel) {
    const std::uint64_t mixed = (position * 2 + channel + 1) * 0x9E3779B97F4A7C15U;
    return static_cast<std::int16_t>(mixed >> 48);
}

inline std::vector<std::int16_t> audio_from(Position position, std::size_t frames, std::size_t channels = 1) {
    std::vector<std::int16_t> samples;
    samples.reserve(frames * channels);
    for (std::size_t i = 0; i < frames * channels; ++i)
        samples.push_back(sample_at(position + i / channels, i % channels));
    return samples;
}

/// How many samples are not those that belong to `position` and on.
inline std::size_t wrong_samples(Position position, std::span<const std::int16_t> samples, std::size_t channels = 1) {
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < samples.size(); ++i)
        wrong += samples[i] != sample_at(position + i / channels, i % channels) ? 1U : 0U;
    return wrong;
}

/// Counts what is allocated, and refuses everything while told to.
class WatchedMemory final : public std::pmr::memory_resource {
  public:
    std::size_t live = 0;
    std::size_t calls = 0;
    bool exhausted = false;

  private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        if (exhausted) throw std::bad_alloc{};
        ++calls;
        live += bytes;
        return heap()->allocate(bytes, alignment);
    }
    void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
        live -= bytes;
        heap()->deallocate(memory, bytes, alignment);
    }
    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace asr_stream::audio::test
