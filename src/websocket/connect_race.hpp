#pragma once

#include <asr_stream/error.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "websocket/frame_socket.hpp"
#include "websocket/once.hpp"
#include "websocket/resolver.hpp"

namespace asr_stream::websocket {

/// Connects to the first of several addresses that answers: Happy Eyeballs, RFC 8305. The families take turns, the next
/// address is tried 250 ms after the last or as soon as that failed, and the first success ends the other attempts.
/// Loop thread only; held by shared_ptr.
class ConnectRace : public std::enable_shared_from_this<ConnectRace> {
  public:
    static constexpr std::chrono::milliseconds stagger{250};  ///< section 8, Connection Attempt Delay
    static constexpr std::size_t max_addresses = 8;           ///< more are not tried

    ConnectRace(boost::asio::io_context& loop, const Addresses& addresses, std::uint16_t port);

    /// To be called once. Fails with connect_refused or connect_failed and says how each address failed.
    [[nodiscard]] boost::asio::awaitable<Result<TcpSocket>> run();
    /// run() ends with Errc::stopped.
    void cancel();

  private:
    using Endpoint = boost::asio::ip::tcp::endpoint;
    void try_next();
    void connect(const Endpoint& endpoint);
    void on_connected(std::list<TcpSocket>::iterator socket, const Endpoint& endpoint,
                      const boost::system::error_code& error);
    void note_failure(const Endpoint& endpoint, const boost::system::error_code& error);
    void finish(Result<TcpSocket> result);

    boost::asio::io_context& loop_;
    std::vector<Endpoint> endpoints_;
    std::size_t next_ = 0;
    std::list<TcpSocket> attempts_;
    boost::asio::steady_timer stagger_timer_;
    Once<Result<TcpSocket>> result_;
    std::string failures_;
    bool refused_ = false;
};

/// "127.0.0.1:2700", "[::1]:2700"
[[nodiscard]] std::string text_of(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace asr_stream::websocket
