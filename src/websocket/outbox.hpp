#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace asr_stream::websocket {

class FrameSocket;

/// Frames of the corked sockets of a loop, until they leave: of each socket together, and of one socket after another,
/// as frames are made and sent in less time when many are made first and many sent then. It takes no memory while it is
/// in use. Loop thread only.
class Outbox {
  public:
    static constexpr std::size_t max_bytes = 64 * 1024;
    /// Enough to make frames and send them in turns; few enough for the frames (8 KiB of 20 ms each) to stay near.
    static constexpr std::size_t max_sockets = 16;

    Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    /// The socket is corked from here on; sends what others have when there is no place for one more.
    void admit(std::shared_ptr<FrameSocket> socket) noexcept;
    /// False when there is no room: then nothing is in any more, all was sent.
    [[nodiscard]] bool add(FrameSocket& socket, std::span<const char> bytes) noexcept;
    /// Sends all, in order; no socket is corked any more.
    void send() noexcept;

  private:
    struct Corked {
        std::shared_ptr<FrameSocket> socket;
        std::size_t end = 0;  ///< of its bytes, which begin where those of the one before end
    };

    std::vector<char> bytes_;
    std::vector<Corked> sockets_;
};

}  // namespace asr_stream::websocket
