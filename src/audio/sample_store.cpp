#include "audio/sample_store.hpp"

#include <algorithm>
#include <cstring>

namespace asr_stream::audio {

SampleStore::SampleStore(std::uint16_t channels, std::pmr::memory_resource* memory) noexcept
    : memory_{memory}, channels_{std::max<std::size_t>(channels, 1)} {}

SampleStore::~SampleStore() {
    if (data_ != nullptr) memory_->deallocate(data_, bytes(), alignof(std::max_align_t));
}

void SampleStore::resize(std::size_t room) {
    const std::size_t new_bytes = room * channels_ * sizeof(std::int16_t);
    auto* const data = static_cast<std::int16_t*>(memory_->allocate(new_bytes, alignof(std::max_align_t)));
    const auto head = contiguous(0, used_);
    const auto tail = contiguous(head.size() / channels_, used_ - head.size() / channels_);
    std::copy(tail.begin(), tail.end(), std::copy(head.begin(), head.end(), data));
    if (data_ != nullptr) memory_->deallocate(data_, bytes(), alignof(std::max_align_t));
    data_ = data;
    room_ = room;
    first_ = 0;
}

void SampleStore::append(std::span<const std::int16_t> samples) noexcept {
    if (samples.empty()) return;
    const std::size_t offset = offset_of(used_);
    const auto head = samples.first(std::min(samples.size(), (room_ - offset) * channels_));
    const auto tail = samples.subspan(head.size());
    std::memcpy(frame_at(offset), head.data(), head.size_bytes());
    if (!tail.empty()) std::memcpy(data_, tail.data(), tail.size_bytes());
    used_ += samples.size() / channels_;
}

void SampleStore::drop_front(std::size_t frames) noexcept {
    used_ -= frames;
    first_ = used_ == 0 ? 0 : offset_of(frames);
}

void SampleStore::drop_back(std::size_t frames) noexcept { used_ -= frames; }

void SampleStore::move_down(std::size_t from, std::size_t to, std::size_t frames) noexcept {
    // In ascending order nothing is overwritten before it was moved.
    while (frames > 0) {
        const auto source = contiguous(from, frames);
        const auto target = contiguous(to, source.size() / channels_);
        std::memmove(frame_at(offset_of(to)), source.data(), target.size_bytes());
        const std::size_t moved = target.size() / channels_;
        from += moved;
        to += moved;
        frames -= moved;
    }
}

std::span<const std::int16_t> SampleStore::contiguous(std::size_t index, std::size_t frames) const noexcept {
    if (frames == 0) return {};
    const std::size_t offset = offset_of(index);
    return {frame_at(offset), std::min(frames, room_ - offset) * channels_};
}

std::size_t SampleStore::offset_of(std::size_t index) const noexcept {
    const std::size_t offset = first_ + index;
    return offset < room_ ? offset : offset - room_;
}

}  // namespace asr_stream::audio
