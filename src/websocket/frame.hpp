#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

/// Frames as a client sends them: header and masking, RFC 6455 sections 5.2 and 5.3.
namespace asr_stream::websocket {

inline constexpr std::size_t max_frame_header = 14;      ///< 2, 8 bytes of length, 4 of masking key
inline constexpr std::size_t max_control_payload = 125;  ///< section 5.5

inline constexpr std::uint8_t frame_fin = 0x80;
inline constexpr std::uint8_t frame_rsv1 = 0x40;  ///< compressed, RFC 7692 section 6
inline constexpr std::uint8_t opcode_close = 0x8;
inline constexpr std::uint8_t opcode_ping = 0x9;
inline constexpr std::uint8_t opcode_pong = 0xA;

/// Writes the header of a masked frame so that it ends where `payload` begins (max_frame_header bytes of room before
/// it), and masks the payload in place. Returns the whole frame.
[[nodiscard]] std::span<const char> make_frame(std::uint8_t first_byte, std::span<char> payload, std::uint32_t key);

/// XORs with the key; its first byte in memory goes to the first byte of the payload.
void apply_mask(std::span<char> payload, std::uint32_t key) noexcept;

/// Masking keys that nobody can predict (RFC 6455 section 10.3), drawn from OpenSSL's generator in blocks.
class MaskKeys {
  public:
    /// False when the system gives no random bytes; then nothing may be sent.
    [[nodiscard]] bool next(std::uint32_t& key) noexcept;

  private:
    static constexpr std::size_t block = 256;
    std::array<std::uint32_t, block> keys_{};
    std::size_t used_ = block;
};

}  // namespace asr_stream::websocket
