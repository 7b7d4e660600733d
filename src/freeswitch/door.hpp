#pragma once

#include <atomic>
#include <cstdint>

namespace asr_stream::freeswitch {

/// The way from the switch's handle to an object of ours, for callbacks that come on any thread, also while the handle
/// is being closed and after it. It lies in memory of the switch that outlives them all and is never destroyed: after
/// close(), at once or when the last visitor leaves, the object is told to let_go(), once. No lock, so that a media
/// thread may pass.
template <class Object>
class Door {
  public:
    /// The object lives until it is told to let go.
    explicit Door(Object* object) noexcept : object_{object} {}
    Door(const Door&) = delete;
    Door& operator=(const Door&) = delete;

    /// While it lives, so does the object. False when the door was closed.
    class Visit {
      public:
        explicit Visit(Door* door) noexcept : door_{door != nullptr && door->enter() ? door : nullptr} {}
        ~Visit() {
            if (door_ != nullptr) door_->leave();
        }
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

        explicit operator bool() const noexcept { return door_ != nullptr; }
        Object* operator->() const noexcept { return door_->object_; }
        Object& operator*() const noexcept { return *door_->object_; }

      private:
        Door* door_;
    };

    /// The first time; later it does nothing.
    void close() noexcept {
        if (state_.fetch_or(closed, std::memory_order_acq_rel) == 0) release();
    }

  private:
    static constexpr std::uint32_t closed = 1u << 31;  ///< beside it, the number of visitors

    [[nodiscard]] bool enter() noexcept {
        if ((state_.fetch_add(1, std::memory_order_acq_rel) & closed) == 0) return true;
        leave();
        return false;
    }
    void leave() noexcept {
        if (state_.fetch_sub(1, std::memory_order_acq_rel) == (closed | 1)) release();
    }
    /// A late visitor may find itself the last one again.
    void release() noexcept {
        if (!released_.exchange(true, std::memory_order_acq_rel)) object_->let_go();
    }

    std::atomic<std::uint32_t> state_{0};
    std::atomic<bool> released_{false};
    Object* const object_;
};

}  // namespace asr_stream::freeswitch
