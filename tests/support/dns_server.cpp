#include "support/dns_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>

namespace asr_stream::test {
namespace {

constexpr std::size_t header_bytes = 12;
constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_aaaa = 28;
constexpr std::uint8_t server_failure = 2;
constexpr std::uint8_t no_such_name = 3;

struct Question {
    std::string name;
    std::uint16_t type = 0;
    std::size_t end = 0;  // offset behind it
};

Question read_question(std::string_view query) {
    Question question;
    std::size_t at = header_bytes;
    while (at < query.size() && query[at] != 0) {
        const auto length = static_cast<std::size_t>(query[at]);
        question.name += (question.name.empty() ? "" : ".") + std::string{query.substr(at + 1, length)};
        at += 1 + length;
    }
    if (at + 5 > query.size()) return {};
    question.type = static_cast<std::uint16_t>(static_cast<std::uint8_t>(query[at + 1]) << 8 |
                                               static_cast<std::uint8_t>(query[at + 2]));
    question.end = at + 5;
    return question;
}

void put(std::string& out, std::uint32_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFF);
}

std::string reply(std::string_view query, const Question& question, const DnsAnswer* answer) {
    const bool v6 = question.type == type_aaaa;
    static const std::vector<std::string> none;
    const bool has_list = answer != nullptr && (v6 || question.type == type_a);
    const auto& addresses = !has_list ? none : v6 ? answer->v6 : answer->v4;
    const std::uint8_t code = answer == nullptr ? no_such_name : answer->failure ? server_failure : 0;
    std::string out{query.substr(0, 2)};
    put(out, 0x8180u | code, 2);  // a response, recursion desired and available
    put(out, 1, 2);
    put(out, static_cast<std::uint32_t>(addresses.size()), 2);
    put(out, 0, 4);
    out += query.substr(header_bytes, question.end - header_bytes);
    for (const auto& text : addresses) {
        std::array<char, sizeof(in6_addr)> bytes{};
        const std::size_t size = v6 ? sizeof(in6_addr) : sizeof(in_addr);
        ::inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data());
        put(out, 0xC000u | header_bytes, 2);  // the name: see the question
        put(out, question.type, 2);
        put(out, 1, 2);
        put(out, answer->ttl, 4);
        put(out, static_cast<std::uint32_t>(size), 2);
        out.append(bytes.data(), size);
    }
    return out;
}

}  // namespace

struct DnsServer::Impl {
    Impl() {
        fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        if (::bind(fd, any, size) != 0 || ::getsockname(fd, any, &size) != 0)
            throw std::system_error{errno, std::generic_category(), "DNS server"};
        port = ntohs(address.sin_port);
        thread = std::thread{[this] { serve(); }};
    }

    ~Impl() {
        ::shutdown(fd, SHUT_RDWR);  // ends recvfrom() with nothing
        thread.join();
        ::close(fd);
    }

    void serve() {
        for (;;) {
            std::array<char, 2048> bytes;
            sockaddr_in from{};
            socklen_t from_size = sizeof from;
            auto* any = reinterpret_cast<sockaddr*>(&from);
            const auto size = ::recvfrom(fd, bytes.data(), bytes.size(), 0, any, &from_size);
            if (size <= 0) return;
            const std::string out = answer_to({bytes.data(), static_cast<std::size_t>(size)});
            if (!out.empty()) ::sendto(fd, out.data(), out.size(), 0, any, from_size);
        }
    }

    std::string answer_to(std::string_view query) {
        const Question question = read_question(query);
        if (question.end == 0) return {};
        const std::lock_guard lock{mutex};
        ++all;
        ++counts[question.name];
        const auto known = answers.find(question.name);
        const DnsAnswer* answer = known == answers.end() ? nullptr : &known->second;
        if (answer != nullptr && (question.type == type_aaaa ? answer->silent_v6 : answer->silent_v4)) return {};
        return reply(query, question, answer);
    }

    int fd = -1;
    std::uint16_t port = 0;
    mutable std::mutex mutex;
    std::map<std::string, DnsAnswer> answers;
    std::map<std::string, std::size_t> counts;
    std::size_t all = 0;
    std::thread thread;
};

DnsServer::DnsServer() : impl_{std::make_unique<Impl>()} {}
DnsServer::~DnsServer() = default;

void DnsServer::set(const std::string& name, DnsAnswer answer) {
    const std::lock_guard lock{impl_->mutex};
    impl_->answers[name] = std::move(answer);
}

std::uint16_t DnsServer::port() const { return impl_->port; }

std::size_t DnsServer::queries() const {
    const std::lock_guard lock{impl_->mutex};
    return impl_->all;
}

std::size_t DnsServer::queries(const std::string& name) const {
    const std::lock_guard lock{impl_->mutex};
    const auto known = impl_->counts.find(name);
    return known == impl_->counts.end() ? 0 : known->second;
}

}  // namespace asr_stream::test
