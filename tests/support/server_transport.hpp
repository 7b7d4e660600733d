#pragma once

#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/role.hpp>
#include <memory>
#include <span>
#include <string>

#include "support/tcp_segments.hpp"

namespace asr_stream::test {

/// The server's end of one TCP or TLS connection, in blocking calls. Owns the descriptor.
class ServerTransport {
  public:
    ServerTransport(int fd, boost::asio::io_context& context) : fd_{fd}, context_{context} {}
    ~ServerTransport();
    ServerTransport(const ServerTransport&) = delete;
    ServerTransport& operator=(const ServerTransport&) = delete;

    /// TLS from here on; false when the client does not want it.
    bool start_tls(SSL_CTX* context);
    std::size_t receive(std::span<char> bytes, boost::system::error_code& error);
    std::size_t transmit(std::span<const char> bytes, boost::system::error_code& error);
    bool transmit_plain(std::span<const char> bytes);  ///< below TLS
    void reset() noexcept;                             ///< sends RST now
    void cut() noexcept;                               ///< sends FIN and ends every call; from any thread
    void wait_for_end();                               ///< until the client is gone

    /// How many TCP segments with data in them the client has sent.
    [[nodiscard]] unsigned data_segments() const { return data_segments_received(fd_); }
    [[nodiscard]] SSL* ssl() const noexcept { return ssl_.get(); }
    [[nodiscard]] boost::asio::io_context& context() const noexcept { return context_; }

  private:
    struct SslFree {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };
    int fd_;
    boost::asio::io_context& context_;
    std::unique_ptr<SSL, SslFree> ssl_;
};

/// What Beast sees of it: a SyncStream.
class TransportRef {
  public:
    using executor_type = boost::asio::io_context::executor_type;
    using error_code = boost::system::error_code;
    explicit TransportRef(ServerTransport& transport) noexcept : transport_{&transport} {}
    [[nodiscard]] executor_type get_executor() const noexcept { return transport_->context().get_executor(); }

    template <class Buffers>
    std::size_t read_some(const Buffers& buffers, error_code& error) {
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers);
             ++at) {
            const boost::asio::mutable_buffer buffer{*at};
            if (buffer.size() != 0)
                return transport_->receive({static_cast<char*>(buffer.data()), buffer.size()}, error);
        }
        return 0;
    }
    template <class Buffers>
    std::size_t read_some(const Buffers& buffers) {
        error_code error;
        const std::size_t size = read_some(buffers, error);
        if (error) throw boost::system::system_error{error};
        return size;
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers, error_code& error) {
        std::string bytes(boost::asio::buffer_size(buffers), '\0');
        boost::asio::buffer_copy(boost::asio::buffer(bytes), buffers);
        return transport_->transmit(bytes, error);
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers) {
        error_code error;
        const std::size_t size = write_some(buffers, error);
        if (error) throw boost::system::system_error{error};
        return size;
    }
    friend void teardown(boost::beast::role_type, TransportRef&, error_code& error) { error = {}; }
    friend void beast_close_socket(TransportRef& ref) { ref.transport_->cut(); }

  private:
    ServerTransport* transport_;
};

}  // namespace asr_stream::test
