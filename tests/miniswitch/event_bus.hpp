#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "event.hpp"
#include "thread.hpp"

namespace miniswitch {

/// Who receives every event that is fired; called on the dispatch thread and expected to be quick.
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

    /// False when somebody else has that subclass.
    [[nodiscard]] bool reserve(const std::string& subclass);
    [[nodiscard]] bool release(const std::string& subclass);
    [[nodiscard]] std::set<std::string> reserved() const;

  private:
    void run();

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<EventPtr> queue_;
    std::vector<std::shared_ptr<EventConsumer>> consumers_;
    std::set<std::string> subclasses_;
    bool running_ = false;
    Thread thread_;
};

[[nodiscard]] EventBus& event_bus();

}  // namespace miniswitch
