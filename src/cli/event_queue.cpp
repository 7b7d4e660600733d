#include "cli/event_queue.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace asr_stream::cli {
namespace {

bool may_be_dropped(const QueueItem& item) noexcept {
    const auto* event = std::get_if<Event>(&item.what);
    return std::holds_alternative<LogLine>(item.what) || (event != nullptr && event->kind == EventKind::partial);
}

}  // namespace

Result<std::unique_ptr<EventQueue>> EventQueue::create(std::size_t limit) {
    FileDescriptor wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!wake) return fail(Errc::internal, std::string{"eventfd: "} + std::strerror(errno));
    return std::unique_ptr<EventQueue>{new EventQueue{std::move(wake), limit}};
}

void EventQueue::push(QueueItem item) noexcept {
    bool was_empty = false;
    {
        const std::lock_guard lock{mutex_};
        if (items_.size() >= limit_ && may_be_dropped(item)) {
            ++dropped_;
            return;
        }
        was_empty = items_.empty();
        items_.push_back(std::move(item));
    }
    if (!was_empty) return;
    const std::uint64_t one = 1;
    // Cannot fail: the counter is far from its end, since it is written once per take().
    static_cast<void>(::write(wake_.get(), &one, sizeof one) == sizeof one);
}

std::vector<QueueItem> EventQueue::take() {
    std::uint64_t count = 0;
    static_cast<void>(::read(wake_.get(), &count, sizeof count) == sizeof count);
    const std::lock_guard lock{mutex_};
    return std::exchange(items_, {});
}

std::uint64_t EventQueue::dropped() const {
    const std::lock_guard lock{mutex_};
    return dropped_;
}

}  // namespace asr_stream::cli
