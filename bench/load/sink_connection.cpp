#include "load/sink_connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace asr_stream::bench {

namespace {

constexpr std::size_t max_request_bytes = 16'384;

std::string final_message(std::uint64_t end_ms, unsigned length_ms) {
    return R"({"type":"final","text":"yes","confidence":0.9,"start_ms":)" + std::to_string(end_ms - length_ms) +
           R"(,"end_ms":)" + std::to_string(end_ms) + "}";
}

}  // namespace

SinkConnection::SinkConnection(int descriptor, SSL_CTX* tls, Answers answers, SinkTotals& totals)
    : descriptor_{descriptor}, answers_{answers}, totals_{totals} {
    if (tls == nullptr) return;
    ssl_.reset(SSL_new(tls));
    SSL_set_fd(ssl_.get(), descriptor);
    SSL_set_accept_state(ssl_.get());
}

SinkConnection::~SinkConnection() {
    if (upgraded_) --totals_.open;
    close(descriptor_);
}

bool SinkConnection::read(std::span<char> buffer) {
    if (!ssl_) {
        const ssize_t n = recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (n < 0) return errno == EAGAIN || errno == EINTR;
        return n > 0 && take({buffer.data(), static_cast<std::size_t>(n)});
    }
    for (;;) {
        const int n = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
        if (n <= 0) {
            const int error = SSL_get_error(ssl_.get(), n);
            return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
        }
        if (!take({buffer.data(), static_cast<std::size_t>(n)})) return false;
    }
}

bool SinkConnection::take(std::string_view bytes) {
    if (!upgraded_) return take_request(bytes);
    reader_.consume(bytes, [this](const Frame& frame) { on_frame(frame); });
    return !closing_;
}

bool SinkConnection::take_request(std::string_view bytes) {
    request_ += bytes;
    const auto end = request_.find("\r\n\r\n");
    if (end == std::string::npos) return request_.size() < max_request_bytes;
    const std::string answer = upgrade_answer(request_);
    if (answer.empty()) return false;
    upgraded_ = true;
    ++totals_.open;
    const std::string rest = request_.substr(end + 4);
    request_ = {};
    write(answer);
    return rest.empty() || take(rest);
}

void SinkConnection::on_frame(const Frame& frame) {
    if (frame.opcode == Opcode::ping) return write(server_frame(Opcode::pong, reader_.captured()));
    if (frame.opcode == Opcode::close) {
        closing_ = true;
        return write(server_frame(Opcode::close, reader_.captured()));
    }
    if (frame.is_control() || data_frames_++ == 0) return;  // the first is the opening message
    ++totals_.audio_frames;
    totals_.audio_bytes += frame.payload_bytes;
    const std::uint64_t audio_frames = data_frames_ - 1;
    if (answers_.frames_per_final == 0 || audio_frames % answers_.frames_per_final != 0) return;
    write(server_frame(Opcode::text,
                       final_message(audio_frames * answers_.frame_ms, answers_.frames_per_final * answers_.frame_ms)));
}

void SinkConnection::write(std::string_view bytes) {
    const auto size = static_cast<int>(bytes.size());
    const auto written = ssl_ ? SSL_write(ssl_.get(), bytes.data(), size)
                              : send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (written == size) return;
    ++totals_.unanswered;
    closing_ = closing_ || written > 0;  // half a frame: nothing more can follow
}

}  // namespace asr_stream::bench
