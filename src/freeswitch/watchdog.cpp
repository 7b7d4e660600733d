#include "freeswitch/watchdog.hpp"

#include <utility>

#include "freeswitch/call_stream.hpp"
#include "freeswitch/media_tap.hpp"
#include "freeswitch/stream_table.hpp"
#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {

Watchdog::Watchdog(std::shared_ptr<StreamTable> table, std::shared_ptr<Counters> counters)
    : table_{std::move(table)}, counters_{std::move(counters)}, thread_{[this] { run(); }} {}

Watchdog::~Watchdog() { finish(); }

void Watchdog::finish() noexcept {
    {
        const std::lock_guard lock{mutex_};
        is_finishing_ = true;
    }
    finishing_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Watchdog::run() noexcept {
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
    Missing missing;
    for (const auto& stream : table_->all()) {
        static_cast<void>(stream->rate_adapter().prepare());
        stream->retry_end();
        if (stream->is_ending() || stream->uuid().empty() || locate(stream->uuid())) continue;
        const auto before = missing_.find(stream->id());
        const int times = before == missing_.end() ? 1 : before->second + 1;
        if (times >= patience)
            end(*stream);
        else
            missing.emplace(stream->id(), times);
    }
    missing_ = std::move(missing);
}

void Watchdog::end(CallStream& stream) {
    Counters::add(counters_->watchdog_ends);
    ended_.write(LogLevel::warning, stream.uuid(),
                 "the call is over, but its stream " + stream.name() + " was not ended");
    stream.hang_up();
    stop_feeding(stream);  // a call that was hung up, but is kept alive by what forgot to end
}

}  // namespace asr_stream::freeswitch
