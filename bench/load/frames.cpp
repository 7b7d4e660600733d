#include "load/frames.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

#include "load/contestant.hpp"

namespace asr_stream::bench {

namespace {

std::string frame_header(Opcode opcode, std::size_t size, bool masked) {
    const auto byte = [](std::size_t value) { return static_cast<char>(value & 0xff); };
    const std::size_t mask_bit = masked ? 0x80 : 0;
    std::string header(1, byte(0x80u | static_cast<std::uint8_t>(opcode)));
    if (size < 126) {
        header += byte(mask_bit | size);
    } else if (size < 65536) {
        header += byte(mask_bit | 126);
        header += {byte(size >> 8), byte(size)};
    } else {
        header += byte(mask_bit | 127);
        for (int shift = 56; shift >= 0; shift -= 8) header += byte(size >> shift);
    }
    return header;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view header_value(std::string_view request, std::string_view name) {
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    const auto at = std::search(request.begin(), request.end(), name.begin(), name.end(), same);
    if (at == request.end()) return {};
    auto value = request.substr(static_cast<std::size_t>(at - request.begin()) + name.size());
    value = value.substr(0, value.find("\r\n"));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value.substr(0, value.find(' '));
}

}  // namespace

std::size_t FrameReader::take_header(std::string_view bytes) {
    const std::size_t taken = std::min(header_need_ - header_have_, bytes.size());
    std::memcpy(header_.data() + header_have_, bytes.data(), taken);
    header_have_ += taken;
    if (header_have_ < header_need_) return taken;
    if (header_need_ == 2) {
        const unsigned length = header_[1] & 0x7fu;
        header_need_ += (length == 126 ? 2u : length == 127 ? 8u : 0u) + (header_[1] & 0x80u ? 4u : 0u);
    }
    if (header_have_ == header_need_) begin_payload();
    return taken;
}

void FrameReader::begin_payload() {
    const unsigned length = header_[1] & 0x7fu;
    const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
    remaining_ = extended == 0 ? length : 0;
    for (std::size_t i = 0; i < extended; ++i) remaining_ = remaining_ << 8 | header_[2 + i];
    frame_ = Frame{static_cast<Opcode>(header_[0] & 0x0fu), remaining_};
    capturing_ = frame_.is_control() || capture_data_;
    captured_.clear();
    in_payload_ = true;
}

std::size_t FrameReader::take_payload(std::string_view bytes) {
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
    if (capturing_) captured_.append(bytes.substr(0, std::min(taken, max_captured_bytes - captured_.size())));
    remaining_ -= taken;
    return taken;
}

void FrameReader::finish() {
    if (capturing_ && (header_[1] & 0x80u) != 0) {
        for (std::size_t i = 0; i < captured_.size(); ++i)
            captured_[i] = static_cast<char>(captured_[i] ^ static_cast<char>(header_[header_need_ - 4 + i % 4]));
    }
    in_payload_ = false;
    header_have_ = 0;
    header_need_ = 2;
}

std::string client_frame(Opcode opcode, std::string_view payload, std::uint32_t mask) {
    std::array<char, 4> key{};
    std::memcpy(key.data(), &mask, key.size());
    std::string frame = frame_header(opcode, payload.size(), true);
    frame.append(key.data(), key.size());
    for (std::size_t i = 0; i < payload.size(); ++i) frame += static_cast<char>(payload[i] ^ key[i % 4]);
    return frame;
}

std::string server_frame(Opcode opcode, std::string_view payload) {
    return frame_header(opcode, payload.size(), false).append(payload);
}

std::string upgrade_request(std::uint16_t port) {
    return "GET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
           "Sec-WebSocket-Version: 13\r\n\r\n";
}

std::string upgrade_answer(std::string_view request) {
    std::string key{header_value(request, "\r\nsec-websocket-key:")};
    if (key.empty()) return {};
    key += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           base64(digest.data(), digest.size()) + "\r\n\r\n";
}

}  // namespace asr_stream::bench
