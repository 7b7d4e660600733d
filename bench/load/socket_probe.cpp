#include "load/socket_probe.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <string_view>

#include "load/frames.hpp"

namespace asr_stream::bench::probe {

namespace {

constexpr std::size_t max_descriptors = 65'536;
constexpr auto relaxed = std::memory_order_relaxed;

/// Where lateness is measured against.
struct Clock {
    const Schedule* schedule;
    unsigned pushes_per_message;
    std::int64_t allowed_ns;
    std::uint64_t first_message;
};
Clock clock_in_use{};
std::atomic<const Clock*> running{nullptr};
std::atomic<std::uint16_t> watched_port{0};

/// What was written to one socket. One thread at a time writes to it; others read the counters. What each frame touches
/// lies in its first two cache lines, so that looking costs a design with cold caches little more than one with warm
/// ones.
class alignas(64) Sent {
  public:
    void take(std::string_view bytes) {
        if (!upgraded_) {
            bytes = skip_request(bytes);
            if (!upgraded_) return;
        }
        reader_.consume(bytes, [this](const Frame& frame) { on_frame(frame); });
    }
    void count_call() noexcept { bump(calls_, std::uint64_t{1}); }
    void add_to(Totals& totals) const noexcept {
        totals.audio_frames += frames_.load(relaxed);
        totals.audio_bytes += bytes_.load(relaxed);
        totals.send_calls += calls_.load(relaxed);
        totals.late_frames += late_.load(relaxed);
        totals.longest_delay_ns = std::max(totals.longest_delay_ns, longest_delay_ns_.load(relaxed));
    }

  private:
    template <class T>
    static void bump(std::atomic<T>& counter, T by) noexcept {
        counter.store(counter.load(relaxed) + by, relaxed);
    }

    std::string_view skip_request(std::string_view bytes) {
        constexpr std::string_view end = "\r\n\r\n";
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            matched_ = bytes[i] == end[matched_] ? matched_ + 1 : bytes[i] == end[0] ? 1 : 0;
            if (matched_ < end.size()) continue;
            upgraded_ = true;
            reader_.capture_data(true);
            return bytes.substr(i + 1);
        }
        return {};
    }

    void on_frame(const Frame& frame) {
        if (frame.is_control()) return;
        if (!opened_) return read_opening();
        const std::uint64_t message = frames_.load(relaxed);
        bump(frames_, std::uint64_t{1});
        bump(bytes_, frame.payload_bytes);
        const Clock* clock = running.load(std::memory_order_acquire);
        if (clock == nullptr || message < clock->first_message) return;
        const std::uint64_t last_push = (message + 1) * clock->pushes_per_message - 1;
        const std::int64_t delay = steady_ns() - clock->schedule->due_ns(stream_, last_push);
        if (delay > clock->allowed_ns) bump(late_, std::uint64_t{1});
        if (delay > longest_delay_ns_.load(relaxed)) longest_delay_ns_.store(delay, relaxed);
    }

    /// The opening message says which stream this is.
    void read_opening() {
        opened_ = true;
        reader_.capture_data(false);
        const std::string_view text = reader_.captured();
        const auto key = text.find(R"("call":)");
        const auto digits = key == text.npos ? key : text.find_first_of("0123456789", key);
        if (digits != text.npos) std::from_chars(text.data() + digits, text.data() + text.size(), stream_);
    }

    std::atomic<std::uint64_t> frames_{0}, bytes_{0}, calls_{0}, late_{0};
    std::atomic<std::int64_t> longest_delay_ns_{0};
    unsigned stream_ = 0;
    bool upgraded_ = false;
    bool opened_ = false;
    std::size_t matched_ = 0;
    FrameReader reader_;
};

/// By descriptor. Entries are never freed: a process of the load run lives for one round.
std::array<std::atomic<Sent*>, max_descriptors> followed{};

Sent* find(int descriptor) noexcept {
    const auto slot = static_cast<std::size_t>(descriptor);
    return slot < followed.size() ? followed[slot].load(std::memory_order_acquire) : nullptr;
}

void follow(int descriptor, const sockaddr* address) {
    if (address == nullptr || address->sa_family != AF_INET) return;
    const auto* to = reinterpret_cast<const sockaddr_in*>(address);
    const std::uint16_t port = watched_port.load(relaxed);
    const auto slot = static_cast<std::size_t>(descriptor);
    if (port == 0 || ntohs(to->sin_port) != port || slot >= followed.size()) return;
    followed[slot].store(new Sent, std::memory_order_release);
}

}  // namespace

void watch(std::uint16_t port) noexcept { watched_port.store(port, relaxed); }

void start(const Schedule& schedule, const Plan& plan, std::uint64_t first_message) noexcept {
    clock_in_use =
        Clock{&schedule, plan.frame_ms / push_ms, (plan.frame_ms + plan.batch_ms) * ns_per_ms, first_message};
    running.store(&clock_in_use, std::memory_order_release);
}

Totals totals() noexcept {
    Totals sum;
    for (const auto& entry : followed) {
        if (const Sent* sent = entry.load(std::memory_order_acquire)) sent->add_to(sum);
    }
    return sum;
}

}  // namespace asr_stream::bench::probe

namespace probe = asr_stream::bench::probe;

extern "C" {

[[gnu::visibility("default")]] int connect(int descriptor, const sockaddr* address, socklen_t size) {
    probe::follow(descriptor, address);
    return static_cast<int>(syscall(SYS_connect, descriptor, address, size));
}

[[gnu::visibility("default")]] ssize_t send(int descriptor, const void* bytes, std::size_t size, int flags) {
    const auto taken = syscall(SYS_sendto, descriptor, bytes, size, flags, nullptr, 0);
    if (auto* sent = probe::find(descriptor); sent != nullptr && taken > 0) {
        sent->count_call();
        sent->take({static_cast<const char*>(bytes), static_cast<std::size_t>(taken)});
    }
    return taken;
}

[[gnu::visibility("default")]] ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
    const auto taken = syscall(SYS_sendmsg, descriptor, message, flags);
    auto* sent = probe::find(descriptor);
    if (sent == nullptr || taken <= 0) return taken;
    sent->count_call();
    auto left = static_cast<std::size_t>(taken);
    for (std::size_t i = 0; i < message->msg_iovlen && left > 0; ++i) {
        const iovec& part = message->msg_iov[i];
        const std::size_t size = std::min(left, part.iov_len);
        sent->take({static_cast<const char*>(part.iov_base), size});
        left -= size;
    }
    return taken;
}

}  // extern "C"
