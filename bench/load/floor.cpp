#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "load/contestant.hpp"
#include "load/frames.hpp"

namespace asr_stream::bench {

namespace {

constexpr std::uint32_t mask = 0x37fa213d;

[[noreturn]] void throw_errno(const char* what) {
    throw std::system_error{errno, std::generic_category(), std::string{"floor: "} + what};
}

/// What no design can go below: one thread that writes ready-made frames with send().
class Floor final : public Contestant {
  public:
    explicit Floor(const Plan& plan) : plan_{plan}, sockets_(plan.streams, -1) {
        const std::uint64_t pushes = (plan.warmup_ms + plan.measure_ms) / push_ms + 2;
        for (std::uint64_t push = 0; push < pushes; ++push)
            frames_.push_back(client_frame(Opcode::text, audio_message(push, plan.silence), mask));
    }
    ~Floor() override {
        for (const int socket : sockets_) {
            if (socket >= 0) close(socket);
        }
    }
    Floor(const Floor&) = delete;
    Floor& operator=(const Floor&) = delete;

    void connect(unsigned first, unsigned count) override {
        for (unsigned stream = first; stream < first + count; ++stream) sockets_[stream] = open(stream);
    }

    void push(unsigned stream, std::uint64_t push) override { send_all(sockets_[stream], frames_[push]); }

    std::string complaint() override { return {}; }
    bool has_loop() const override { return false; }

  private:
    [[nodiscard]] int open(unsigned stream) const {
        const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0) throw_errno("socket");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(plan_.port);
        if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw_errno("connect");
        const int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        send_all(descriptor, upgrade_request(plan_.port));
        char answer[1024];
        const ssize_t n = recv(descriptor, answer, sizeof answer, 0);
        if (n < 12 || std::string_view{answer + 9, 3} != "101") throw std::runtime_error{"floor: no upgrade"};
        send_all(descriptor, client_frame(Opcode::text, start_message(stream), mask));
        return descriptor;
    }

    static void send_all(int descriptor, std::string_view bytes) {
        const ssize_t n = send(descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) throw_errno("send");
        if (static_cast<std::size_t>(n) < bytes.size()) throw std::runtime_error{"floor: the socket is full"};
    }

    Plan plan_;
    std::vector<int> sockets_;
    std::vector<std::string> frames_;  ///< by push, the same for all streams
};

}  // namespace

std::unique_ptr<Contestant> make_floor(const Plan& plan) { return std::make_unique<Floor>(plan); }

}  // namespace asr_stream::bench
