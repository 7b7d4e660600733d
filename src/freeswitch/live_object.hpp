#pragma once

#include <atomic>
#include <cstddef>

namespace asr_stream::freeswitch {

/// A member of everything whose code the switch or another thread may still call: while one lives, the module must
/// stay mapped. Copies count for themselves.
class LiveObject {
  public:
    LiveObject() noexcept { live.fetch_add(1, std::memory_order_relaxed); }
    LiveObject(const LiveObject&) noexcept : LiveObject() {}
    LiveObject& operator=(const LiveObject&) noexcept = default;
    ~LiveObject() { live.fetch_sub(1, std::memory_order_release); }

    [[nodiscard]] static std::size_t count() noexcept { return live.load(std::memory_order_acquire); }

  private:
    static inline std::atomic<std::size_t> live{0};
};

}  // namespace asr_stream::freeswitch
