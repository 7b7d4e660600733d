#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace asr_stream::websocket {

/// Frames of a corked socket, until they leave together. All sockets of a loop use one in turn; it takes no memory
/// while it is in use.
class CorkBuffer {
  public:
    static constexpr std::size_t max_bytes = 64 * 1024;

    CorkBuffer() { bytes_.reserve(max_bytes); }

    /// False when there is no room.
    [[nodiscard]] bool add(std::span<const char> bytes) noexcept {
        if (bytes.size() > max_bytes - bytes_.size()) return false;
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return true;
    }
    [[nodiscard]] std::span<const char> bytes() const noexcept { return bytes_; }
    void clear() noexcept { bytes_.clear(); }

  private:
    std::vector<char> bytes_;
};

}  // namespace asr_stream::websocket
