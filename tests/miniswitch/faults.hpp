#pragma once

#include <array>
#include <atomic>
#include <string>
#include <string_view>

namespace miniswitch {

/// What goes wrong on request: `--fault NAME=VALUE`, or the API `fault NAME=VALUE` while calls run. 0 is off.
enum class Fault : std::size_t {
    hangup_at,            // hangs up where hang_up_points says; by name
    hangup_after_frames,  // the caller hangs up after so many frames
    bug_add_fails,        // the next N media bugs are refused
    close_delay_ms,       // CLOSE of a media bug comes late
    close_never,          // CLOSE of the next N media bugs is lost
    drop_frames,          // of N frames one is lost
    queue_jam,            // every session's event queue is full
    locate_fails,         // the next N locates find nothing
    event_create_fails,   // the next N events cannot be made
    thread_create_fails,  // the next N threads (any thread, sanitizer builds: the core's only) cannot be made
    allocation_fails,     // the Nth allocation from now on in the module fails (not in sanitizer builds)
    slow_consumer_ms,     // the event dispatch thread stops so long at each event
    slow_fire_ms,         // who fires an event is held up so long
    count
};

/// Where Fault::hangup_at can strike.
enum class Point : long { none, answer, bug_add, asr_open, load_grammar, result, play, play_end, closing };

class Faults {
  public:
    [[nodiscard]] long value(Fault fault) const { return values_[static_cast<std::size_t>(fault)].load(); }
    /// True as often as the fault says "the next N".
    [[nodiscard]] bool take(Fault fault);
    /// True once: when the value counts down to 0.
    [[nodiscard]] bool count_down(Fault fault);
    /// Empty when set, otherwise what is wrong with "NAME=VALUE" and what is allowed.
    [[nodiscard]] std::string set(std::string_view assignment);
    [[nodiscard]] std::string list() const;

  private:
    std::array<std::atomic<long>, static_cast<std::size_t>(Fault::count)> values_{};
};

[[nodiscard]] Faults& faults();

}  // namespace miniswitch
