#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <set>

#include "base.hpp"
#include "thread.hpp"

namespace miniswitch {

struct EventDestroy {
    void operator()(switch_event_t* event) const { switch_event_destroy(&event); }
};
/// The core's event: an id, headers in order, a body. All memory is malloc's, as the module may take it over.
using EventPtr = std::unique_ptr<switch_event_t, EventDestroy>;

/// With the headers that every event has: Event-Name, Core-UUID, dates, sequence, where it was made.
[[nodiscard]] EventPtr make_event(switch_event_types_t id, const char* subclass = nullptr, const char* file = "core.c",
                                  const char* function = "core", int line = 1);
void add_header(switch_event_t& event, const std::string& name, const std::string& value);
[[nodiscard]] const char* header(const switch_event_t& event, std::string_view name);
[[nodiscard]] EventPtr copy(const switch_event_t& event);
void merge(switch_event_t& event, const switch_event_t& headers);
/// As the event socket sends it, values percent-encoded.
[[nodiscard]] std::string to_plain(const switch_event_t& event);
[[nodiscard]] std::string to_json(const switch_event_t& event);
[[nodiscard]] std::string_view event_name(switch_event_types_t id);
/// Nothing for a name that miniswitch has no event for.
[[nodiscard]] std::optional<switch_event_types_t> event_id(std::string_view name);

/// Who receives every event that is fired; called on the dispatch thread.
class EventConsumer {
  public:
    virtual ~EventConsumer() = default;
    virtual void on_event(const switch_event_t& event) = 0;
};

/// One queue and one dispatch thread between those who fire events and those who consume them.
class EventBus {
  public:
    static constexpr std::size_t queue_limit = 10000;

    [[nodiscard]] bool start();
    /// Delivers what is queued, then ends the thread. Events fired afterwards are destroyed.
    void stop();
    /// Waits while the queue is full, as the core does.
    void fire(EventPtr event);
    void add(std::shared_ptr<EventConsumer> consumer);
    void remove(const EventConsumer* consumer);
    /// Reserves a subclass of CUSTOM, or gives it back. False when somebody else has it, or nobody.
    [[nodiscard]] bool reserve(const std::string& subclass, bool is_wanted);

  private:
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<EventPtr> queue_;
    std::vector<std::shared_ptr<EventConsumer>> consumers_;
    std::set<std::string> subclasses_;
    bool running_ = false;
    Thread thread_;
};

[[nodiscard]] EventBus& event_bus();

}  // namespace miniswitch
