#pragma once

#include <algorithm>
#include <asr_stream/event.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace asr_stream::freeswitch {

/// Events on their way to the publisher, in order. Holds at most `limit`: from half of it on a partial replaces the one
/// of its utterance that waits unread; at the limit partials give way, then other events, each counted. `closed` always
/// fits, so that no stream is forgotten; the number of streams bounds it. Not thread-safe: the publisher locks.
template <class Owner>
class EventQueue {
  public:
    struct Item {
        std::shared_ptr<Owner> owner;
        Event event;
    };
    struct Counts {
        std::uint64_t coalesced_partials = 0;
        std::uint64_t dropped_partials = 0;
        std::uint64_t dropped_events = 0;  ///< not partials
        std::size_t deepest = 0;
    };

    explicit EventQueue(std::size_t limit) noexcept : limit_{limit} {}

    void push(std::shared_ptr<Owner> owner, const Event& event) {
        const bool is_partial = event.kind == EventKind::partial;
        if (is_partial && items_.size() >= limit_ / 2 && replace_waiting(owner.get(), event)) return;
        if (items_.size() >= limit_ && event.kind != EventKind::closed && !make_room(is_partial)) return;
        Owner* const key = owner.get();
        items_.push_back(Item{std::move(owner), event});
        if (is_partial)
            remember(key);
        else
            last_partial_.erase(key);
        counts_.deepest = std::max(counts_.deepest, items_.size());
    }

    [[nodiscard]] std::optional<Item> pop() {
        if (items_.empty()) return std::nullopt;
        const auto waiting = last_partial_.find(items_.front().owner.get());
        if (waiting != last_partial_.end() && waiting->second == items_.begin()) last_partial_.erase(waiting);
        Item item = std::move(items_.front());
        items_.pop_front();
        return item;
    }

    /// Of the running configuration; what waits already stays.
    void set_limit(std::size_t limit) noexcept { limit_ = limit; }
    [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

  private:
    using Position = typename std::list<Item>::iterator;

    /// Only when nothing else of that stream came after it, so that the order of a stream's events holds.
    bool replace_waiting(Owner* owner, const Event& event) {
        const auto waiting = last_partial_.find(owner);
        if (waiting == last_partial_.end() || waiting->second->event.utterance != event.utterance) return false;
        waiting->second->event = event;
        ++counts_.coalesced_partials;
        return true;
    }

    bool make_room(bool for_partial) {
        if (for_partial) {
            ++counts_.dropped_partials;
            return false;
        }
        if (last_partial_.empty()) {
            ++counts_.dropped_events;
            return false;
        }
        items_.erase(last_partial_.begin()->second);
        last_partial_.erase(last_partial_.begin());
        ++counts_.dropped_partials;
        return true;
    }

    void remember(Owner* owner) { last_partial_[owner] = std::prev(items_.end()); }

    std::size_t limit_;
    std::list<Item> items_;
    std::unordered_map<Owner*, Position> last_partial_;  ///< a stream's newest event, where that is a waiting partial
    Counts counts_;
};

}  // namespace asr_stream::freeswitch
