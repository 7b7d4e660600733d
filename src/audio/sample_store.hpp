#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>

#include "base/fetch.hpp"

namespace asr_stream::audio {

/// Circular storage of interleaved sample frames, addressed by index from the oldest one. It knows how many frames are
/// in use, not what they mean. One thread.
class SampleStore {
  public:
    SampleStore(std::uint16_t channels, std::pmr::memory_resource* memory) noexcept;
    ~SampleStore();
    SampleStore(const SampleStore&) = delete;
    SampleStore& operator=(const SampleStore&) = delete;

    [[nodiscard]] std::size_t channels() const noexcept { return channels_; }
    [[nodiscard]] std::size_t room() const noexcept { return room_; }
    [[nodiscard]] std::size_t used() const noexcept { return used_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return room_ * channels_ * sizeof(std::int16_t); }

    /// Moves to storage for `room` frames, at least those in use. Throws std::bad_alloc and changes nothing then.
    void resize(std::size_t room);
    /// Adds whole frames after the newest; they fit the room.
    void append(std::span<const std::int16_t> samples) noexcept;
    void drop_front(std::size_t frames) noexcept;
    void drop_back(std::size_t frames) noexcept;
    /// Copies `frames` from index `from` down to index `to`.
    void move_down(std::size_t from, std::size_t to, std::size_t frames) noexcept;
    /// An append() will follow soon: fetches what it will overwrite.
    void fetch_end() const noexcept {
        if (data_ != nullptr) fetch_lines(frame_at(offset_of(used_)), fetched_bytes);
    }
    /// As many of `frames` from `index` as lie in one piece.
    [[nodiscard]] std::span<const std::int16_t> contiguous(std::size_t index, std::size_t frames) const noexcept;

  private:
    static constexpr std::size_t fetched_bytes = 320;  ///< 20 ms at 8 kHz

    [[nodiscard]] std::size_t offset_of(std::size_t index) const noexcept;
    [[nodiscard]] std::int16_t* frame_at(std::size_t offset) const noexcept { return data_ + offset * channels_; }

    std::pmr::memory_resource* memory_;
    std::int16_t* data_ = nullptr;
    std::size_t channels_;
    std::size_t room_ = 0;
    std::size_t first_ = 0;
    std::size_t used_ = 0;
};

}  // namespace asr_stream::audio
