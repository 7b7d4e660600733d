#include "media_bug.hpp"

#include <algorithm>
#include <chrono>
#include <shared_mutex>

#include "event_bus.hpp"
#include "session.hpp"

void switch_media_bug::Buffer::write(std::span<const std::int16_t> added) {
    constexpr std::size_t limit = 512U * 1024U / sizeof(std::int16_t);
    const std::lock_guard guard{mutex_};
    if (samples_.size() + added.size() <= limit) samples_.insert(samples_.end(), added.begin(), added.end());
}

std::vector<std::int16_t> switch_media_bug::Buffer::take(std::size_t most) {
    const std::lock_guard guard{mutex_};
    const auto end = samples_.begin() + static_cast<std::ptrdiff_t>(std::min(most, samples_.size()));
    std::vector<std::int16_t> taken{samples_.begin(), end};
    samples_.erase(samples_.begin(), end);
    return taken;
}

std::size_t switch_media_bug::Buffer::size() const {
    const std::lock_guard guard{mutex_};
    return samples_.size();
}

namespace miniswitch {
namespace {
// Removing a bug from inside READ would wait for a lock that the same thread holds.
thread_local const MediaBugs* reading = nullptr;
}  // namespace

switch_status_t MediaBugs::add(std::unique_ptr<switch_media_bug> bug, switch_media_bug_t** added) {
    *added = nullptr;
    if (faults().take(Fault::bug_add_fails)) return SWITCH_STATUS_FALSE;
    if (!session_.channel.is_ready(true)) {
        if (session_.channel.flag(CF_PROXY_MODE) != 0 || !session_.channel.is_up()) return SWITCH_STATUS_FALSE;
        session_.channel.flags[CF_EARLY_MEDIA] = 1;
    }
    // As in the core, who fails INIT is destroyed without a CLOSE.
    if (bug->callback(bug.get(), bug->user_data, SWITCH_ABC_TYPE_INIT) == SWITCH_FALSE) return SWITCH_STATUS_GENERR;
    fire(SWITCH_EVENT_MEDIA_BUG_START, *bug);
    const std::lock_guard guard{lock_};
    *added = linked_.emplace_back(std::move(bug)).get();
    fault_point(session_, Point::bug_add);
    return SWITCH_STATUS_SUCCESS;
}

std::unique_ptr<switch_media_bug> MediaBugs::unlink(const switch_media_bug_t* bug) {
    if (reading == this) fatal("a media bug was removed from inside a READ of the same call");
    const std::lock_guard guard{lock_};
    const auto found = std::ranges::find(linked_, bug, &std::unique_ptr<switch_media_bug>::get);
    if (found == linked_.end()) return nullptr;
    auto unlinked = std::move(*found);
    linked_.erase(found);
    return unlinked;
}

switch_status_t MediaBugs::remove(switch_media_bug_t* bug) {
    const auto unlinked = unlink(bug);
    if (unlinked == nullptr) return SWITCH_STATUS_FALSE;
    close(*unlinked);
    fire(SWITCH_EVENT_MEDIA_BUG_STOP, *unlinked);
    return SWITCH_STATUS_SUCCESS;
}

void MediaBugs::remove_all() {
    std::vector<std::unique_ptr<switch_media_bug>> closed;
    {
        const std::lock_guard guard{lock_};
        for (const auto& bug : linked_) close(*bug);
        closed.swap(linked_);
    }
    for (const auto& bug : closed) fire(SWITCH_EVENT_MEDIA_BUG_STOP, *bug);
}

void MediaBugs::close(switch_media_bug& bug) {
    fault_point(session_, Point::closing);
    if (const auto ms = faults().value(Fault::close_delay_ms))
        std::this_thread::sleep_for(std::chrono::milliseconds{ms});
    if (faults().take(Fault::close_never))
        abandon(bug);
    else
        bug.callback(&bug, bug.user_data, SWITCH_ABC_TYPE_CLOSE);
}

bool MediaBugs::read_one(switch_media_bug& bug, std::span<const std::int16_t> frame) {
    if ((bug.flags & SMBF_PRUNE) != 0) return false;
    if ((bug.flags & SMBF_ANSWER_REQ) != 0 && session_.channel.flag(CF_ANSWERED) == 0) return true;
    if ((bug.flags & SMBF_READ_STREAM) == 0) return true;
    const std::lock_guard guard{bug.read_mutex};
    bug.from_caller.write(frame);
    const bool stays = bug.callback(&bug, bug.user_data, SWITCH_ABC_TYPE_READ) == SWITCH_TRUE;
    const bool is_late = bug.stop_time != 0 && bug.stop_time <= std::time(nullptr);
    if (!stays || is_late) bug.flags |= SMBF_PRUNE;
    return stays && !is_late;
}

void MediaBugs::read(std::span<const std::int16_t> frame) {
    bool all_stay = true;
    {
        const std::shared_lock guard{lock_};
        reading = this;
        for (const auto& bug : linked_) all_stay = read_one(*bug, frame) && all_stay;
        reading = nullptr;
    }
    if (!all_stay) prune();
}

void MediaBugs::prune() {
    for (;;) {
        const switch_media_bug_t* next = nullptr;
        {
            const std::shared_lock guard{lock_};
            const auto found =
                std::ranges::find_if(linked_, [](const auto& b) { return (b->flags & SMBF_PRUNE) != 0; });
            if (found == linked_.end()) return;
            next = found->get();
        }
        static_cast<void>(remove(const_cast<switch_media_bug_t*>(next)));
    }
}

void MediaBugs::write(std::span<const std::int16_t> frame) {
    const std::shared_lock guard{lock_};
    for (const auto& bug : linked_) {
        if ((bug->flags & SMBF_WRITE_STREAM) == 0) continue;
        bug->to_caller.write(frame);
        bug->callback(bug.get(), bug->user_data, SWITCH_ABC_TYPE_WRITE);
    }
}

void MediaBugs::fire(switch_event_types_t id, const switch_media_bug& bug) const {
    auto event = make_event(id);
    add_header(*event, "Media-Bug-Function", bug.function);
    add_header(*event, "Media-Bug-Target", bug.target);
    session_.channel.add_data(*event);
    event_bus().fire(std::move(event));
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
    if (has_write && bug.to_caller.size() > caller && bug.to_caller.size() > 2 * size)
        static_cast<void>(bug.to_caller.take(size));
    const auto callee = has_write ? bug.to_caller.size() : 0;
    const bool fill_read = has_read && caller == 0;
    const bool fill_write = has_write && callee == 0;
    if ((caller != 0 && caller < size) || (callee != 0 && callee < size)) return false;
    if ((fill_read && fill_write) || (fill && (fill_read || fill_write))) return false;
    taken.caller = bug.from_caller.take(size);
    taken.callee = has_write ? bug.to_caller.take(size) : std::vector<std::int16_t>{};
    if (fill_read) taken.caller.assign(size, -1);
    if (fill_write) taken.callee.assign(size, -1);
    taken.caller.resize(size);
    taken.callee.resize(size);
    return true;
}

void combine(const switch_media_bug& bug, const Taken& taken, std::int16_t* out) {
    const bool is_stereo = (bug.flags & SMBF_STEREO) != 0;
    const bool is_swapped = (bug.flags & SMBF_STEREO_SWAP) != 0;
    for (std::size_t i = 0; i < taken.caller.size(); ++i) {
        if (is_stereo) {
            *out++ = is_swapped ? taken.callee[i] : taken.caller[i];
            *out++ = is_swapped ? taken.caller[i] : taken.callee[i];
        } else {
            *out++ = static_cast<std::int16_t>(std::clamp(taken.caller[i] + taken.callee[i], -32768, 32767));
        }
    }
}

}  // namespace
}  // namespace miniswitch

extern "C" {

switch_status_t switch_core_media_bug_add(switch_core_session_t* session, const char* function, const char* target,
                                          switch_media_bug_callback_t callback, void* user_data, time_t stop_time,
                                          switch_media_bug_flag_t flags, switch_media_bug_t** added) {
    auto bug = std::unique_ptr<switch_media_bug>{new switch_media_bug{*session,
                                                                      miniswitch::or_empty(function),
                                                                      miniswitch::or_empty(target),
                                                                      callback,
                                                                      user_data,
                                                                      stop_time,
                                                                      flags,
                                                                      {},
                                                                      {},
                                                                      {}}};
    return session->bugs.add(std::move(bug), added);
}

switch_status_t switch_core_media_bug_remove(switch_core_session_t* session, switch_media_bug_t** bug) {
    return session->bugs.remove(*bug);
}

switch_status_t switch_core_media_bug_read(switch_media_bug_t* bug, switch_frame_t* frame, switch_bool_t fill) {
    const auto size = bug->session.caller.frame_samples();
    const auto bytes = static_cast<std::uint32_t>(size * sizeof(std::int16_t));
    frame->datalen = 0;
    miniswitch::Taken taken;
    if (frame->buflen < bytes || !miniswitch::take_frame(*bug, size, fill == SWITCH_TRUE, taken))
        return SWITCH_STATUS_FALSE;
    miniswitch::combine(*bug, taken, static_cast<std::int16_t*>(frame->data));
    frame->channels = (bug->flags & SMBF_STEREO) != 0 ? 2 : 1;
    frame->datalen = bytes * frame->channels;
    frame->samples = static_cast<std::uint32_t>(size);
    frame->rate = bug->session.caller.rate();
    return SWITCH_STATUS_SUCCESS;
}

}  // extern "C"
