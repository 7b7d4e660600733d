#include "session.hpp"

#include "application.hpp"

using namespace miniswitch;

void* fspr_pool_t::allocate(std::size_t size) {
    const std::lock_guard guard{mutex};
    return blocks.emplace_back(std::make_unique<std::byte[]>(size)).get();
}

char* fspr_pool_t::duplicate(std::string_view text) {
    auto* memory = static_cast<char*>(allocate(text.size() + 1));
    text.copy(memory, text.size());
    return memory;
}

switch_core_session::switch_core_session(std::string id, Caller voice) : uuid{std::move(id)}, caller{std::move(voice)} {
    pool.session = this;
    channel.set("uuid", uuid);
}

void switch_core_session::run(const std::string& application, const std::string& data) {
    thread_id = std::this_thread::get_id();
    auto routed = CS_INIT;
    if (channel.state.compare_exchange_strong(routed, CS_EXECUTE) && !execute(*this, application, data))
        channel.hang_up("DESTINATION_OUT_OF_ORDER");
    channel.hang_up("NORMAL_CLEARING");
    bugs.remove_all();
    channel.state = CS_REPORTING;
    channel.fire(SWITCH_EVENT_CHANNEL_HANGUP_COMPLETE);
    lock.lock();
    channel.state = CS_DESTROY;
    lock.unlock();
    bugs.remove_all();  // those added by somebody who held the session meanwhile
    channel.fire(SWITCH_EVENT_CHANNEL_DESTROY);
    sessions().erase(*this);
}

bool switch_core_session::queue_event(EventPtr& event) {
    constexpr std::size_t limit = 256;
    const std::lock_guard guard{events_mutex};
    if (events.size() >= limit || faults().value(Fault::queue_jam) != 0) return false;
    events.push_back(std::move(event));
    return true;
}

EventPtr switch_core_session::take_event() {
    const std::lock_guard guard{events_mutex};
    if (events.empty()) return nullptr;
    auto event = std::move(events.front());
    events.pop_front();
    return event;
}

bool switch_core_session::read_frame() {
    if (!channel.is_up()) return false;
    const auto frame = caller.next_frame();
    const auto number = static_cast<long>(caller.frames());
    if (number == faults().value(Fault::hangup_after_frames)) channel.hang_up("NORMAL_CLEARING");
    const auto one_of = faults().value(Fault::drop_frames);
    const bool is_dropped = one_of != 0 && number % one_of == 0;
    if (!is_dropped && channel.flags[CF_PROXY_MODE] == 0) bugs.read(frame);
    return channel.is_up();
}

void switch_core_session::receive_dtmf(char digit) {
    const switch_dtmf_t dtmf{digit, 2000, 0, SWITCH_DTMF_APP};
    if (auto* recognition = speech.load()) recognition->feed_dtmf(dtmf);
    {
        const std::lock_guard guard{channel.mutex};
        channel.keys.push_back(dtmf);
    }
    channel.fire(SWITCH_EVENT_DTMF, {{"DTMF-Digit", std::string{digit}}, {"DTMF-Duration", "2000"}});
}

void switch_core_session::fault_at(Place place) {
    if (faults().value(Fault::hangup_at) == static_cast<long>(place)) channel.hang_up("NORMAL_CLEARING");
}

namespace miniswitch {

std::shared_ptr<switch_core_session> Sessions::start(const std::string& file, const Variables& variables,
                                                     const std::string& application, const std::string& data) {
    auto voice = load_audio(file);
    if (voice == nullptr || voice->rate < 8000) return nullptr;
    const auto chosen = variables.find("origination_uuid");
    auto uuid = chosen == variables.end() ? new_uuid() : chosen->second;
    const auto session = std::make_shared<switch_core_session>(std::move(uuid), Caller{std::move(voice)});
    for (const auto& [name, value] : variables) session->channel.set(name, value);
    session->channel.flags[CF_PROXY_MODE] = session->channel.is_true("bypass_media") ? 1 : 0;
    session->channel.state = CS_INIT;
    {
        const std::lock_guard guard{mutex_};
        if (!running_.emplace(session->uuid, session).second) return nullptr;
    }
    session->channel.fire(SWITCH_EVENT_CHANNEL_CREATE);
    session->channel.answer();
    auto* raw = session.get();
    if (raw->thread.start("call", [=] { raw->run(application, data); })) return session;
    session->channel.hang_up("SWITCH_CONGESTION");
    erase(*session);
    return nullptr;
}

LockedSession Sessions::locate(std::string_view uuid, bool ending_too) {
    if (faults().take(Fault::locate_fails)) return nullptr;
    const std::lock_guard guard{mutex_};
    const auto found = running_.find(uuid);
    if (found == running_.end() || !found->second->lock.try_lock_shared()) return nullptr;
    LockedSession session{found->second.get()};
    return session->channel.state < (ending_too ? CS_DESTROY : CS_HANGUP) ? std::move(session) : nullptr;
}

bool Sessions::hang_up_all() {
    std::vector<std::shared_ptr<switch_core_session>> all;
    {
        const std::lock_guard guard{mutex_};
        for (const auto& [uuid, session] : running_) all.push_back(session);
    }
    for (const auto& session : all) session->channel.hang_up("MANAGER_REQUEST");
    return !all.empty();
}

void Sessions::erase(const switch_core_session& session) {
    const std::lock_guard guard{mutex_};
    if (auto node = running_.extract(session.uuid)) ended_.push_back(std::move(node.mapped()));
}

void Sessions::reap() {
    std::vector<std::shared_ptr<switch_core_session>> ended;
    const std::lock_guard guard{mutex_};
    ended.swap(ended_);
}

Sessions& sessions() {
    static Sessions all;
    return all;
}

}  // namespace miniswitch

extern "C" {

void* switch_core_perform_alloc(switch_memory_pool_t* pool, switch_size_t size, const char*, const char*, int) {
    return pool->allocate(size);
}

switch_bool_t switch_core_session_in_thread(switch_core_session_t* session) {
    return session->thread_id == std::this_thread::get_id() ? SWITCH_TRUE : SWITCH_FALSE;
}

switch_core_session_t* switch_core_session_perform_locate(const char* uuid, const char*, const char*, int) {
    return sessions().locate(or_empty(uuid)).release();
}

switch_core_session_t* switch_core_session_perform_force_locate(const char* uuid, const char*, const char*, int) {
    return sessions().locate(or_empty(uuid), true).release();
}

void switch_core_session_rwunlock(switch_core_session_t* session) { session->lock.unlock(); }
switch_channel_t* switch_core_session_get_channel(switch_core_session_t* session) { return &session->channel; }
char* switch_core_session_get_uuid(switch_core_session_t* session) { return const_cast<char*>(session->uuid.c_str()); }

switch_status_t switch_core_session_get_read_impl(switch_core_session_t* session,
                                                  switch_codec_implementation_t* codec) {
    constexpr int frame_us = 20000;
    *codec = {session->caller.rate(), frame_us, 1};
    return SWITCH_STATUS_SUCCESS;
}

switch_memory_pool_t* switch_core_session_get_pool(switch_core_session_t* session) { return &session->pool; }

void* switch_core_memory_pool_get_data(switch_memory_pool_t* pool, const char* key) {
    return strcmp(key, "__session") == 0 ? pool->session : nullptr;
}

}  // extern "C"
