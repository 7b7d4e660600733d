#include "event.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <cstring>

#include "faults.hpp"

namespace miniswitch {
namespace {

struct Name {
    switch_event_types_t id;
    std::string_view name;
};
#define ENUM(name, values) values
#define VALUE(name, value)
#define EVENT(name, value) {SWITCH_EVENT_##name, #name},
#define TYPE(name, ...)
#define STRUCT(name, fields)
#define FUNCTION(type, name, arguments)
#define VARIABLE(name, type)
constexpr Name names[] = {
#include "contract.def"
};

std::string encode(std::string_view value) {
    static constexpr std::string_view unsafe = "\r\n \"#%&+:;<=>?@[\\]^`{|}";
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string text;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < ' ' || byte > '~' || unsafe.find(c) != std::string_view::npos)
            text.append({'%', digits[byte >> 4U], digits[byte & 15U]});
        else
            text.push_back(c);
    }
    return text;
}

}  // namespace

EventPtr make_event(switch_event_types_t id, const char* subclass, const char* file, const char* function, int line) {
    static std::atomic<unsigned long> sequence{0};
    static const std::string core_uuid = new_uuid();
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    EventPtr event{static_cast<switch_event_t*>(std::calloc(1, sizeof(switch_event_t)))};
    event->event_id = id;
    if (id == SWITCH_EVENT_CLONE) return event;  // only carries headers
    add_header(*event, "Event-Name", std::string{event_name(id)});
    add_header(*event, "Core-UUID", core_uuid);
    add_header(*event, "Event-Date-Local", local_time());
    add_header(*event, "Event-Date-Timestamp", std::to_string(now / std::chrono::microseconds{1}));
    add_header(*event, "Event-Calling-File", basename(file));
    add_header(*event, "Event-Calling-Function", function);
    add_header(*event, "Event-Calling-Line-Number", std::to_string(line));
    add_header(*event, "Event-Sequence", std::to_string(++sequence));
    if (subclass == nullptr) return event;
    event->subclass_name = strdup(subclass);
    add_header(*event, "Event-Subclass", subclass);
    return event;
}

void add_header(switch_event_t& event, const std::string& name, const std::string& value) {
    switch_event_add_header_string(&event, SWITCH_STACK_BOTTOM, name.c_str(), value.c_str());
}

const char* header(const switch_event_t& event, std::string_view name) {
    for (const auto* at = event.headers; at != nullptr; at = at->next)
        if (same(at->name, name)) return at->value;
    return nullptr;
}

EventPtr copy(const switch_event_t& event) {
    EventPtr twin{static_cast<switch_event_t*>(std::calloc(1, sizeof(switch_event_t)))};
    twin->event_id = event.event_id;
    if (event.subclass_name != nullptr) twin->subclass_name = strdup(event.subclass_name);
    if (event.body != nullptr) twin->body = strdup(event.body);
    merge(*twin, event);
    return twin;
}

void merge(switch_event_t& event, const switch_event_t& headers) {
    for (const auto* at = headers.headers; at != nullptr; at = at->next) add_header(event, at->name, at->value);
}

std::string to_plain(const switch_event_t& event) {
    std::string text;
    for (const auto* at = event.headers; at != nullptr; at = at->next)
        text += std::string{at->name} + ": " + (*at->value == '\0' ? "_undef_" : encode(at->value)) + "\n";
    const std::string_view body = or_empty(event.body);
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\n";
    return text.append("\n").append(body);
}

std::string to_json(const switch_event_t& event) {
    boost::json::object object;
    for (const auto* at = event.headers; at != nullptr; at = at->next) object[at->name] = at->value;
    if (event.body != nullptr) {
        object["Content-Length"] = std::to_string(std::strlen(event.body));
        object["_body"] = event.body;
    }
    return boost::json::serialize(object);
}

std::string_view event_name(switch_event_types_t id) { return std::ranges::find(names, id, &Name::id)->name; }

std::optional<switch_event_types_t> event_id(std::string_view name) {
    const auto* found = std::ranges::find_if(names, [name](const auto& entry) { return same(entry.name, name); });
    return found == std::end(names) ? std::nullopt : std::optional{found->id};
}

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
    faults().stall(Fault::slow_fire_ms);
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

bool EventBus::reserve(const std::string& subclass, bool is_wanted) {
    const std::lock_guard guard{mutex_};
    return is_wanted ? subclasses_.insert(subclass).second : subclasses_.erase(subclass) != 0;
}

void EventBus::run() {
    std::unique_lock guard{mutex_};
    for (;;) {
        changed_.wait(guard, [this] { return !running_ || !queue_.empty(); });
        if (queue_.empty()) return;
        const auto event = std::move(queue_.front());
        queue_.pop_front();
        const auto consumers = consumers_;
        guard.unlock();
        changed_.notify_all();
        faults().stall(Fault::slow_consumer_ms);
        for (const auto& consumer : consumers) consumer->on_event(*event);
        guard.lock();
    }
}

EventBus& event_bus() {
    static EventBus bus;
    return bus;
}

}  // namespace miniswitch

using namespace miniswitch;
extern "C" {

switch_status_t switch_event_create_subclass_detailed(const char* file, const char* function, int line,
                                                      switch_event_t** event, switch_event_types_t id,
                                                      const char* subclass) {
    *event = nullptr;
    if (faults().take(Fault::event_create_fails)) return SWITCH_STATUS_MEMERR;
    if (subclass != nullptr && id != SWITCH_EVENT_CUSTOM) return SWITCH_STATUS_GENERR;
    *event = make_event(id, subclass, file, function, line).release();
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_add_header_string(switch_event_t* event, switch_stack_t stack, const char* name,
                                               const char* value) {
    if (value == nullptr) return SWITCH_STATUS_GENERR;
    if (stack != SWITCH_STACK_BOTTOM) fatal("miniswitch adds headers at the bottom only");
    auto* added = static_cast<switch_event_header_t*>(std::calloc(1, sizeof(switch_event_header_t)));
    added->name = strdup(name);
    added->value = strdup(value);
    (event->headers == nullptr ? event->headers : event->last_header->next) = added;
    event->last_header = added;
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_set_body(switch_event_t* event, const char* body) {
    std::free(std::exchange(event->body, strdup(or_empty(body))));
    return SWITCH_STATUS_SUCCESS;
}

void switch_event_destroy(switch_event_t** holder) {
    auto* event = std::exchange(*holder, nullptr);
    if (event == nullptr) return;
    while (auto* head = event->headers) {
        event->headers = head->next;
        for (void* memory : {static_cast<void*>(head->name), static_cast<void*>(head->value), static_cast<void*>(head)})
            std::free(memory);
    }
    std::free(event->subclass_name);
    std::free(event->body);
    std::free(event);
}

switch_status_t switch_event_fire_detailed(const char*, const char*, int, switch_event_t** event, void*) {
    event_bus().fire(EventPtr{std::exchange(*event, nullptr)});
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_reserve_subclass_detailed(const char*, const char* subclass) {
    return event_bus().reserve(subclass, true) ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_INUSE;
}

switch_status_t switch_event_free_subclass_detailed(const char*, const char* subclass) {
    return event_bus().reserve(subclass, false) ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

}  // extern "C"
