#include <array>
#include <boost/asio/ip/tcp.hpp>

#include "support/tcp_segments.hpp"
#include "websocket/frame_socket.hpp"
#include "websocket_client.hpp"

namespace asr_stream::websocket::test {
namespace {

/// Two ends of a TCP connection on the loopback; ours is a FrameSocket.
class CorkedSocket : public testing::Test {
  protected:
    using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;

    CorkedSocket() {
        Acceptor acceptor{loop, {asio::ip::address_v4::loopback(), 0}};
        TcpSocket ours{loop};
        ours.connect(acceptor.local_endpoint());
        acceptor.accept(peer);
        peer.non_blocking(true);
        descriptor = ours.native_handle();
        socket = std::make_shared<FrameSocket>(std::move(ours), &memory);
    }

    [[nodiscard]] unsigned segments() const { return data_segments_sent(descriptor); }
    /// What has come to the peer, until so many bytes have or the stream has ended.
    [[nodiscard]] std::string arrived(std::size_t bytes) {
        std::string all;
        std::array<char, 4096> some;
        boost::system::error_code error;
        while (all.size() < bytes) {
            all.append(some.data(), peer.read_some(asio::buffer(some), error));
            if (error == asio::error::would_block) {  // then ours sends what it has queued
                loop.restart();
                loop.run_one_for(10ms);
            } else if (error) {
                break;
            }
        }
        return all;
    }

    CountingMemory memory;
    asio::io_context loop;
    TcpSocket peer{loop};
    std::shared_ptr<FrameSocket> socket;
    int descriptor = -1;
    CorkBuffer buffer;
};

TEST_F(CorkedSocket, SendsWhatWasWrittenInOnePiece) {
    EXPECT_TRUE(socket->write(std::string{"at once "}));
    EXPECT_EQ(segments(), 1u);
    socket->cork(buffer);
    EXPECT_TRUE(socket->write(std::string{"three "}));
    EXPECT_TRUE(socket->write(std::string{"in "}));
    EXPECT_TRUE(socket->write(std::string{"one "}));
    EXPECT_EQ(segments(), 1u);
    socket->uncork();
    EXPECT_EQ(segments(), 2u);
    EXPECT_TRUE(socket->write(std::string{"and at once"}));
    EXPECT_EQ(segments(), 3u);
    EXPECT_EQ(arrived(32), "at once three in one and at once");
    EXPECT_EQ(socket->sent_bytes(), 32u);
}

TEST_F(CorkedSocket, KeepsTheOrderOfMoreThanItsBufferAndTheKernelTake) {
    std::string expected;
    socket->cork(buffer);
    for (char letter = 'a'; socket->queued_bytes() == 0 && expected.size() < max_queued_bytes * 8; ++letter) {
        if (letter > 'z') letter = 'a';
        const std::string piece(letter == 'm' ? CorkBuffer::max_bytes + 1 : 5000, letter);
        ASSERT_TRUE(socket->write(piece));
        expected += piece;
    }
    EXPECT_GT(socket->queued_bytes(), 0u) << "the socket was never full, so that was not shown";
    ASSERT_TRUE(socket->write(std::string{"the end"}));
    socket->uncork();
    EXPECT_EQ(arrived(expected.size() + 7), expected + "the end");
    EXPECT_EQ(socket->queued_bytes(), 0u);
}

TEST_F(CorkedSocket, ThatIsClosedSendsNothing) {
    socket->cork(buffer);
    EXPECT_TRUE(socket->write(std::string{"too late"}));
    socket->close();
    socket->uncork();
    EXPECT_EQ(arrived(1), "");
    EXPECT_FALSE(socket->write(std::string{"later still"}));
}

}  // namespace
}  // namespace asr_stream::websocket::test
