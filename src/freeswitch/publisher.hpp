#pragma once

#include <asr_stream/event.hpp>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "freeswitch/call_log.hpp"
#include "freeswitch/counters.hpp"
#include "freeswitch/event_queue.hpp"

namespace asr_stream::freeswitch {

class CallStream;
class StreamTable;
struct CustomEvent;

/// Fires CUSTOM events on a thread of its own, because firing can wait for a slow consumer. After `closed` it lets the
/// stream go: out of the table, then its hold on the module.
class Publisher {
  public:
    using Queue = EventQueue<CallStream>;
    struct Stats {
        Queue::Counts counts;
        std::size_t waiting = 0;
    };

    Publisher(std::size_t event_queue, std::shared_ptr<StreamTable> table, std::shared_ptr<Counters> counters);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    /// Any thread; waits for nothing but a short mutex. May throw std::bad_alloc.
    void publish(std::shared_ptr<CallStream> stream, const Event& event);
    /// A stream whose `closed` could not even be queued.
    void let_go(CallStream& stream) noexcept;
    void set_limit(std::size_t event_queue);
    [[nodiscard]] Stats stats() const;
    /// Publishes what waits, then ends the thread.
    void finish() noexcept;

  private:
    void run() noexcept;
    void fire(CallStream& stream, const Event& event) noexcept;
    [[nodiscard]] bool fire(CallStream& stream, const CustomEvent& custom);

    const std::shared_ptr<StreamTable> table_;
    const std::shared_ptr<Counters> counters_;
    LogTopic lost_;
    mutable std::mutex mutex_;
    std::condition_variable pushed_;
    Queue queue_;
    bool is_waiting_ = false;
    bool is_finishing_ = false;
    std::thread thread_;
};

}  // namespace asr_stream::freeswitch
