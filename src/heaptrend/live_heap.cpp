#include "heaptrend/live_heap.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "heaptrend/load.hpp"
#include "heaptrend/symbolize.hpp"
#include "heaptrend/verdict.hpp"

namespace heaptrend {
namespace fs = std::filesystem;
namespace {

constexpr int max_wait_ms = 5'000;

/// A descriptor that is closed with the object.
class Descriptor {
  public:
    explicit Descriptor(int number) noexcept : number_{number} {}
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const noexcept { return number_; }

  private:
    int number_;
};

/// Where `heaptrend run` told the process's agent to write.
fs::path agent_folder(pid_t process) {
    std::ifstream in{fs::path{"/proc"} / std::to_string(process) / "environ", std::ios::binary};
    constexpr std::string_view name = "HEAPTREND_FOLDER=";
    for (std::string variable; std::getline(in, variable, '\0');)
        if (variable.starts_with(name)) return variable.substr(name.size());
    return {};
}

/// The newest series of the process; it may have begun another program and then has several.
fs::path series_of(pid_t process) {
    const fs::path parent = agent_folder(process);
    fs::path newest;
    std::error_code error;
    if (parent.empty()) return newest;
    for (const auto& entry : fs::directory_iterator{parent, error}) {
        const std::string name = entry.path().filename().string();
        const bool ours = name.starts_with(std::to_string(process) + ".") && fs::exists(entry.path() / "socket", error);
        if (ours && (newest.empty() || fs::last_write_time(entry.path(), error) > fs::last_write_time(newest, error)))
            newest = entry.path();
    }
    return newest;
}

/// Through the folder's descriptor, because the name of a socket has 107 bytes at most. Never waits to be connected:
/// the agent of a stopped process does not take what waits.
bool request_dump(const fs::path& folder) {
    const Descriptor directory{open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    const Descriptor peer{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/socket", directory.number());
    if (directory.number() < 0 || peer.number() < 0 ||
        connect(peer.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        send(peer.number(), "dump\n", 5, MSG_NOSIGNAL) != 5)
        return false;
    pollfd ready{.fd = peer.number(), .events = POLLIN, .revents = 0};
    std::array<char, 1> answer{};
    return poll(&ready, 1, max_wait_ms) == 1 && read(peer.number(), answer.data(), answer.size()) == 1;
}

}  // namespace

Result<LiveHeap> ask_agent(pid_t process, std::size_t max_owners) {
    const fs::path folder = series_of(process);
    if (folder.empty()) return fail(Errc::unavailable, "no agent in process " + std::to_string(process));
    if (!request_dump(folder)) return fail(Errc::unavailable, "the agent of " + folder.string() + " does not answer");
    auto series = load_series({folder.string()});
    if (!series) return tl::unexpected{series.error()};
    symbolize(*series);
    const Verdict verdict = analyse(*series, FoldRules::defaults());
    LiveHeap heap{.owners = {}, .verdict = summary(verdict, *series)};
    for (const OwnerGrowth& owner : verdict.owners)
        if (const Cost& live = owner.track.live.back(); live.bytes > 0)
            heap.owners.push_back({.title = verdict.folded.owners[owner.owner.value].title(*series),
                                   .bytes = live.bytes,
                                   .error = std::sqrt(live.variance),
                                   .growing = owner.judgement.growing});
    std::stable_sort(heap.owners.begin(), heap.owners.end(), [](const LiveOwner& a, const LiveOwner& b) {
        return a.growing != b.growing ? a.growing : a.bytes > b.bytes;
    });
    if (heap.owners.size() > max_owners) heap.owners.resize(max_owners);
    return heap;
}

}  // namespace heaptrend
