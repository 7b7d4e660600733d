#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>

namespace asr_stream::freeswitch {

/// Where an object of ours is entered by callbacks that come on any thread, also while it is closed and long after. A
/// slot is never destroyed while the code is mapped, but used again, each time under another turn, so that who comes
/// too late reads a slot that leads him nowhere, never memory that was freed. No lock, so that a media thread may pass.
template <class Object>
class DoorSlot {
  public:
    [[nodiscard]] static DoorSlot& take();

    /// Begins a turn with that object. Only on a slot that was just taken.
    [[nodiscard]] std::uint32_t open(Object* object) noexcept {
        object_ = object;
        auto before = state_.load(std::memory_order_relaxed);
        std::uint64_t after = 0;
        do {  // those who came too late for an earlier turn may be leaving
            after = std::uint64_t{turn_of(before) + 1} << turn_shift | (before & visitors);
        } while (!state_.compare_exchange_weak(before, after, std::memory_order_acq_rel));
        return turn_of(after);
    }
    [[nodiscard]] bool enter(std::uint32_t turn) noexcept {
        const auto before = state_.fetch_add(1, std::memory_order_acq_rel);
        if (turn_of(before) == turn && (before & closed) == 0) return true;
        leave();
        return false;
    }
    void leave() noexcept { settle(state_.fetch_sub(1, std::memory_order_acq_rel) - 1); }
    /// The first time in that turn; later it does nothing.
    void close(std::uint32_t turn) noexcept {
        auto before = state_.load(std::memory_order_acquire);
        do {
            if (turn_of(before) != turn || (before & closed) != 0) return;
        } while (!state_.compare_exchange_weak(before, before | closed, std::memory_order_acq_rel));
        settle(before | closed);
    }
    [[nodiscard]] Object* object() const noexcept { return object_; }

  private:
    struct Pool {
        std::mutex mutex;
        std::deque<DoorSlot> slots;  ///< as many as were open at once
        DoorSlot* free = nullptr;
    };
    static constexpr unsigned turn_shift = 32;
    static constexpr std::uint64_t closed = 1u << 31;
    static constexpr std::uint64_t released = 1u << 30;
    static constexpr std::uint64_t visitors = released - 1;

    static constexpr std::uint32_t turn_of(std::uint64_t state) noexcept {
        return static_cast<std::uint32_t>(state >> turn_shift);
    }
    [[nodiscard]] static Pool& pool() {
        static Pool slots;
        return slots;
    }
    /// Whoever leaves a closed slot empty tells the object to let go: exactly one.
    void settle(std::uint64_t state) noexcept {
        if ((state & (closed | released | visitors)) != closed) return;
        if (!state_.compare_exchange_strong(state, state | released, std::memory_order_acq_rel)) return;
        object_->let_go();
        auto& all = pool();
        const std::lock_guard lock{all.mutex};
        next_free_ = all.free;
        all.free = this;
    }

    std::atomic<std::uint64_t> state_{closed | released};  ///< turn, closed, released, number of visitors
    Object* object_ = nullptr;
    DoorSlot* next_free_ = nullptr;
};

template <class Object>
DoorSlot<Object>& DoorSlot<Object>::take() {
    auto& all = pool();
    const std::lock_guard lock{all.mutex};
    if (all.free == nullptr) return all.slots.emplace_back();
    DoorSlot& slot = *all.free;
    all.free = slot.next_free_;
    return slot;
}

/// The way from something of the switch's to an object of ours. A value, without a destructor, to lie in the switch's
/// memory: after close(), on whichever copy, at once or when the last visitor leaves, the object is told to let_go(),
/// once; from then on all copies lead nowhere.
template <class Object>
class Door {
  public:
    /// Leads nowhere.
    Door() = default;
    /// The object lives until it is told to let go.
    [[nodiscard]] static Door to(Object* object) {
        Door door;
        door.slot_ = &DoorSlot<Object>::take();
        door.turn_ = door.slot_->open(object);
        return door;
    }

    /// While it lives, so does the object. False when the door was closed.
    class Visit {
      public:
        explicit Visit(const Door* door) noexcept
            : slot_{door != nullptr && door->slot_ != nullptr && door->slot_->enter(door->turn_) ? door->slot_
                                                                                                 : nullptr} {}
        ~Visit() {
            if (slot_ != nullptr) slot_->leave();
        }
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

        explicit operator bool() const noexcept { return slot_ != nullptr; }
        Object* operator->() const noexcept { return slot_->object(); }
        Object& operator*() const noexcept { return *slot_->object(); }

      private:
        DoorSlot<Object>* slot_;
    };

    /// The first time; later it does nothing.
    void close() const noexcept {
        if (slot_ != nullptr) slot_->close(turn_);
    }

    /// Closes a door that was just opened, unless it is kept.
    class Opening {
      public:
        explicit Opening(Object* object) : door_{to(object)} {}
        ~Opening() {
            if (!is_kept_) door_.close();
        }
        Opening(const Opening&) = delete;
        Opening& operator=(const Opening&) = delete;

        [[nodiscard]] const Door& door() const noexcept { return door_; }
        void keep() noexcept { is_kept_ = true; }

      private:
        const Door door_;
        bool is_kept_ = false;
    };

  private:
    DoorSlot<Object>* slot_ = nullptr;
    std::uint32_t turn_ = 0;  ///< comes again after four thousand million objects in one slot
};

}  // namespace asr_stream::freeswitch
