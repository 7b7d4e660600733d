#include "freeswitch/barge_in.hpp"

#include <utility>

#include "base/thread_name.hpp"
#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {

BargeIn::BargeIn(std::shared_ptr<Counters> counters) : counters_{std::move(counters)}, thread_{[this] { run(); }} {}

BargeIn::~BargeIn() { finish(); }

void BargeIn::request(const std::string& uuid) {
    {
        const std::lock_guard lock{mutex_};
        if (waiting_.size() >= max_waiting) return Counters::add(counters_->barge_ins_dropped);
        waiting_.push_back(uuid);
    }
    requested_.notify_one();
}

void BargeIn::finish() noexcept {
    {
        const std::lock_guard lock{mutex_};
        is_finishing_ = true;
    }
    requested_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void BargeIn::run() noexcept {
    name_this_thread("asr-barge-in");
    std::unique_lock lock{mutex_};
    while (!is_finishing_) {
        if (waiting_.empty()) {
            requested_.wait(lock);
            continue;
        }
        const std::string uuid = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        if (break_playback(uuid)) Counters::add(counters_->barge_ins);
        lock.lock();
    }
}

bool BargeIn::break_playback(const std::string& uuid) noexcept {
    const auto session = locate(uuid);
    if (!session) return false;
    switch_channel_t* channel = switch_core_session_get_channel(session.get());
    switch_file_handle_t* file = nullptr;
    if (switch_ivr_get_file_handle(session.get(), &file) != SWITCH_STATUS_SUCCESS) return false;
    // While the file handle is held the playback cannot end, so that the break meets it and nothing else.
    if (switch_channel_test_flag(channel, CF_BROADCAST) != 0) {
        switch_channel_stop_broadcast(channel);
    } else {
        switch_channel_set_flag(channel, CF_BREAK);
    }
    switch_ivr_release_file_handle(session.get(), &file);
    return true;
}

}  // namespace asr_stream::freeswitch
