#include "event_bus.hpp"

#include "faults.hpp"
#include "text.hpp"

namespace miniswitch {
namespace {

void stall(Fault fault) {
    if (const auto ms = faults().value(fault)) std::this_thread::sleep_for(std::chrono::milliseconds{ms});
}

}  // namespace

bool EventBus::start() {
    running_ = true;
    return thread_.start("event-dispatch", [this] { run(); });
}

void EventBus::stop() {
    {
        const std::lock_guard guard{mutex_};
        running_ = false;
    }
    changed_.notify_all();
    thread_.join();
}

void EventBus::fire(EventPtr event) {
    stall(Fault::slow_fire_ms);
    std::unique_lock guard{mutex_};
    changed_.wait(guard, [this] { return !running_ || queue_.size() < queue_limit; });
    if (!running_) return;
    queue_.push_back(std::move(event));
    changed_.notify_all();
}

void EventBus::add(std::shared_ptr<EventConsumer> consumer) {
    const std::lock_guard guard{mutex_};
    consumers_.push_back(std::move(consumer));
}

void EventBus::remove(const EventConsumer* consumer) {
    const std::lock_guard guard{mutex_};
    std::erase_if(consumers_, [consumer](const auto& each) { return each.get() == consumer; });
}

bool EventBus::reserve(const std::string& subclass) {
    const std::lock_guard guard{mutex_};
    return subclasses_.insert(subclass).second;
}

bool EventBus::release(const std::string& subclass) {
    const std::lock_guard guard{mutex_};
    return subclasses_.erase(subclass) != 0;
}

std::set<std::string> EventBus::reserved() const {
    const std::lock_guard guard{mutex_};
    return subclasses_;
}

void EventBus::run() {
    for (;;) {
        std::unique_lock guard{mutex_};
        changed_.wait(guard, [this] { return !running_ || !queue_.empty(); });
        if (queue_.empty()) return;
        const auto event = std::move(queue_.front());
        queue_.pop_front();
        const auto consumers = consumers_;
        guard.unlock();
        changed_.notify_all();
        stall(Fault::slow_consumer_ms);
        for (const auto& consumer : consumers) consumer->on_event(*event);
    }
}

EventBus& event_bus() {
    static EventBus bus;
    return bus;
}

}  // namespace miniswitch

extern "C" {

switch_status_t switch_event_fire_detailed(const char*, const char*, int, switch_event_t** event, void*) {
    miniswitch::event_bus().fire(miniswitch::EventPtr{std::exchange(*event, nullptr)});
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_reserve_subclass_detailed(const char*, const char* subclass) {
    return miniswitch::event_bus().reserve(subclass) ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_INUSE;
}

switch_status_t switch_event_free_subclass_detailed(const char*, const char* subclass) {
    return miniswitch::event_bus().release(subclass) ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

}  // extern "C"
