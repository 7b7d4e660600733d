#pragma once

#include <array>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/role.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace asr_stream::recognizer {

/// The connection of one client, over TLS or not: an AsyncStream as Asio defines it. Being one type that hides what its
/// operations are made of, it lets HTTP and WebSocket be compiled once. I/O thread only.
class ClientStream {
  public:
    using executor_type = boost::asio::ip::tcp::socket::executor_type;
    using error_code = boost::beast::error_code;

    explicit ClientStream(boost::asio::ip::tcp::socket socket);
    ClientStream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls);
    ~ClientStream();
    ClientStream(ClientStream&&) noexcept = default;
    ClientStream& operator=(ClientStream&&) = delete;

    [[nodiscard]] executor_type get_executor() noexcept;

    /// From now on all that is read, written and shaken hands about takes so long at most, or it fails.
    void expires_after(std::chrono::seconds time);
    void expires_never();
    /// TLS's opening; nothing without TLS.
    [[nodiscard]] boost::asio::awaitable<error_code> handshake();
    /// TLS's last word, its answer waited for; nothing without TLS.
    [[nodiscard]] boost::asio::awaitable<void> shutdown();
    /// What waits ends with an error.
    void close() noexcept;

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, const Buffers& into) { read_some(first_of(into), completion(std::move(handler))); },
            token, buffers);
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, const Buffers& from) { write_some(pieces_of(from), completion(std::move(handler))); },
            token, buffers);
    }

    // Beast's customisation points.
    template <class Handler>
    friend void async_teardown(boost::beast::role_type, ClientStream& stream, Handler handler) {
        stream.tear_down(completion(
            [handler = std::move(handler)](error_code error, std::size_t) mutable { std::move(handler)(error); }));
    }
    friend void beast_close_socket(ClientStream& stream) { stream.close(); }

  private:
    using Completion = std::function<void(error_code, std::size_t)>;
    /// A frame's header and its payload leave in one packet. What does not fit goes with the next write.
    using Pieces = std::array<boost::asio::const_buffer, 4>;

    /// std::function wants what can be copied, and handlers cannot. As Asio has it, nothing is left of one when it
    /// runs.
    template <class Handler>
    static Completion completion(Handler handler) {
        return [kept = std::make_shared<Handler>(std::move(handler))](error_code error, std::size_t bytes) {
            Handler now = std::move(*kept);
            std::move(now)(error, bytes);
        };
    }
    template <class Buffers>
    static boost::asio::mutable_buffer first_of(const Buffers& buffers) {
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end; ++at) {
            if (const boost::asio::mutable_buffer buffer{*at}; buffer.size() != 0) return buffer;
        }
        return {};
    }
    template <class Buffers>
    static Pieces pieces_of(const Buffers& buffers) {
        Pieces pieces;
        auto piece = pieces.begin();
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end && piece != pieces.end(); ++at) {
            if (const boost::asio::const_buffer buffer{*at}; buffer.size() != 0) *piece++ = buffer;
        }
        return pieces;
    }
    void read_some(boost::asio::mutable_buffer into, Completion done);
    void write_some(const Pieces& from, Completion done);
    void tear_down(Completion done);

    struct Impl;
    std::shared_ptr<Impl> impl_;  // the operations under way hold it too
};

}  // namespace asr_stream::recognizer
