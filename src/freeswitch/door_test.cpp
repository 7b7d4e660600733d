#include "freeswitch/door.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <vector>

namespace asr_stream::freeswitch {
namespace {

using IntDoor = Door<int>;

/// Memory that outlives the door, as the switch's does.
struct Memory {
    alignas(IntDoor) std::array<std::byte, sizeof(IntDoor)> bytes;
    IntDoor* make(std::shared_ptr<int> object) { return new (bytes.data()) IntDoor{std::move(object)}; }
};

TEST(Door, IsOpenUntilItIsClosed) {
    Memory memory;
    const auto object = std::make_shared<int>(7);
    IntDoor* door = memory.make(object);
    {
        const IntDoor::Visit visit{door};
        ASSERT_TRUE(visit);
        EXPECT_EQ(*visit, 7);
    }
    door->close();
    EXPECT_FALSE(IntDoor::Visit{door});
    EXPECT_EQ(object.use_count(), 1);
    door->close();
    EXPECT_EQ(object.use_count(), 1);
}

TEST(Door, LetsGoOfTheObjectWhenTheLastVisitorLeaves) {
    Memory memory;
    const auto object = std::make_shared<int>(7);
    IntDoor* door = memory.make(object);
    std::optional<IntDoor::Visit> visit;
    visit.emplace(door);
    door->close();
    EXPECT_FALSE(IntDoor::Visit{door}) << "a late one";
    EXPECT_EQ(object.use_count(), 2);
    EXPECT_EQ(**visit, 7);
    visit.reset();
    EXPECT_EQ(object.use_count(), 1);
    EXPECT_FALSE(IntDoor::Visit{door});
}

TEST(Door, NothingLeadsNowhere) { EXPECT_FALSE(IntDoor::Visit{nullptr}); }

TEST(Door, IsClosedWhileOthersPass) {
    for (int round = 0; round < 200; ++round) {
        Memory memory;
        std::weak_ptr<int> seen;
        IntDoor* door = nullptr;
        {
            auto object = std::make_shared<int>(7);
            seen = object;
            door = memory.make(std::move(object));
        }
        std::vector<std::thread> visitors;
        for (int i = 0; i < 3; ++i)
            visitors.emplace_back([door] {
                for (int turn = 0; turn < 100; ++turn)
                    if (const IntDoor::Visit visit{door}; visit && *visit != 7) ADD_FAILURE();
            });
        visitors.emplace_back([door] { door->close(); });
        for (auto& visitor : visitors) visitor.join();
        EXPECT_TRUE(seen.expired());
    }
}

}  // namespace
}  // namespace asr_stream::freeswitch
