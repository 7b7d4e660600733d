#pragma once

#include <array>
#include <atomic>
#include <string>
#include <string_view>

// Name in C++ (with dashes on the command line) and what its number means.
#define MINISWITCH_FAULTS(FAULT)                                                     \
    FAULT(hangup_at, "hangs up at the place of that name")                           \
    FAULT(hangup_after_frames, "the caller hangs up after that many frames")         \
    FAULT(bug_add_fails, "the next N media bugs are refused")                        \
    FAULT(close_delay_ms, "CLOSE of a media bug comes late")                         \
    FAULT(close_never, "CLOSE of the next N media bugs is lost")                     \
    FAULT(speech_wait_delay_ms, "a speech thread waits late for its signal")         \
    FAULT(drop_frames, "of N frames one is lost")                                    \
    FAULT(queue_jam, "every session's event queue is full")                          \
    FAULT(locate_fails, "the next N sessions asked for are not found")               \
    FAULT(event_create_fails, "the next N events cannot be made")                    \
    FAULT(thread_create_fails, "the next N threads cannot be made")                  \
    FAULT(allocation_fails, "the Nth allocation of the module from now on fails")    \
    FAULT(slow_consumer_ms, "the event dispatch thread stops so long at each event") \
    FAULT(slow_fire_ms, "who fires an event is held up so long")

namespace miniswitch {

#define MINISWITCH_FAULT_NAME(name, meaning) name,
enum class Fault : std::size_t { MINISWITCH_FAULTS(MINISWITCH_FAULT_NAME) count };
#undef MINISWITCH_FAULT_NAME

/// Places where Fault::hangup_at can strike.
enum class Place : long { none, answer, bug_add, asr_open, load_grammar, result, play, play_end, closing };

/// What goes wrong on request: `--fault NAME=VALUE`, or the API `fault NAME=VALUE` while calls run. 0 is off.
class Faults {
  public:
    [[nodiscard]] long value(Fault fault) const { return values_[static_cast<std::size_t>(fault)].load(); }
    /// Counts down to 0: true for the next N times, or, `only_at_end`, for the Nth time alone.
    [[nodiscard]] bool take(Fault fault, bool only_at_end = false);
    /// Waits as many milliseconds as the fault says.
    void stall(Fault fault) const;
    /// Empty when set, otherwise what is wrong with "NAME=VALUE" and what is allowed.
    [[nodiscard]] std::string set(std::string_view assignment);
    [[nodiscard]] std::string list() const;

  private:
    std::array<std::atomic<long>, static_cast<std::size_t>(Fault::count)> values_{};
};

[[nodiscard]] Faults& faults();
/// Fault::allocation_fails is meant for the shared object that has this address. Sanitizer builds ignore it,
/// and make only threads of the core fail.
void fail_allocations_of(const void* address);

}  // namespace miniswitch
