#include <array>
#include <boost/asio/ip/tcp.hpp>

#include "support/tcp_segments.hpp"
#include "websocket/frame_socket.hpp"
#include "websocket_client.hpp"

namespace asr_stream::websocket::test {
namespace {

/// Two ends of a TCP connection on the loopback; ours is a FrameSocket.
class Ends {
  public:
    using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;

    Ends(asio::io_context& loop, std::pmr::memory_resource& memory) : loop_{loop}, peer_{loop} {
        Acceptor acceptor{loop, {asio::ip::address_v4::loopback(), 0}};
        TcpSocket ours{loop};
        ours.connect(acceptor.local_endpoint());
        acceptor.accept(peer_);
        peer_.non_blocking(true);
        descriptor_ = ours.native_handle();
        socket = std::make_shared<FrameSocket>(std::move(ours), &memory);
    }

    [[nodiscard]] unsigned segments() const { return data_segments_sent(descriptor_); }
    /// What has come to the peer, until so many bytes have or the stream has ended.
    [[nodiscard]] std::string arrived(std::size_t bytes) {
        std::string all;
        std::array<char, 4096> some;
        boost::system::error_code error;
        while (all.size() < bytes) {
            all.append(some.data(), peer_.read_some(asio::buffer(some), error));
            if (error == asio::error::would_block) {  // then ours sends what it has queued
                loop_.restart();
                loop_.run_one_for(10ms);
            } else if (error) {
                break;
            }
        }
        return all;
    }

    std::shared_ptr<FrameSocket> socket;

  private:
    asio::io_context& loop_;
    TcpSocket peer_;
    int descriptor_ = -1;
};

class OutboxTest : public testing::Test {
  protected:
    CountingMemory memory;
    asio::io_context loop;
    Ends ends{loop, memory};
    Outbox outbox;
};

TEST_F(OutboxTest, SendsWhatACorkedSocketWroteInOnePiece) {
    EXPECT_TRUE(ends.socket->write(std::string{"at once "}));
    EXPECT_EQ(ends.segments(), 1u);
    ends.socket->cork(outbox);
    EXPECT_TRUE(ends.socket->write(std::string{"three "}));
    EXPECT_TRUE(ends.socket->write(std::string{"in "}));
    EXPECT_TRUE(ends.socket->write(std::string{"one "}));
    EXPECT_EQ(ends.segments(), 1u);
    outbox.send();
    EXPECT_EQ(ends.segments(), 2u);
    EXPECT_TRUE(ends.socket->write(std::string{"and at once"}));
    EXPECT_EQ(ends.segments(), 3u);
    EXPECT_EQ(ends.arrived(32), "at once three in one and at once");
    EXPECT_EQ(ends.socket->sent_bytes(), 32u);
}

TEST_F(OutboxTest, KeepsTheOrderOfMoreThanItAndTheKernelTake) {
    std::string expected;
    for (char letter = 'a'; ends.socket->queued_bytes() == 0 && expected.size() < max_queued_bytes * 8; ++letter) {
        if (letter > 'z') letter = 'a';
        const std::string piece(letter == 'm' ? Outbox::max_bytes + 1 : 5000, letter);
        ends.socket->cork(outbox);
        ASSERT_TRUE(ends.socket->write(piece));
        expected += piece;
    }
    EXPECT_GT(ends.socket->queued_bytes(), 0u) << "the socket was never full, so that was not shown";
    ends.socket->cork(outbox);
    ASSERT_TRUE(ends.socket->write(std::string{"the end"}));
    outbox.send();
    EXPECT_EQ(ends.arrived(expected.size() + 7), expected + "the end");
    EXPECT_EQ(ends.socket->queued_bytes(), 0u);
}

TEST_F(OutboxTest, SendsMoreThanItTakesInFewPieces) {
    const std::string piece(1000, 'x');
    ends.socket->cork(outbox);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(ends.socket->write(piece));
    outbox.send();
    EXPECT_LE(ends.segments(), 6u) << "65 and 35 pieces, each in segments of the loopback's 64 KiB";
    EXPECT_EQ(ends.arrived(100'000).size(), 100'000u);
}

TEST_F(OutboxTest, SendsNothingOfASocketThatWasClosed) {
    ends.socket->cork(outbox);
    EXPECT_TRUE(ends.socket->write(std::string{"too late"}));
    ends.socket->close();
    outbox.send();
    EXPECT_EQ(ends.arrived(1), "");
    EXPECT_FALSE(ends.socket->write(std::string{"later still"}));
}

TEST_F(OutboxTest, HoldsASocketThatOthersHaveLetGo) {
    ends.socket->cork(outbox);
    EXPECT_TRUE(ends.socket->write(std::string{"last words"}));
    const std::weak_ptr<FrameSocket> seen = std::exchange(ends.socket, nullptr);
    EXPECT_FALSE(seen.expired());
    outbox.send();
    EXPECT_TRUE(seen.expired());
    EXPECT_EQ(ends.arrived(11), "last words");
}

TEST_F(OutboxTest, GivesEachSocketItsOwnBytes) {
    Ends other{loop, memory};
    Ends silent{loop, memory};
    ends.socket->cork(outbox);
    EXPECT_TRUE(ends.socket->write(std::string{"for one"}));
    silent.socket->cork(outbox);
    other.socket->cork(outbox);
    EXPECT_TRUE(other.socket->write(std::string{"for the other"}));
    outbox.send();
    EXPECT_EQ(ends.arrived(7), "for one");
    EXPECT_EQ(other.arrived(13), "for the other");
    EXPECT_EQ(silent.segments(), 0u);
}

TEST_F(OutboxTest, SendsAllWhenASocketWritesAgainAfterAnotherHasCorked) {
    Ends other{loop, memory};
    ends.socket->cork(outbox);
    EXPECT_TRUE(ends.socket->write(std::string{"first "}));
    other.socket->cork(outbox);
    EXPECT_TRUE(other.socket->write(std::string{"between"}));
    EXPECT_TRUE(ends.socket->write(std::string{"second"}));
    EXPECT_EQ(ends.arrived(6), "first ");
    EXPECT_EQ(other.arrived(7), "between");
    EXPECT_TRUE(other.socket->write(std::string{"at once"})) << "it is corked no more";
    EXPECT_EQ(other.arrived(7), "at once");
    EXPECT_EQ(ends.segments(), 1u) << "it is corked again";
    outbox.send();
    EXPECT_EQ(ends.arrived(6), "second");
}

TEST_F(OutboxTest, SendsWhatOthersHaveWhenTheyBecomeTooMany) {
    std::vector<std::unique_ptr<Ends>> many;
    for (std::size_t i = 0; i <= Outbox::max_sockets; ++i) {
        many.push_back(std::make_unique<Ends>(loop, memory));
        many.back()->socket->cork(outbox);
        EXPECT_TRUE(many.back()->socket->write(std::to_string(100 + i)));
    }
    EXPECT_EQ(many.front()->segments(), 1u);
    EXPECT_EQ(many.back()->segments(), 0u);
    outbox.send();
    for (std::size_t i = 0; i < many.size(); ++i) EXPECT_EQ(many[i]->arrived(3), std::to_string(100 + i));
}

}  // namespace
}  // namespace asr_stream::websocket::test
