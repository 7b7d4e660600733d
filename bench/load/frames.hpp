#pragma once

#include <array>
#include <cstdint>
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
            bytes.remove_prefix(in_payload_ ? take_payload(bytes) : take_header(bytes));
            if (!in_payload_ || remaining_ > 0) continue;
            finish();
            on_frame(frame_);
        }
    }

  private:
    std::size_t take_header(std::string_view bytes);
    std::size_t take_payload(std::string_view bytes);
    void begin_payload();
    void finish();

    std::array<std::uint8_t, 14> header_{};
    std::size_t header_have_ = 0;
    std::size_t header_need_ = 2;
    std::uint64_t remaining_ = 0;
    Frame frame_;
    std::string captured_;
    bool in_payload_ = false;
    bool capturing_ = false;
    bool capture_data_ = false;
};

/// A whole frame as a client sends it (masked) or as a server does.
[[nodiscard]] std::string client_frame(Opcode opcode, std::string_view payload, std::uint32_t mask);
[[nodiscard]] std::string server_frame(Opcode opcode, std::string_view payload);

/// The opening handshake (RFC 6455 section 4).
[[nodiscard]] std::string upgrade_request(std::uint16_t port);
/// The answer to a whole request; empty when it is no upgrade.
[[nodiscard]] std::string upgrade_answer(std::string_view request);

}  // namespace asr_stream::bench
