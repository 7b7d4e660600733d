#pragma once

#include <cstdint>
#include <string_view>

#include "heaptrend/scan.hpp"

namespace heaptrend {

/// Tells stacks among the lines of /proc/PID/maps, or the first lines of the entries in smaps, given in their order.
/// The main thread's stack has a name. A thread's has none; but glibc maps it together with pages below it that nobody
/// may touch, so it is the nameless memory right after nameless memory without permissions. Used by the agent too.
class StackFinder {
  public:
    /// True when this line is a stack's; start() and end() are its addresses then.
    bool take(std::string_view line) noexcept {
        constexpr std::uint64_t largest_guard = std::uint64_t{1} << 20U;  // larger ones are memory kept for later use
        constexpr std::uint64_t largest_stack = std::uint64_t{1} << 30U;
        const std::uint64_t guard_end = guard_end_;
        guard_end_ = 0;
        Scan scan{line};
        const auto first = scan.number(16);
        const auto last = first && scan.skip('-') ? scan.number(16) : std::nullopt;
        if (!last || *last <= *first || !scan.skip(' ')) return false;
        const std::string_view permissions = next(scan);
        next(scan);  // offset
        next(scan);  // device
        const bool is_file = next(scan) != "0";
        const std::string_view name = next(scan);
        start_ = *first;
        end_ = *last;
        if (name == "[stack]") return true;
        if (is_file || !name.empty()) return false;
        const std::uint64_t size = end_ - start_;
        if (permissions == "---p" && size <= largest_guard) guard_end_ = end_;
        return permissions.starts_with("rw") && start_ == guard_end && size <= largest_stack;
    }
    [[nodiscard]] std::uint64_t start() const noexcept { return start_; }
    [[nodiscard]] std::uint64_t end() const noexcept { return end_; }

  private:
    static std::string_view next(Scan& scan) noexcept {
        const std::string_view word = scan.word();
        scan.skip_blanks();
        return word;
    }

    std::uint64_t start_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t guard_end_ = 0;  ///< where the line before ended, if it can be a guard; 0 for none
};

}  // namespace heaptrend
