#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "load/contestant.hpp"
#include "load/frames.hpp"
#include "load/round.hpp"
#include "load/schedule.hpp"

namespace asr_stream::bench {
namespace {

struct Seen {
    std::vector<Frame> frames;
    std::vector<std::string> captured;
};

Seen read_in_pieces(const std::string& bytes, std::size_t piece, bool capture_data) {
    Seen seen;
    FrameReader reader;
    reader.capture_data(capture_data);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        reader.consume(std::string_view{bytes}.substr(at, piece), [&](const Frame& frame) {
            seen.frames.push_back(frame);
            seen.captured.push_back(reader.captured());
        });
    }
    return seen;
}

TEST(FrameReader, FindsFramesOfEveryLengthFormHoweverTheBytesAreCut) {
    const std::vector<std::size_t> sizes{0, 1, 125, 126, 470, 65'535, 65'536};
    std::string bytes;
    for (const std::size_t size : sizes) bytes += client_frame(Opcode::text, std::string(size, 'x'), 0x12345678);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, bytes.size()}) {
        const Seen seen = read_in_pieces(bytes, piece, false);
        ASSERT_EQ(seen.frames.size(), sizes.size()) << "in pieces of " << piece;
        for (std::size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(seen.frames[i].payload_bytes, sizes[i]);
    }
}

TEST(FrameReader, UnmasksControlFramesAndDataOnlyWhenAsked) {
    const std::string bytes =
        client_frame(Opcode::ping, "are you there", 0xdeadbeef) + client_frame(Opcode::text, "hello", 0xfeedface);
    EXPECT_THAT(read_in_pieces(bytes, 3, false).captured, testing::ElementsAre("are you there", ""));
    EXPECT_THAT(read_in_pieces(bytes, 3, true).captured, testing::ElementsAre("are you there", "hello"));
}

TEST(FrameReader, ReadsWhatAServerSends) {
    const Seen seen = read_in_pieces(server_frame(Opcode::close, "\x03\xe8"), 1, false);
    ASSERT_EQ(seen.frames.size(), 1u);
    EXPECT_TRUE(seen.frames[0].is_control());
    EXPECT_EQ(seen.captured[0], "\x03\xe8");
}

TEST(Upgrade, AnswersWithTheAcceptKeyOfTheRfcsExample) {
    const std::string answer = upgrade_answer(upgrade_request(1234));  // the key of RFC 6455 section 1.3
    EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 101 "));
    EXPECT_THAT(answer, testing::HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    EXPECT_EQ(upgrade_answer("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "");
}

TEST(Schedule, SpreadsEachStreamOverOneSlotAndRepeatsEvery20Ms) {
    Plan plan;
    plan.streams = 7;
    plan.slot_ms = 5;
    const Schedule schedule{plan, 1000};
    std::vector<unsigned> streams;
    for (unsigned slot = 0; slot < schedule.slots_per_period(); ++slot) {
        const auto range = schedule.streams_of(slot);
        for (unsigned stream = range.first; stream < range.last; ++stream) {
            streams.push_back(stream);
            EXPECT_EQ(schedule.due_ns(stream, 0), schedule.slot_start_ns(slot)) << "stream " << stream;
            EXPECT_EQ(schedule.due_ns(stream, 3), schedule.due_ns(stream, 0) + 3 * push_ms * ns_per_ms);
        }
    }
    EXPECT_THAT(streams, testing::ElementsAre(0, 1, 2, 3, 4, 5, 6));
}

TEST(Quartiles, InterpolateBetweenNeighbours) {
    const Quartiles of_five = quartiles({5, 1, 4, 2, 3});
    EXPECT_DOUBLE_EQ(of_five.q1, 2);
    EXPECT_DOUBLE_EQ(of_five.median, 3);
    EXPECT_DOUBLE_EQ(of_five.q3, 4);
    EXPECT_DOUBLE_EQ(quartiles({1, 2}).median, 1.5);
    EXPECT_DOUBLE_EQ(quartiles({7}).q3, 7);
}

TEST(Plan, SurvivesTheWayToAnotherProcess) {
    Plan plan;
    plan.contestant = "engine";
    plan.port = 54'321;
    plan.ca_file = "/tmp/\"quoted\".pem";
    plan.streams = 1000;
    plan.frame_ms = 100;
    plan.batch_ms = 60;
    plan.silence = true;
    const Plan copy = plan_from_json(to_json(plan));
    EXPECT_EQ(to_json(copy), to_json(plan));
    EXPECT_EQ(copy.port, plan.port);
    EXPECT_EQ(copy.ca_file, plan.ca_file);
    EXPECT_EQ(copy.batch_ms, plan.batch_ms);
    EXPECT_TRUE(copy.silence);
}

}  // namespace
}  // namespace asr_stream::bench
