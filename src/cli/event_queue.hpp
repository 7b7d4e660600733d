#pragma once

#include <asr_stream/event.hpp>
#include <asr_stream/log.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/file_descriptor.hpp"

namespace asr_stream::cli {

/// The feeding thread is done with a recording.
struct FeedEnded {
    Result<> outcome;
};
struct LogLine {
    LogLevel level{};
    std::string text;
};
struct QueueItem {
    std::size_t job = 0;
    std::variant<Event, FeedEnded, LogLine> what;
};

/// What loop threads and the feeding thread have to tell the main thread, which waits on fd(). Holds at most `limit`
/// partials and log lines: beyond it they are dropped and counted, while finals and everything else always fit, since
/// max-finals-per-second bounds them.
class EventQueue {
  public:
    static constexpr std::size_t default_limit = 10'000;
    [[nodiscard]] static Result<std::unique_ptr<EventQueue>> create(std::size_t limit = default_limit);

    void push(QueueItem item) noexcept;  ///< any thread
    /// Main thread: everything queued, in order.
    [[nodiscard]] std::vector<QueueItem> take();
    [[nodiscard]] int fd() const noexcept { return wake_.get(); }  ///< readable while there is something to take
    [[nodiscard]] std::uint64_t dropped() const;

  private:
    EventQueue(FileDescriptor wake, std::size_t limit) : wake_{std::move(wake)}, limit_{limit} {}
    FileDescriptor wake_;
    std::size_t limit_;
    mutable std::mutex mutex_;
    std::vector<QueueItem> items_;
    std::uint64_t dropped_ = 0;
};

}  // namespace asr_stream::cli
