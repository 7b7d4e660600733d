#include "media_bug.hpp"

#include <shared_mutex>

#include "session.hpp"

using namespace miniswitch;

namespace miniswitch {
namespace {

// Removing a bug from inside READ would wait for a lock that the same thread holds.
thread_local const MediaBugs* reading = nullptr;

// Bounded as the core's buffers.
void append(std::vector<std::int16_t>& buffer, std::span<const std::int16_t> added) {
    constexpr std::size_t limit = 512U * 1024U / sizeof(std::int16_t);
    if (buffer.size() + added.size() <= limit) buffer.insert(buffer.end(), added.begin(), added.end());
}

std::vector<std::int16_t> take(std::vector<std::int16_t>& buffer, std::size_t most) {
    const auto end = buffer.begin() + static_cast<std::ptrdiff_t>(std::min(most, buffer.size()));
    std::vector<std::int16_t> taken{buffer.begin(), end};
    buffer.erase(buffer.begin(), end);
    return taken;
}

}  // namespace

switch_status_t MediaBugs::add(std::unique_ptr<switch_media_bug> bug, switch_media_bug_t** added) {
    *added = nullptr;
    auto& channel = session_.channel;
    if (faults().take(Fault::bug_add_fails)) return SWITCH_STATUS_FALSE;
    if (!channel.is_ready(true) && switch_channel_pre_answer(&channel) != SWITCH_STATUS_SUCCESS)
        return SWITCH_STATUS_FALSE;
    // As in the core, who fails INIT is destroyed without a CLOSE.
    if (bug->callback(bug.get(), bug->user_data, SWITCH_ABC_TYPE_INIT) == SWITCH_FALSE) return SWITCH_STATUS_GENERR;
    tell(SWITCH_EVENT_MEDIA_BUG_START, *bug);
    {
        const std::lock_guard guard{lock_};
        *added = linked_.emplace_back(std::move(bug)).get();
    }
    session_.fault_at(Place::bug_add);
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t MediaBugs::remove(switch_media_bug_t* bug) {
    if (reading == this) fatal("a media bug was removed from inside a READ of the same call");
    {
        const std::lock_guard guard{lock_};
        const auto found = std::ranges::find(linked_, bug, &Owned::get);
        if (found == linked_.end()) return SWITCH_STATUS_FALSE;
        closed_.push_back(std::move(*found));
        linked_.erase(found);
    }
    close(*bug);
    tell(SWITCH_EVENT_MEDIA_BUG_STOP, *bug);
    return SWITCH_STATUS_SUCCESS;
}

void MediaBugs::remove_all() {
    std::vector<Owned> closed;
    {
        const std::lock_guard guard{lock_};
        for (const auto& bug : linked_) close(*bug);
        closed.swap(linked_);
    }
    for (const auto& bug : closed) tell(SWITCH_EVENT_MEDIA_BUG_STOP, *bug);
}

void MediaBugs::close(switch_media_bug& bug) {
    session_.fault_at(Place::closing);
    faults().stall(Fault::close_delay_ms);
    if (faults().take(Fault::close_never))
        Speech::abandon(bug);
    else
        bug.callback(&bug, bug.user_data, SWITCH_ABC_TYPE_CLOSE);
}

void MediaBugs::read_one(switch_media_bug& bug, std::span<const std::int16_t> frame) {
    if ((bug.flags & SMBF_READ_STREAM) == 0 || (bug.flags & SMBF_PRUNE) != 0) return;
    const std::lock_guard guard{bug.read_mutex};
    append(bug.from_caller, frame);
    if (bug.callback(&bug, bug.user_data, SWITCH_ABC_TYPE_READ) == SWITCH_FALSE) bug.flags |= SMBF_PRUNE;
}

void MediaBugs::read(std::span<const std::int16_t> frame) {
    std::vector<switch_media_bug_t*> pruned;
    {
        const std::shared_lock guard{lock_};
        reading = this;
        for (const auto& bug : linked_) {
            read_one(*bug, frame);
            if ((bug->flags & SMBF_PRUNE) != 0) pruned.push_back(bug.get());
        }
        reading = nullptr;
    }
    for (auto* bug : pruned) static_cast<void>(remove(bug));
}

void MediaBugs::write(std::span<const std::int16_t> frame) {
    const std::shared_lock guard{lock_};
    for (const auto& bug : linked_) {
        if ((bug->flags & SMBF_WRITE_STREAM) == 0) continue;
        append(bug->to_caller, frame);
        bug->callback(bug.get(), bug->user_data, SWITCH_ABC_TYPE_WRITE);
    }
}

void MediaBugs::tell(switch_event_types_t id, const switch_media_bug& bug) const {
    session_.channel.fire(id, {{"Media-Bug-Function", bug.function}});
}

namespace {

struct Taken {
    std::vector<std::int16_t> caller;
    std::vector<std::int16_t> callee;
};

// Which samples one switch_core_media_bug_read gives, by the core's rules: whole frames only; a side without audio is
// filled up unless `fill` says that somebody has read this frame already; never both sides from nothing.
bool take_frame(switch_media_bug& bug, std::size_t size, bool fill, Taken& taken) {
    const bool has_read = (bug.flags & SMBF_READ_STREAM) != 0;
    const bool has_write = (bug.flags & SMBF_WRITE_STREAM) != 0;
    const auto caller = bug.from_caller.size();
    if (bug.to_caller.size() > std::max(caller, 2 * size)) take(bug.to_caller, size);
    const auto callee = bug.to_caller.size();
    const bool fill_read = has_read && caller == 0;
    const bool fill_write = has_write && callee == 0;
    if ((caller != 0 && caller < size) || (callee != 0 && callee < size)) return false;
    if ((fill_read && fill_write) || (fill && (fill_read || fill_write))) return false;
    taken = {take(bug.from_caller, size), take(bug.to_caller, size)};
    taken.caller.resize(size, fill_read ? -1 : 0);
    taken.callee.resize(size, fill_write ? -1 : 0);
    return true;
}

void combine(const Taken& taken, bool is_stereo, std::int16_t* out) {
    for (std::size_t i = 0; i < taken.caller.size(); ++i) {
        const int caller = taken.caller[i];
        const int callee = taken.callee[i];
        *out++ = static_cast<std::int16_t>(is_stereo ? caller : std::clamp(caller + callee, -32768, 32767));
        if (is_stereo) *out++ = taken.callee[i];
    }
}

}  // namespace
}  // namespace miniswitch

extern "C" {

switch_status_t switch_core_media_bug_add(switch_core_session_t* session, const char* function, const char*,
                                          switch_media_bug_callback_t callback, void* user_data, time_t stop_time,
                                          switch_media_bug_flag_t flags, switch_media_bug_t** added) {
    if (stop_time != 0) fatal("miniswitch does not time media bugs out");
    auto* bug = new switch_media_bug{*session, or_empty(function), callback, user_data, flags};
    return session->bugs.add(std::unique_ptr<switch_media_bug>{bug}, added);
}

switch_status_t switch_core_media_bug_remove(switch_core_session_t* session, switch_media_bug_t** bug) {
    return session->bugs.remove(*bug);
}

switch_status_t switch_core_media_bug_read(switch_media_bug_t* bug, switch_frame_t* frame, switch_bool_t fill) {
    const auto size = bug->session.caller.frame_samples();
    const bool is_stereo = (bug->flags & SMBF_STEREO) != 0;
    frame->datalen = 0;
    Taken taken;
    if (frame->buflen < size * sizeof(std::int16_t) || !take_frame(*bug, size, fill == SWITCH_TRUE, taken))
        return SWITCH_STATUS_FALSE;
    combine(taken, is_stereo, static_cast<std::int16_t*>(frame->data));
    frame->channels = is_stereo ? 2 : 1;
    frame->samples = static_cast<std::uint32_t>(size);
    frame->datalen = frame->samples * frame->channels * static_cast<std::uint32_t>(sizeof(std::int16_t));
    frame->rate = bug->session.caller.rate();
    return SWITCH_STATUS_SUCCESS;
}

}  // extern "C"
