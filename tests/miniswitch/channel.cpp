#include "session.hpp"

using namespace miniswitch;

bool switch_channel::is_ready(bool with_media) const {
    if (state <= CS_ROUTING || state >= CS_HANGUP) return false;
    return !with_media || ((flags[CF_ANSWERED] != 0 || flags[CF_EARLY_MEDIA] != 0) && flags[CF_PROXY_MODE] == 0);
}

void switch_channel::hang_up(const std::string& why) {
    auto before = state.load();
    while (before < CS_HANGUP && !state.compare_exchange_weak(before, CS_HANGUP)) {
    }
    if (before >= CS_HANGUP) return;
    set("hangup_cause", why);
    fire(SWITCH_EVENT_CHANNEL_HANGUP);
}

void switch_channel::answer() {
    if (!is_up() || flags[CF_ANSWERED].exchange(1) != 0) return;
    fire(SWITCH_EVENT_CHANNEL_ANSWER);
    session.fault_at(Place::answer);
}

void switch_channel::fire(switch_event_types_t id, const Variables& headers) const {
    auto event = make_event(id);
    add_data(*event);
    for (const auto& [name, value] : headers) add_header(*event, name, value);
    event_bus().fire(std::move(event));
}

void switch_channel::add_data(switch_event_t& event) const {
    const bool is_over = !is_up();
    add_header(event, "Channel-State", is_over ? "CS_HANGUP" : state == CS_EXECUTE ? "CS_EXECUTE" : "CS_INIT");
    add_header(event, "Channel-State-Number", std::to_string(state));
    add_header(event, "Channel-Name", "wav/" + session.uuid);
    add_header(event, "Unique-ID", session.uuid);
    add_header(event, "Call-Direction", "outbound");
    add_header(event, "Answer-State", is_over ? "hangup" : flags[CF_ANSWERED] != 0 ? "answered" : "ringing");
    if (is_over) add_header(event, "Hangup-Cause", get("hangup_cause"));
    add_header(event, "Channel-Read-Codec-Rate", std::to_string(session.caller.rate()));
    if (event.event_id == SWITCH_EVENT_DETECTED_SPEECH || event.event_id == SWITCH_EVENT_DTMF) return;
    for (const auto& [name, value] : variables()) add_header(event, "variable_" + name, value);
}

void switch_channel::set(const std::string& name, const std::string& value) {
    const std::lock_guard guard{mutex};
    if (value.empty())
        values.erase(name);
    else
        values[name] = value;
}

std::string switch_channel::get(std::string_view name, const std::string& otherwise) const {
    const std::lock_guard guard{mutex};
    const auto found = values.find(name);
    return found == values.end() ? otherwise : found->second;
}

bool switch_channel::is_true(std::string_view name) const {
    const auto value = get(name);
    return same(value, "true") || same(value, "yes") || same(value, "on") || std::atoi(value.c_str()) != 0;
}

Variables switch_channel::variables() const {
    const std::lock_guard guard{mutex};
    return values;
}

std::optional<switch_dtmf_t> switch_channel::take_dtmf() {
    const std::lock_guard guard{mutex};
    if (keys.empty()) return std::nullopt;
    const auto first = keys.front();
    keys.pop_front();
    return first;
}

extern "C" {

const char* switch_channel_get_variable_dup(switch_channel_t* channel, const char* name, switch_bool_t, int) {
    const auto value = channel->get(name);
    return value.empty() ? nullptr : channel->session.pool.duplicate(value);
}

switch_status_t switch_channel_set_variable_var_check(switch_channel_t* channel, const char* name, const char* value,
                                                      switch_bool_t) {
    channel->set(name, or_empty(value));
    return SWITCH_STATUS_SUCCESS;
}

uint32_t switch_channel_test_flag(switch_channel_t* channel, switch_channel_flag_t flag) {
    return channel->flags[flag];
}

void switch_channel_set_flag_value(switch_channel_t* channel, switch_channel_flag_t flag, uint32_t value) {
    channel->flags[flag] = value;
}

int switch_channel_test_ready(switch_channel_t* channel, switch_bool_t, switch_bool_t check_media) {
    return channel->is_ready(check_media == SWITCH_TRUE) ? 1 : 0;
}

switch_status_t switch_channel_perform_pre_answer(switch_channel_t* channel, const char*, const char*, int) {
    if (!channel->is_up() || channel->flags[CF_PROXY_MODE] != 0) return SWITCH_STATUS_FALSE;
    channel->flags[CF_EARLY_MEDIA] = 1;
    return SWITCH_STATUS_SUCCESS;
}

void switch_channel_event_set_data(switch_channel_t* channel, switch_event_t* event) { channel->add_data(*event); }

}  // extern "C"
