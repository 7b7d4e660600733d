#include "support/tcp_segments.hpp"

// The kernel's own header, as glibc's tcp_info ends before what is asked for; no other file can have both.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace asr_stream::test {
namespace {

tcp_info info_of(int socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        throw std::system_error{errno, std::generic_category(), "TCP_INFO"};
    return info;
}

}  // namespace

unsigned data_segments_sent(int socket) { return info_of(socket).tcpi_data_segs_out; }

unsigned data_segments_received(int socket) { return info_of(socket).tcpi_data_segs_in; }

}  // namespace asr_stream::test
