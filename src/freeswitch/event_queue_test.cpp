#include "freeswitch/event_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace asr_stream::freeswitch {
namespace {

using testing::ElementsAre;

struct Call {
    std::string name;
};
using Queue = EventQueue<Call>;

Event event_of(EventKind kind, std::uint64_t sequence, std::uint64_t utterance = 1) {
    Event event;
    event.kind = kind;
    event.sequence = sequence;
    event.utterance = utterance;
    return event;
}
Event partial(std::uint64_t sequence, std::uint64_t utterance = 1) {
    return event_of(EventKind::partial, sequence, utterance);
}
Event final_of(std::uint64_t sequence, std::uint64_t utterance = 1) {
    return event_of(EventKind::final, sequence, utterance);
}

std::vector<std::string> drained(Queue& queue) {
    std::vector<std::string> items;
    while (const auto item = queue.pop()) items.push_back(item->owner->name + std::to_string(item->event.sequence));
    return items;
}

class EventQueueTest : public testing::Test {
  protected:
    std::shared_ptr<Call> a_ = std::make_shared<Call>(Call{"a"});
    std::shared_ptr<Call> b_ = std::make_shared<Call>(Call{"b"});
    Queue queue_{4};
};

TEST_F(EventQueueTest, KeepsTheOrder) {
    queue_.push(a_, partial(1));
    queue_.push(b_, partial(1));
    queue_.push(a_, final_of(2));
    EXPECT_THAT(drained(queue_), ElementsAre("a1", "b1", "a2"));
}

TEST_F(EventQueueTest, BelowHalfTheLimitEveryPartialIsKept) {
    queue_.push(a_, partial(1));
    queue_.push(a_, partial(2));
    EXPECT_THAT(drained(queue_), ElementsAre("a1", "a2"));
    EXPECT_EQ(queue_.counts().coalesced_partials, 0u);
}

TEST_F(EventQueueTest, FromHalfTheLimitOnAPartialReplacesTheWaitingOne) {
    queue_.push(b_, final_of(1));
    queue_.push(a_, partial(1));
    queue_.push(a_, partial(2));
    queue_.push(a_, partial(3));
    EXPECT_EQ(queue_.counts().coalesced_partials, 2u);
    EXPECT_THAT(drained(queue_), ElementsAre("b1", "a3"));
}

TEST_F(EventQueueTest, APartialOfAnotherUtteranceOrBehindAnotherEventIsNotReplaced) {
    queue_.push(a_, partial(1, 1));
    queue_.push(a_, final_of(2, 1));
    queue_.push(a_, partial(3, 2));
    queue_.push(a_, partial(4, 3));
    EXPECT_THAT(drained(queue_), ElementsAre("a1", "a2", "a3", "a4"));
}

TEST_F(EventQueueTest, APartialThatWasTakenIsNotReplaced) {
    queue_.push(a_, partial(1));
    queue_.push(b_, final_of(1));
    queue_.push(b_, final_of(2));
    EXPECT_EQ(queue_.pop()->event.sequence, 1u);
    queue_.push(a_, partial(2));
    EXPECT_EQ(queue_.counts().coalesced_partials, 0u);
    EXPECT_THAT(drained(queue_), ElementsAre("b1", "b2", "a2"));
}

TEST_F(EventQueueTest, AtTheLimitPartialsGoFirst) {
    queue_.push(a_, partial(1, 1));
    queue_.push(b_, final_of(1));
    queue_.push(b_, final_of(2));
    queue_.push(b_, final_of(3));
    queue_.push(b_, partial(4));
    EXPECT_EQ(queue_.counts().dropped_partials, 1u) << "a new partial finds no room";
    queue_.push(b_, final_of(5));
    EXPECT_EQ(queue_.counts().dropped_partials, 2u) << "a final takes the place of a waiting partial";
    queue_.push(b_, final_of(6));
    EXPECT_EQ(queue_.counts().dropped_events, 1u);
    EXPECT_EQ(queue_.counts().deepest, 4u);
    EXPECT_THAT(drained(queue_), ElementsAre("b1", "b2", "b3", "b5"));
}

TEST_F(EventQueueTest, ClosedAlwaysFits) {
    for (std::uint64_t sequence = 1; sequence <= 4; ++sequence) queue_.push(a_, final_of(sequence));
    queue_.push(a_, event_of(EventKind::closed, 5));
    EXPECT_EQ(queue_.size(), 5u);
    EXPECT_EQ(queue_.counts().dropped_events, 0u);
}

}  // namespace
}  // namespace asr_stream::freeswitch
