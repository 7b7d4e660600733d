#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "switch.h"

/// The core's events: an id, headers in order, a body. All memory is malloc's, as the module may take it over.
namespace miniswitch {

void destroy(switch_event_t* event);
struct EventDestroy {
    void operator()(switch_event_t* event) const { destroy(event); }
};
using EventPtr = std::unique_ptr<switch_event_t, EventDestroy>;

/// With the headers that every event has: Event-Name, Core-UUID, dates, sequence, where it was made.
[[nodiscard]] EventPtr make_event(switch_event_types_t id, const char* subclass = nullptr, const char* file = "core.c",
                                  const char* function = "core", int line = 1);
void add_header(switch_event_t& event, std::string_view name, std::string_view value, bool on_top = false);
[[nodiscard]] const char* header(const switch_event_t& event, std::string_view name);
void delete_header(switch_event_t& event, std::string_view name);
void set_body(switch_event_t& event, std::string_view body);
[[nodiscard]] EventPtr copy(const switch_event_t& event);
void merge(switch_event_t& event, const switch_event_t& headers);

/// As the event socket sends it: values percent-encoded or not.
[[nodiscard]] std::string to_plain(const switch_event_t& event, bool encoded = true);
[[nodiscard]] std::string to_json(const switch_event_t& event);

[[nodiscard]] std::string_view event_name(switch_event_types_t id);
/// Nothing for a name that miniswitch has no event for.
[[nodiscard]] std::optional<switch_event_types_t> event_id(std::string_view name);

}  // namespace miniswitch
