#include "event.hpp"

#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <cstring>

#include "faults.hpp"
#include "text.hpp"

namespace miniswitch {
namespace {

struct Name {
    switch_event_types_t id;
    std::string_view name;
};
constexpr Name names[] = {{SWITCH_EVENT_CUSTOM, "CUSTOM"},
                          {SWITCH_EVENT_CHANNEL_CREATE, "CHANNEL_CREATE"},
                          {SWITCH_EVENT_CHANNEL_DESTROY, "CHANNEL_DESTROY"},
                          {SWITCH_EVENT_CHANNEL_ANSWER, "CHANNEL_ANSWER"},
                          {SWITCH_EVENT_CHANNEL_HANGUP, "CHANNEL_HANGUP"},
                          {SWITCH_EVENT_CHANNEL_HANGUP_COMPLETE, "CHANNEL_HANGUP_COMPLETE"},
                          {SWITCH_EVENT_CHANNEL_EXECUTE, "CHANNEL_EXECUTE"},
                          {SWITCH_EVENT_CHANNEL_EXECUTE_COMPLETE, "CHANNEL_EXECUTE_COMPLETE"},
                          {SWITCH_EVENT_CHANNEL_PARK, "CHANNEL_PARK"},
                          {SWITCH_EVENT_CHANNEL_UNPARK, "CHANNEL_UNPARK"},
                          {SWITCH_EVENT_SHUTDOWN, "SHUTDOWN"},
                          {SWITCH_EVENT_MODULE_LOAD, "MODULE_LOAD"},
                          {SWITCH_EVENT_MODULE_UNLOAD, "MODULE_UNLOAD"},
                          {SWITCH_EVENT_DTMF, "DTMF"},
                          {SWITCH_EVENT_BACKGROUND_JOB, "BACKGROUND_JOB"},
                          {SWITCH_EVENT_DETECTED_SPEECH, "DETECTED_SPEECH"},
                          {SWITCH_EVENT_RELOADXML, "RELOADXML"},
                          {SWITCH_EVENT_PLAYBACK_START, "PLAYBACK_START"},
                          {SWITCH_EVENT_PLAYBACK_STOP, "PLAYBACK_STOP"},
                          {SWITCH_EVENT_MEDIA_BUG_START, "MEDIA_BUG_START"},
                          {SWITCH_EVENT_MEDIA_BUG_STOP, "MEDIA_BUG_STOP"},
                          {SWITCH_EVENT_ALL, "ALL"}};

char* duplicate(std::string_view text) { return strndup(text.data(), text.size()); }

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

void add_core_headers(switch_event_t& event, const char* file, const char* function, int line) {
    static std::atomic<unsigned long> sequence{0};
    static const std::string core_uuid = new_uuid();
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const char* slash = std::strrchr(file, '/');
    add_header(event, "Event-Name", event_name(event.event_id));
    add_header(event, "Core-UUID", core_uuid);
    add_header(event, "FreeSWITCH-Hostname", "miniswitch");
    add_header(event, "FreeSWITCH-Switchname", "miniswitch");
    add_header(event, "Event-Date-Local", local_time());
    add_header(event, "Event-Date-Timestamp",
               std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
    add_header(event, "Event-Calling-File", slash == nullptr ? file : slash + 1);
    add_header(event, "Event-Calling-Function", function);
    add_header(event, "Event-Calling-Line-Number", std::to_string(line));
    add_header(event, "Event-Sequence", std::to_string(++sequence));
}

void free_header(switch_event_header_t* header) {
    std::free(header->name);
    std::free(header->value);
    std::free(header);
}

}  // namespace

void destroy(switch_event_t* event) {
    if (event == nullptr) return;
    while (auto* head = event->headers) {
        event->headers = head->next;
        free_header(head);
    }
    std::free(event->subclass_name);
    std::free(event->body);
    std::free(event);
}

EventPtr make_event(switch_event_types_t id, const char* subclass, const char* file, const char* function, int line) {
    EventPtr event{static_cast<switch_event_t*>(std::calloc(1, sizeof(switch_event_t)))};
    event->event_id = id;
    add_core_headers(*event, file, function, line);
    if (subclass != nullptr) {
        event->subclass_name = duplicate(subclass);
        add_header(*event, "Event-Subclass", subclass);
    }
    return event;
}

void add_header(switch_event_t& event, std::string_view name, std::string_view value, bool on_top) {
    auto* added = static_cast<switch_event_header_t*>(std::calloc(1, sizeof(switch_event_header_t)));
    added->name = duplicate(name);
    added->value = duplicate(value);
    if (on_top || event.headers == nullptr) {
        added->next = event.headers;
        event.headers = added;
        if (event.last_header == nullptr) event.last_header = added;
    } else {
        event.last_header->next = added;
        event.last_header = added;
    }
}

const char* header(const switch_event_t& event, std::string_view name) {
    for (const auto* at = event.headers; at != nullptr; at = at->next)
        if (same(at->name, name)) return at->value;
    return nullptr;
}

void delete_header(switch_event_t& event, std::string_view name) {
    switch_event_header_t* before = nullptr;
    for (auto** link = &event.headers; *link != nullptr;) {
        auto* at = *link;
        if (same(at->name, name)) {
            *link = at->next;
            free_header(at);
        } else {
            before = at;
            link = &at->next;
        }
    }
    event.last_header = before;
}

void set_body(switch_event_t& event, std::string_view body) {
    std::free(event.body);
    event.body = duplicate(body);
}

EventPtr copy(const switch_event_t& event) {
    EventPtr twin{static_cast<switch_event_t*>(std::calloc(1, sizeof(switch_event_t)))};
    twin->event_id = event.event_id;
    if (event.subclass_name != nullptr) twin->subclass_name = duplicate(event.subclass_name);
    if (event.body != nullptr) twin->body = duplicate(event.body);
    merge(*twin, event);
    return twin;
}

void merge(switch_event_t& event, const switch_event_t& headers) {
    for (const auto* at = headers.headers; at != nullptr; at = at->next) add_header(event, at->name, at->value);
}

std::string to_plain(const switch_event_t& event, bool encoded) {
    std::string text;
    for (const auto* at = event.headers; at != nullptr; at = at->next) {
        const auto value = encoded ? encode(at->value) : at->value;
        text.append(at->name).append(": ").append(value.empty() ? "_undef_" : value).append("\n");
    }
    const std::string_view body = or_empty(event.body);
    if (!body.empty()) text.append("Content-Length: ").append(std::to_string(body.size())).append("\n");
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

std::string_view event_name(switch_event_types_t id) {
    for (const auto& entry : names)
        if (entry.id == id) return entry.name;
    return "UNKNOWN";
}

std::optional<switch_event_types_t> event_id(std::string_view name) {
    for (const auto& entry : names)
        if (same(entry.name, name)) return entry.id;
    return std::nullopt;
}

}  // namespace miniswitch

extern "C" {

switch_status_t switch_event_create_subclass_detailed(const char* file, const char* function, int line,
                                                      switch_event_t** event, switch_event_types_t id,
                                                      const char* subclass) {
    *event = nullptr;
    if (miniswitch::faults().take(miniswitch::Fault::event_create_fails)) return SWITCH_STATUS_MEMERR;
    // The core refuses a subclass on anything but CUSTOM (and its own CLONE).
    if (subclass != nullptr && id != SWITCH_EVENT_CUSTOM) return SWITCH_STATUS_GENERR;
    *event = miniswitch::make_event(id, subclass, file, function, line).release();
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_add_header_string(switch_event_t* event, switch_stack_t stack, const char* name,
                                               const char* data) {
    if (data == nullptr) return SWITCH_STATUS_GENERR;
    miniswitch::add_header(*event, name, data, (stack & SWITCH_STACK_TOP) != 0);
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_set_body(switch_event_t* event, const char* body) {
    miniswitch::set_body(*event, miniswitch::or_empty(body));
    return SWITCH_STATUS_SUCCESS;
}

char* switch_event_get_header_idx(switch_event_t* event, const char* name, int) {
    return const_cast<char*>(miniswitch::header(*event, name));
}

void switch_event_destroy(switch_event_t** event) {
    miniswitch::destroy(*event);
    *event = nullptr;
}

}  // extern "C"
