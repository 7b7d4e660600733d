#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Just enough of RFC 6455 to count frames, to answer a client, and to have ready-made ones.
namespace asr_stream::bench {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct Frame {
    Opcode opcode{};
    std::uint64_t payload_bytes = 0;
    [[nodiscard]] bool is_control() const noexcept { return static_cast<std::uint8_t>(opcode) >= 8; }
};

/// Finds the frames in a byte stream by their headers alone (RFC 6455 section 5.2); payload is neither copied nor
/// unmasked, except that of control frames and, while asked to, of data frames.
class FrameReader {
  public:
    static constexpr std::size_t max_captured_bytes = 4096;

    void capture_data(bool on) noexcept { capture_data_ = on; }
    /// Unmasked payload of the frame that on_frame() was just called for; cut at max_captured_bytes.
    [[nodiscard]] const std::string& captured() const noexcept { return captured_; }

    /// Calls on_frame(const Frame&) as the last byte of each frame comes by.
    template <class OnFrame>
    void consume(std::string_view bytes, OnFrame&& on_frame) {
        while (!bytes.empty()) {
            if (const auto frame = whole_data_frame(bytes)) {
                bytes.remove_prefix(frame->bytes);
                on_frame(frame->frame);
                continue;
            }
            bytes.remove_prefix(in_payload_ ? take_payload(bytes) : take_header(bytes));
            if (!in_payload_ || remaining_ > 0) continue;
            finish();
            on_frame(frame_);
        }
    }

  private:
    struct Whole {
        Frame frame;
        std::size_t bytes;
    };
    /// The usual case, without touching what is kept between two calls: a masked or plain frame of 126 to 65,535 bytes
    /// that is all there and not to be captured.
    [[nodiscard]] std::optional<Whole> whole_data_frame(std::string_view bytes) const noexcept {
        if (in_payload_ || header_have_ > 0 || capture_data_ || bytes.size() < 8) return std::nullopt;
        const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
        const Frame frame{static_cast<Opcode>(byte(0) & 0x0fu), std::uint64_t{byte(2)} << 8 | byte(3)};
        const std::size_t size = (byte(1) & 0x80u ? 8u : 4u) + frame.payload_bytes;
        if (frame.is_control() || (byte(1) & 0x7fu) != 126 || size > bytes.size()) return std::nullopt;
        return Whole{frame, size};
    }
    std::size_t take_header(std::string_view bytes);
    std::size_t take_payload(std::string_view bytes);
    void begin_payload();
    void finish();

    // First what whole_data_frame() looks at.
    bool in_payload_ = false;
    bool capturing_ = false;
    bool capture_data_ = false;
    std::size_t header_have_ = 0;
    std::size_t header_need_ = 2;
    std::uint64_t remaining_ = 0;
    std::array<std::uint8_t, 14> header_{};
    Frame frame_;
    std::string captured_;
};

/// A whole frame as a client sends it (masked) or as a server does.
[[nodiscard]] std::string client_frame(Opcode opcode, std::string_view payload, std::uint32_t mask);
[[nodiscard]] std::string server_frame(Opcode opcode, std::string_view payload);

/// The opening handshake (RFC 6455 section 4).
[[nodiscard]] std::string upgrade_request(std::uint16_t port);
/// The answer to a whole request; empty when it is no upgrade.
[[nodiscard]] std::string upgrade_answer(std::string_view request);

}  // namespace asr_stream::bench
