#include "freeswitch/watchdog.hpp"

#include <utility>

#include "base/thread_name.hpp"
#include "freeswitch/asr_handle.hpp"
#include "freeswitch/call_stream.hpp"
#include "freeswitch/handle_table.hpp"
#include "freeswitch/media_tap.hpp"
#include "freeswitch/stream_table.hpp"
#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {
namespace {

[[nodiscard]] int times_of(const std::unordered_map<std::uint64_t, int>& times, std::uint64_t id) {
    const auto at = times.find(id);
    return at == times.end() ? 0 : at->second;
}

}  // namespace

Watchdog::Watchdog(std::shared_ptr<StreamTable> table, std::shared_ptr<HandleTable> handles,
                   std::shared_ptr<Counters> counters)
    : table_{std::move(table)}, handles_{std::move(handles)}, counters_{std::move(counters)}, thread_{[this] {
          run();
      }} {}

Watchdog::~Watchdog() { finish(); }

void Watchdog::finish() noexcept {
    {
        const std::lock_guard lock{mutex_};
        is_finishing_ = true;
    }
    finishing_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Watchdog::finish_looking() {
    finish();
    for (int looks = 0;; ++looks) {
        look_at_taps(least_looks);
        look_at_handles();
        if (looks == least_looks || (table_->tapped().empty() && handles_->all().empty())) return;
        std::this_thread::sleep_for(period);
    }
}

void Watchdog::run() noexcept {
    name_this_thread("asr-watchdog");
    std::unique_lock lock{mutex_};
    while (!finishing_.wait_for(lock, period, [this] { return is_finishing_; })) {
        lock.unlock();
        try {
            look();
        } catch (...) {  // no memory for a look: the next one comes in a second
            Counters::add(counters_->events_failed);
        }
        lock.lock();
    }
}

void Watchdog::look() {
    look_at_streams();
    look_at_taps(patience);
    if (++looks_ % patience == 0) look_at_handles();
}

void Watchdog::look_at_streams() {
    Missing missing;
    for (const auto& stream : table_->all()) {
        static_cast<void>(stream->rate_adapter().prepare());
        stream->retry_end();
        if (stream->is_ending() || !stream->has_call() || locate(stream->uuid())) continue;
        const int times = 1 + times_of(missing_, stream->id());
        if (times >= patience)
            end(*stream);
        else
            missing.emplace(stream->id(), times);
    }
    missing_ = std::move(missing);
}

void Watchdog::look_at_taps(int looks) {
    Missing vanished;
    for (const auto& stream : table_->tapped()) {
        if (force_locate(stream->uuid())) continue;
        const int times = 1 + times_of(vanished_, stream->id());
        if (times >= looks)
            MediaTap::reclaim(*table_, *stream);
        else
            vanished.emplace(stream->id(), times);
    }
    vanished_ = std::move(vanished);
}

void Watchdog::look_at_handles() {
    std::unordered_map<const AsrHandle*, CallState> lost;
    for (const auto& handle : handles_->all()) {
        if (!handle->has_call() || locate(handle->uuid())) continue;
        const auto before = lost_.find(handle.get());
        const auto session = force_locate(handle->uuid());
        const auto state = session ? CallState::hung_up : CallState::gone;
        if (before == lost_.end() || before->second != state || !take_back(*handle, session.get()))
            lost.emplace(handle.get(), state);
    }
    lost_ = std::move(lost);
}

bool Watchdog::take_back(AsrHandle& handle, switch_core_session_t* session) {
    // A call that was hung up, but is kept alive by its own speech thread, is closed by the switch itself.
    if (session != nullptr && switch_ivr_stop_detect_speech(session) != SWITCH_STATUS_SUCCESS) return false;
    if (session == nullptr) {
        handle.close();
        handle.door().close();  // so that a CLOSE which comes after all leads nowhere
    }
    Counters::add(counters_->handles_reclaimed);
    given_up_.write(LogLevel::warning, handle.uuid(), "the call is over, but its recognizer was not closed");
    return true;
}

void Watchdog::end(CallStream& stream) {
    Counters::add(counters_->watchdog_ends);
    ended_.write(LogLevel::warning, stream.uuid(),
                 "the call is over, but its stream " + stream.name() + " was not ended");
    stream.hang_up();
    stop_feeding(stream);  // a call that was hung up, but is kept alive by what forgot to end
}

}  // namespace asr_stream::freeswitch
