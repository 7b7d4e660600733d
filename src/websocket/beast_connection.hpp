#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <memory_resource>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/fetch.hpp"
#include "websocket/socket_ref.hpp"
#include "websocket/upgrade.hpp"

namespace asr_stream::websocket {

/// A memory resource as an allocator for Beast's buffer. Beast turns std::length_error into an error code and knows no
/// other exception.
template <class T>
class BufferAllocator {
  public:
    using value_type = T;
    explicit BufferAllocator(std::pmr::memory_resource* memory) noexcept : memory_{memory} {}
    template <class U>
    BufferAllocator(const BufferAllocator<U>& other) noexcept : memory_{other.memory()} {}

    [[nodiscard]] T* allocate(std::size_t count) {
        try {
            return static_cast<T*>(memory_->allocate(count * sizeof(T), alignof(T)));
        } catch (const std::bad_alloc&) {
            throw std::length_error{"no memory for a message"};
        }
    }
    void deallocate(T* data, std::size_t count) noexcept { memory_->deallocate(data, count * sizeof(T), alignof(T)); }
    [[nodiscard]] std::pmr::memory_resource* memory() const noexcept { return memory_; }
    [[nodiscard]] bool operator==(const BufferAllocator& other) const noexcept { return memory_ == other.memory_; }

  private:
    std::pmr::memory_resource* memory_;
};

/// Connection over Beast: it reads, answers pings and the peer's close; what we send goes past it in whole frames.
class BeastConnection final : public Connection {
  public:
    explicit BeastConnection(UpgradeRequest request);
    ~BeastConnection() override;

    /// The opening handshake. To be called once, before all else.
    [[nodiscard]] boost::asio::awaitable<Result<>> handshake();

    [[nodiscard]] boost::asio::awaitable<Result<Incoming>> read() override;
    [[nodiscard]] std::span<char> prepare(std::size_t bytes) override;
    bool send_prepared(Opcode opcode, std::size_t bytes) override;
    void cork() noexcept override { socket_->cork(context_->outbox()); }
    void fetch() const noexcept override { fetch_lines(socket_.get(), FrameSocket::hot_bytes); }
    bool ping() override;
    [[nodiscard]] Clock::time_point last_pong() const override { return last_pong_; }
    [[nodiscard]] Clock::time_point last_pong_sent() const override { return last_pong_sent_; }
    [[nodiscard]] Clock::time_point last_received() const override { return socket_->last_received(); }
    [[nodiscard]] std::size_t unsent_bytes() const override { return socket_->unsent_bytes(); }
    [[nodiscard]] std::size_t queued_bytes() const override { return socket_->queued_bytes(); }
    [[nodiscard]] std::uint64_t sent_bytes() const override { return socket_->sent_bytes(); }
    [[nodiscard]] std::uint64_t received_bytes() const override { return socket_->received_bytes(); }
    [[nodiscard]] const ConnectTimings& timings() const override { return *timings_; }
    [[nodiscard]] std::string_view subprotocol() const override { return subprotocol_; }
    [[nodiscard]] boost::asio::awaitable<void> close(milliseconds timeout) override;
    void abort() noexcept override;

  private:
    using Stream = boost::beast::websocket::stream<SocketRef>;
    using Buffer = boost::beast::basic_flat_buffer<BufferAllocator<char>>;
    using Response = boost::beast::websocket::response_type;
    using error_code = boost::system::error_code;
    static constexpr std::uint64_t remembered_pings = 16;

    enum class State { open, closing, ended };

    void configure();
    [[nodiscard]] Result<> judge(const Response& response, error_code error);
    [[nodiscard]] Result<> check_subprotocol(const Response& response);
    [[nodiscard]] Result<> check_extensions(const Response& response);
    [[nodiscard]] Error explain(error_code error) const;
    void on_pong(std::string_view payload);
    [[nodiscard]] boost::asio::awaitable<error_code> read_message(Buffer& buffer);
    [[nodiscard]] boost::asio::awaitable<void> wait_for_peer_close();
    void close_after(boost::asio::steady_timer& timer, milliseconds time);
    bool send_close();
    bool send_frame(std::uint8_t first_byte, std::span<char> payload);

    // What every frame needs comes first.
    std::shared_ptr<Context> context_;
    std::shared_ptr<FrameSocket> socket_;
    State state_ = State::open;
    int deflate_window_bits_ = 0;  // 0: what we send is not compressed
    std::shared_ptr<const ConnectOptions> options_;
    std::shared_ptr<ConnectTimings> timings_;
    Url url_;
    Stream stream_;
    Buffer buffer_;
    std::string subprotocol_;
    bool aborted_ = false;
    bool peer_closed_ = false;
    bool reading_ = false;
    bool stream_over_ = false;                            // a read has failed, and each further one would
    std::optional<boost::asio::steady_timer> read_done_;  // cancelled when a read ends that close() waits for
    std::uint64_t pings_ = 0;
    std::uint64_t pongs_ = 0;  // the latest ping answered
    std::array<Clock::time_point, remembered_pings> ping_times_{};
    Clock::time_point last_pong_{};
    Clock::time_point last_pong_sent_{};
};

}  // namespace asr_stream::websocket
