#include "channel.hpp"

#include "event_bus.hpp"
#include "session.hpp"

using miniswitch::add_header;

namespace {
constexpr std::array<std::string_view, 14> state_names{
    "CS_NEW",     "CS_INIT",          "CS_ROUTING",   "CS_SOFT_EXECUTE", "CS_EXECUTE", "CS_EXCHANGE_MEDIA",
    "CS_PARK",    "CS_CONSUME_MEDIA", "CS_HIBERNATE", "CS_RESET",        "CS_HANGUP",  "CS_REPORTING",
    "CS_DESTROY", "CS_NONE"};
}

bool switch_channel::is_ready(bool with_media) const {
    if (state <= CS_ROUTING || state >= CS_HANGUP) return false;
    return !with_media || ((flag(CF_ANSWERED) != 0 || flag(CF_EARLY_MEDIA) != 0) && flag(CF_PROXY_MODE) == 0);
}

void switch_channel::hang_up(std::string_view why) {
    auto before = state.load();
    while (before < CS_HANGUP && !state.compare_exchange_weak(before, CS_HANGUP)) {
    }
    if (before >= CS_HANGUP) return;
    {
        const std::lock_guard guard{mutex_};
        cause_ = why;
        variables_["hangup_cause"] = why;
    }
    fire(SWITCH_EVENT_CHANNEL_HANGUP);
}

void switch_channel::answer() {
    if (!is_up() || flags[CF_ANSWERED].exchange(1) != 0) return;
    fire(SWITCH_EVENT_CHANNEL_ANSWER);
    miniswitch::fault_point(session, miniswitch::Point::answer);
}

void switch_channel::set_variable(std::string_view name, std::string_view value) {
    const std::lock_guard guard{mutex_};
    variables_.insert_or_assign(std::string{name}, std::string{value});
}

void switch_channel::unset_variable(std::string_view name) {
    const std::lock_guard guard{mutex_};
    if (const auto found = variables_.find(name); found != variables_.end()) variables_.erase(found);
}

std::optional<std::string> switch_channel::variable(std::string_view name) const {
    const std::lock_guard guard{mutex_};
    const auto found = variables_.find(name);
    if (found == variables_.end()) return std::nullopt;
    return found->second;
}

bool switch_channel::is_set_true(std::string_view name) const {
    return miniswitch::is_true(variable(name).value_or(""));
}

std::map<std::string, std::string, miniswitch::NoCase> switch_channel::variables() const {
    const std::lock_guard guard{mutex_};
    return variables_;
}

void switch_channel::set_private(const std::string& key, const void* value) {
    const std::lock_guard guard{mutex_};
    privates_[key] = const_cast<void*>(value);
}

void* switch_channel::get_private(std::string_view key) const {
    const std::lock_guard guard{mutex_};
    const auto found = privates_.find(key);
    return found == privates_.end() ? nullptr : found->second;
}

void switch_channel::add_basic_data(switch_event_t& event) const {
    const auto now = state.load();
    const std::lock_guard guard{mutex_};
    add_header(event, "Channel-State", state_names[now]);
    add_header(event, "Channel-State-Number", std::to_string(now));
    add_header(event, "Channel-Name", "wav/" + session.uuid);
    add_header(event, "Unique-ID", session.uuid);
    add_header(event, "Call-Direction", "outbound");
    add_header(event, "Channel-Call-UUID", session.uuid);
    add_header(event, "Answer-State", now >= CS_HANGUP ? "hangup" : flag(CF_ANSWERED) != 0 ? "answered" : "ringing");
    if (!cause_.empty()) add_header(event, "Hangup-Cause", cause_);
    add_header(event, "Channel-Read-Codec-Name", "L16");
    add_header(event, "Channel-Read-Codec-Rate", std::to_string(session.caller.rate()));
    add_header(event, "Caller-Unique-ID", session.uuid);
}

void switch_channel::add_data(switch_event_t& event) const {
    add_basic_data(event);
    if (event.event_id == SWITCH_EVENT_DETECTED_SPEECH || event.event_id == SWITCH_EVENT_DTMF) return;
    const std::lock_guard guard{mutex_};
    for (const auto& [name, value] : variables_) add_header(event, "variable_" + name, value);
}

void switch_channel::fire(switch_event_types_t id) const {
    auto event = miniswitch::make_event(id);
    add_data(*event);
    miniswitch::event_bus().fire(std::move(event));
}

void switch_channel::queue_dtmf(const switch_dtmf_t& dtmf) {
    const std::lock_guard guard{mutex_};
    dtmf_.push_back(dtmf);
}

std::optional<switch_dtmf_t> switch_channel::take_dtmf() {
    const std::lock_guard guard{mutex_};
    if (dtmf_.empty()) return std::nullopt;
    const auto first = dtmf_.front();
    dtmf_.pop_front();
    return first;
}

extern "C" {

const char* switch_channel_get_variable_dup(switch_channel_t* channel, const char* name, switch_bool_t, int) {
    const auto value = channel->variable(name);
    return value ? channel->session.pool.duplicate(*value) : nullptr;
}

switch_status_t switch_channel_set_variable_var_check(switch_channel_t* channel, const char* name, const char* value,
                                                      switch_bool_t) {
    if (miniswitch::or_empty(value)[0] == '\0')
        channel->unset_variable(name);
    else
        channel->set_variable(name, value);
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_channel_set_private(switch_channel_t* channel, const char* key, const void* value) {
    channel->set_private(key, value);
    return SWITCH_STATUS_SUCCESS;
}

void* switch_channel_get_private(switch_channel_t* channel, const char* key) { return channel->get_private(key); }

uint32_t switch_channel_test_flag(switch_channel_t* channel, switch_channel_flag_t flag) { return channel->flag(flag); }

void switch_channel_set_flag_value(switch_channel_t* channel, switch_channel_flag_t flag, uint32_t value) {
    channel->flags[flag] = value;
}

int switch_channel_test_ready(switch_channel_t* channel, switch_bool_t, switch_bool_t check_media) {
    return channel->is_ready(check_media == SWITCH_TRUE) ? 1 : 0;
}

switch_channel_state_t switch_channel_get_state(switch_channel_t* channel) { return channel->state; }

void switch_channel_event_set_basic_data(switch_channel_t* channel, switch_event_t* event) {
    channel->add_basic_data(*event);
}

void switch_channel_event_set_data(switch_channel_t* channel, switch_event_t* event) { channel->add_data(*event); }

}  // extern "C"
