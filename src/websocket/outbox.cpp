#include "websocket/outbox.hpp"

#include <utility>

#include "websocket/frame_socket.hpp"

namespace asr_stream::websocket {

Outbox::Outbox() {
    bytes_.reserve(max_bytes);
    sockets_.reserve(max_sockets);
}

void Outbox::admit(std::shared_ptr<FrameSocket> socket) noexcept {
    if (sockets_.size() == max_sockets) send();
    sockets_.push_back({std::move(socket), bytes_.size()});
}

bool Outbox::add(FrameSocket& socket, std::span<const char> bytes) noexcept {
    const bool is_last = !sockets_.empty() && sockets_.back().socket.get() == &socket;
    if (!is_last || bytes.size() > max_bytes - bytes_.size()) {
        send();
        return false;
    }
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    sockets_.back().end = bytes_.size();
    return true;
}

void Outbox::send() noexcept {
    std::size_t begin = 0;
    for (const Corked& corked : sockets_) {
        corked.socket->uncork(std::span{bytes_}.subspan(begin, corked.end - begin));
        begin = corked.end;
    }
    sockets_.clear();
    bytes_.clear();
}

}  // namespace asr_stream::websocket
