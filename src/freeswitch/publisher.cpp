#include "freeswitch/publisher.hpp"

#include <string>
#include <utility>

#include "base/thread_name.hpp"
#include "freeswitch/call_stream.hpp"
#include "freeswitch/event_headers.hpp"
#include "freeswitch/stream_table.hpp"
#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {
namespace {

/// The channel's own data first, where the profile asks for it and the call can still be found.
[[nodiscard]] bool add_channel_data(const std::string& uuid, switch_event_t* event) noexcept {
    const auto session = force_locate(uuid);
    if (!session) return false;
    switch_channel_event_set_data(switch_core_session_get_channel(session.get()), event);
    return true;
}

}  // namespace

Publisher::Publisher(std::size_t event_queue, std::shared_ptr<StreamTable> table, std::shared_ptr<Counters> counters)
    : table_{std::move(table)}, counters_{std::move(counters)}, queue_{event_queue}, thread_{[this] { run(); }} {}

Publisher::~Publisher() { finish(); }

void Publisher::publish(std::shared_ptr<CallStream> stream, const Event& event) {
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        queue_.push(std::move(stream), event);
        wake = std::exchange(is_waiting_, false);
    }
    if (wake) pushed_.notify_one();
}

void Publisher::set_limit(std::size_t event_queue) {
    const std::lock_guard lock{mutex_};
    queue_.set_limit(event_queue);
}

Publisher::Stats Publisher::stats() const {
    const std::lock_guard lock{mutex_};
    return {queue_.counts(), queue_.size()};
}

void Publisher::finish() noexcept {
    {
        const std::lock_guard lock{mutex_};
        is_finishing_ = true;
    }
    pushed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Publisher::run() noexcept {
    name_this_thread("asr-events");
    std::unique_lock lock{mutex_};
    for (;;) {
        if (auto item = queue_.pop()) {
            lock.unlock();
            fire(*item->owner, item->event);
            item.reset();
            lock.lock();
        } else if (is_finishing_) {
            return;
        } else {
            is_waiting_ = true;
            pushed_.wait(lock);
            is_waiting_ = false;
        }
    }
}

void Publisher::fire(CallStream& stream, const Event& event) noexcept {
    const bool is_closed = event.kind == EventKind::closed;
    try {
        const StreamIdentity identity{stream.uuid(), stream.name(), stream.profile().name, stream.id()};
        StreamStats statistics;
        if (is_closed) statistics = stream.stats();
        const bool fired = fire(stream, to_custom_event(identity, event, is_closed ? &statistics : nullptr));
        Counters::add(fired ? counters_->events_published : counters_->events_lost);
    } catch (...) {
        Counters::add(counters_->events_lost);
        lost_.write(LogLevel::error, stream.uuid(), "an event could not be published");
    }
    if (is_closed) let_go(stream);
}

bool Publisher::fire(CallStream& stream, const CustomEvent& custom) {
    switch_event_t* created = nullptr;
    const std::string subclass{custom.subclass};
    if (switch_event_create_subclass(&created, SWITCH_EVENT_CUSTOM, subclass.c_str()) != SWITCH_STATUS_SUCCESS)
        return false;
    EventPtr event{created};
    const bool has_channel_data =
        stream.profile().call.event_channel_data && add_channel_data(stream.uuid(), event.get());
    for (const auto& [name, value] : custom.headers) {
        if (has_channel_data && name == "Unique-ID") continue;
        switch_event_add_header_string(event.get(), SWITCH_STACK_BOTTOM, std::string{name}.c_str(), value.c_str());
    }
    switch_event_set_body(event.get(), custom.body.c_str());
    switch_event_t* handed_over = event.release();
    if (switch_event_fire(&handed_over) == SWITCH_STATUS_SUCCESS) return true;
    event.reset(handed_over);  // still ours, where the switch did not take it
    return false;
}

void Publisher::let_go(CallStream& stream) noexcept {
    InterfaceHold hold = std::move(stream.hold_);  // released last: from then on the module may be unloaded
    table_->remove(stream);
}

}  // namespace asr_stream::freeswitch
