#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace asr_stream::websocket {

/// Compresses single messages for permessage-deflate (RFC 7692 section 7.2.1) without context takeover, so that all
/// connections of a loop share one compressor. One thread.
class Deflater {
  public:
    Deflater();
    ~Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    /// Compresses into `out` and returns how many bytes it took; 0 when the result would not be smaller than the input
    /// or does not fit. `window_bits` is 9 to 15.
    [[nodiscard]] std::size_t compress(std::span<const char> in, std::span<char> out, int window_bits);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace asr_stream::websocket
