// A FreeSWITCH module for the benchmark only: the floor that mod_asr_stream is compared with, and a stopwatch.
//
//   bench_socket <uuid> <port> <bytes>   a media bug that writes so many bytes to a socket for each frame, by itself
//   bench_thread <uuid>                  which thread runs the call's media bugs
//   bench_close <uuid> bug|speech        how many microseconds it takes to take the recognizer off the call

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freeswitch/switch_api.hpp"

namespace {

using asr_stream::freeswitch::c_entry;
using asr_stream::freeswitch::locate;
using asr_stream::freeswitch::LockedSession;
using asr_stream::freeswitch::view;

constexpr const char* bug_name = "bench_socket";
constexpr unsigned max_bytes = 65536;

/// What a media bug without any engine behind it does for each frame. Owned by the bug, from a successful add to CLOSE.
class SocketTap {
  public:
    SocketTap(int socket, std::size_t bytes) : socket_{socket}, message_(bytes, 'x') {}
    ~SocketTap() { ::close(socket_); }
    SocketTap(const SocketTap&) = delete;
    SocketTap& operator=(const SocketTap&) = delete;

    void pump(switch_media_bug_t* bug) noexcept {
        std::array<std::uint8_t, std::size_t{SWITCH_RECOMMENDED_BUFFER_SIZE} * 2> samples;
        switch_frame_t frame{};
        frame.data = samples.data();
        frame.buflen = SWITCH_RECOMMENDED_BUFFER_SIZE;
        auto fill = SWITCH_FALSE;
        while (switch_core_media_bug_read(bug, &frame, fill) == SWITCH_STATUS_SUCCESS && frame.datalen > 0) {
            // What does not fit is missing at the sink, which counts.
            static_cast<void>(::send(socket_, message_.data(), message_.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
            fill = SWITCH_TRUE;
        }
    }

  private:
    int socket_;
    std::vector<char> message_;
};

extern "C" switch_bool_t bench_socket_callback(switch_media_bug_t* bug, void* user_data, switch_abc_type_t type) {
    auto* tap = static_cast<SocketTap*>(user_data);
    if (type == SWITCH_ABC_TYPE_READ) tap->pump(bug);
    if (type == SWITCH_ABC_TYPE_CLOSE) std::unique_ptr<SocketTap>{tap}.reset();  // takes ownership back
    return SWITCH_TRUE;
}

/// What a media bug that tells its thread at the first frame, and takes itself off, owns until CLOSE.
struct ThreadTeller {
    std::promise<pid_t> thread;
    bool has_told = false;
};

extern "C" switch_bool_t bench_thread_callback(switch_media_bug_t* /*bug*/, void* user_data, switch_abc_type_t type) {
    auto* teller = static_cast<ThreadTeller*>(user_data);
    if (type == SWITCH_ABC_TYPE_CLOSE) std::unique_ptr<ThreadTeller>{teller}.reset();  // takes ownership back
    if (type != SWITCH_ABC_TYPE_READ) return SWITCH_TRUE;
    if (!std::exchange(teller->has_told, true)) teller->thread.set_value(gettid());
    return SWITCH_FALSE;
}

[[nodiscard]] std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    for (std::size_t at = line.find_first_not_of(' '); at != std::string_view::npos;) {
        const auto end = std::min(line.find(' ', at), line.size());
        words.emplace_back(line.substr(at, end - at));
        at = line.find_first_not_of(' ', end);
    }
    return words;
}

/// 0 for what is no number of at most `most`.
[[nodiscard]] unsigned number_of(std::string_view text, unsigned most) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value <= most ? value : 0;
}

/// A connection to the loopback, or -1.
[[nodiscard]] int connect_to(unsigned port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // The socket interface's own way to pass an address.
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (descriptor >= 0 && ::connect(descriptor, generic, sizeof address) == 0) return descriptor;
    if (descriptor >= 0) ::close(descriptor);
    return -1;
}

[[nodiscard]] std::string attach(const std::vector<std::string>& words) {
    const auto port = words.size() == 3 ? number_of(words[1], 65535) : 0;
    const auto bytes = words.size() == 3 ? number_of(words[2], max_bytes) : 0;
    if (port == 0 || bytes == 0) return "-USAGE: <uuid> <port> <bytes>";
    const LockedSession session = locate(words[0]);
    if (!session) return "-ERR no such call";
    const int descriptor = connect_to(port);
    if (descriptor < 0) return "-ERR nobody listens";
    auto tap = std::make_unique<SocketTap>(descriptor, bytes);
    switch_media_bug_t* bug = nullptr;
    if (switch_core_media_bug_add(session.get(), bug_name, nullptr, bench_socket_callback, tap.get(), 0,
                                  SMBF_READ_STREAM, &bug) != SWITCH_STATUS_SUCCESS) {
        return "-ERR media bug refused";
    }
    static_cast<void>(tap.release());  // CLOSE deletes it
    return "+OK";
}

[[nodiscard]] std::string tell_thread(const std::vector<std::string>& words) {
    constexpr std::chrono::seconds patience{5};
    if (words.size() != 1) return "-USAGE: <uuid>";
    const LockedSession session = locate(words[0]);
    if (!session) return "-ERR no such call";
    auto teller = std::make_unique<ThreadTeller>();
    auto told = teller->thread.get_future();
    switch_media_bug_t* bug = nullptr;
    if (switch_core_media_bug_add(session.get(), "bench_thread", nullptr, bench_thread_callback, teller.get(), 0,
                                  SMBF_READ_STREAM, &bug) != SWITCH_STATUS_SUCCESS) {
        return "-ERR media bug refused";
    }
    static_cast<void>(teller.release());  // CLOSE deletes it
    if (told.wait_for(patience) != std::future_status::ready) return "-ERR no frame came";
    return "+OK " + std::to_string(told.get());
}

[[nodiscard]] std::string time_close(const std::vector<std::string>& words) {
    if (words.size() != 2 || (words[1] != "bug" && words[1] != "speech")) return "-USAGE: <uuid> bug|speech";
    const LockedSession session = locate(words[0]);
    if (!session) return "-ERR no such call";
    const auto begin = std::chrono::steady_clock::now();
    if (words[1] == "speech") {
        switch_ivr_stop_detect_speech(session.get());
    } else {
        switch_core_media_bug_remove_all(session.get());
    }
    const auto took = std::chrono::steady_clock::now() - begin;
    return "+OK " + std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

template <class Command>
switch_status_t answer(const char* name, const char* arguments, switch_stream_handle_t* stream, Command command) {
    return c_entry(name, [&] {
        const std::string text = command(words_of(view(arguments))) + "\n";
        stream->write_function(stream, "%s", text.c_str());
        return SWITCH_STATUS_SUCCESS;
    });
}

}  // namespace

SWITCH_BEGIN_EXTERN_C
SWITCH_MODULE_LOAD_FUNCTION(mod_bench_switch_load);
SWITCH_MODULE_DEFINITION(mod_bench_switch, mod_bench_switch_load, nullptr, nullptr);

SWITCH_STANDARD_API(bench_socket_api) {
    static_cast<void>(session);
    return answer("bench_socket", cmd, stream, attach);
}

SWITCH_STANDARD_API(bench_thread_api) {
    static_cast<void>(session);
    return answer("bench_thread", cmd, stream, tell_thread);
}

SWITCH_STANDARD_API(bench_close_api) {
    static_cast<void>(session);
    return answer("bench_close", cmd, stream, time_close);
}

SWITCH_MODULE_LOAD_FUNCTION(mod_bench_switch_load) {
    *module_interface = switch_loadable_module_create_module_interface(pool, modname);
    switch_api_interface_t* api = nullptr;
    SWITCH_ADD_API(api, "bench_socket", "a media bug that writes to a socket", bench_socket_api, "");
    SWITCH_ADD_API(api, "bench_thread", "which thread runs the media bugs", bench_thread_api, "");
    SWITCH_ADD_API(api, "bench_close", "how long a close takes", bench_close_api, "");
    return SWITCH_STATUS_SUCCESS;
}
SWITCH_END_EXTERN_C
