#include "session.hpp"

#include <filesystem>

#include "application.hpp"
#include "event_bus.hpp"
#include "playback.hpp"

using miniswitch::Fault;
using miniswitch::faults;

switch_core_session::switch_core_session(std::string id, miniswitch::Caller voice)
    : uuid{std::move(id)}, caller{std::move(voice)} {
    pool.data["__session"] = this;
    channel.set_variable("uuid", uuid);
}

void switch_core_session::run(const std::string& application, const std::string& data) {
    if (const auto path = channel.variable("miniswitch_record"))
        recording_ = std::make_unique<miniswitch::Recording>(*path, caller.rate());
    auto routed = CS_INIT;
    if (channel.state.compare_exchange_strong(routed, CS_EXECUTE) && !miniswitch::execute(*this, application, data))
        channel.hang_up("DESTINATION_OUT_OF_ORDER");
    channel.hang_up("NORMAL_CLEARING");
    bugs.remove_all();
    channel.state = CS_REPORTING;
    channel.fire(SWITCH_EVENT_CHANNEL_HANGUP_COMPLETE);
    lock.lock();
    channel.state = CS_DESTROY;
    lock.unlock();
    channel.fire(SWITCH_EVENT_CHANNEL_DESTROY);
    events_.clear();
    recording_.reset();
    miniswitch::sessions().erase(*this);
}

bool switch_core_session::queue_event(miniswitch::EventPtr& event) {
    const std::lock_guard guard{events_mutex_};
    if (events_.size() >= event_queue_limit || faults().value(Fault::queue_jam) != 0) return false;
    events_.push_back(std::move(event));
    return true;
}

miniswitch::EventPtr switch_core_session::take_event() {
    const std::lock_guard guard{events_mutex_};
    if (events_.empty()) return nullptr;
    auto event = std::move(events_.front());
    events_.pop_front();
    return event;
}

bool switch_core_session::read_frame() {
    if (!channel.is_up()) return false;
    const auto frame = caller.next_frame();
    const auto number = static_cast<long>(caller.frames());
    if (number == faults().value(Fault::hangup_after_frames)) channel.hang_up("NORMAL_CLEARING");
    if (caller.is_silent() && channel.is_set_true("miniswitch_hangup_at_end")) channel.hang_up("NORMAL_CLEARING");
    const auto one_of = faults().value(Fault::drop_frames);
    const bool is_dropped = one_of != 0 && number % one_of == 0;
    if (!is_dropped && channel.flag(CF_PROXY_MODE) == 0) bugs.read(frame);
    return channel.is_up();
}

void switch_core_session::write_frame(std::span<const std::int16_t> samples) {
    bugs.write(samples);
    if (recording_ != nullptr) recording_->write(samples);
}

void switch_core_session::receive_dtmf(char digit) {
    const switch_dtmf_t dtmf{digit, 2000, 0, SWITCH_DTMF_APP};
    if (auto* speech = static_cast<miniswitch::Speech*>(channel.get_private(SWITCH_SPEECH_KEY)))
        speech->feed_dtmf(dtmf);
    channel.queue_dtmf(dtmf);
    auto event = miniswitch::make_event(SWITCH_EVENT_DTMF);
    miniswitch::add_header(*event, "DTMF-Digit", std::string(1, digit));
    miniswitch::add_header(*event, "DTMF-Duration", std::to_string(dtmf.duration));
    channel.add_data(*event);
    miniswitch::event_bus().fire(std::move(event));
}

namespace miniswitch {

void fault_point(switch_core_session& session, Point point) {
    if (faults().value(Fault::hangup_at) == static_cast<long>(point)) session.channel.hang_up("NORMAL_CLEARING");
}

namespace {

std::shared_ptr<const Audio> voice_of(const std::string& file) {
    if (file != "silence") return load_audio(sound_path(file));
    static const auto silence = std::make_shared<const Audio>(Audio{8000, {}});
    return silence;
}

}  // namespace

std::shared_ptr<switch_core_session> Sessions::start(const std::string& file,
                                                     const std::map<std::string, std::string>& variables,
                                                     const std::string& application, const std::string& data) {
    auto voice = voice_of(file);
    if (voice == nullptr || voice->rate < 8000) return nullptr;
    const auto chosen = variables.find("origination_uuid");
    auto uuid = chosen == variables.end() ? new_uuid() : chosen->second;
    const auto session = std::make_shared<switch_core_session>(std::move(uuid), Caller{std::move(voice)});
    for (const auto& [name, value] : variables) session->channel.set_variable(name, value);
    if (session->channel.is_set_true("bypass_media")) session->channel.flags[CF_PROXY_MODE] = 1;
    session->channel.flags[CF_OUTBOUND] = 1;
    {
        const std::lock_guard guard{mutex_};
        if (!running_.emplace(session->uuid, session).second) return nullptr;
    }
    session->channel.state = CS_INIT;
    session->channel.fire(SWITCH_EVENT_CHANNEL_CREATE);
    session->channel.answer();
    const bool is_started =
        session->thread.start("call", [raw = session.get(), application, data] { raw->run(application, data); });
    if (is_started) return session;
    session->channel.hang_up("SWITCH_CONGESTION");
    erase(*session);
    return nullptr;
}

switch_core_session* Sessions::locate(std::string_view uuid, bool ending_too) {
    if (faults().take(Fault::locate_fails)) return nullptr;
    const std::lock_guard guard{mutex_};
    const auto found = running_.find(uuid);
    if (found == running_.end() || !found->second->lock.try_lock_shared()) return nullptr;
    const auto& session = found->second;
    if (session->channel.state < (ending_too ? CS_DESTROY : CS_HANGUP)) return session.get();
    session->lock.unlock();
    return nullptr;
}

std::vector<std::string> Sessions::uuids() const {
    const std::lock_guard guard{mutex_};
    std::vector<std::string> all;
    for (const auto& [uuid, session] : running_) all.push_back(uuid);
    return all;
}

void Sessions::hang_up_all() {
    for (const auto& uuid : uuids())
        if (const LockedSession session{locate(uuid)}) session->channel.hang_up("MANAGER_REQUEST");
}

void Sessions::erase(switch_core_session& session) {
    const std::lock_guard guard{mutex_};
    const auto found = running_.find(session.uuid);
    if (found == running_.end()) return;
    ended_.push_back(std::move(found->second));
    running_.erase(found);
}

void Sessions::reap() {
    std::vector<std::shared_ptr<switch_core_session>> ended;
    {
        const std::lock_guard guard{mutex_};
        ended.swap(ended_);
    }
}

Sessions& sessions() {
    static Sessions all;
    return all;
}

}  // namespace miniswitch

extern "C" {

switch_core_session_t* switch_core_session_perform_locate(const char* uuid, const char*, const char*, int) {
    return uuid == nullptr ? nullptr : miniswitch::sessions().locate(uuid);
}

switch_core_session_t* switch_core_session_perform_force_locate(const char* uuid, const char*, const char*, int) {
    return uuid == nullptr ? nullptr : miniswitch::sessions().locate(uuid, true);
}

void switch_core_session_rwunlock(switch_core_session_t* session) { session->lock.unlock(); }

switch_channel_t* switch_core_session_get_channel(switch_core_session_t* session) { return &session->channel; }

char* switch_core_session_get_uuid(switch_core_session_t* session) { return const_cast<char*>(session->uuid.c_str()); }

switch_status_t switch_core_session_get_read_impl(switch_core_session_t* session,
                                                  switch_codec_implementation_t* codec) {
    static char name[] = "L16";
    const auto samples = static_cast<std::uint32_t>(session->caller.frame_samples());
    *codec = {name, session->caller.rate(), session->caller.rate(), 20000, samples, samples * 2, 1};
    return SWITCH_STATUS_SUCCESS;
}

}  // extern "C"
