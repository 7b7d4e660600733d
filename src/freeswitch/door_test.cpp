#include "freeswitch/door.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <new>
#include <optional>
#include <thread>
#include <vector>

namespace asr_stream::freeswitch {
namespace {

/// What is behind the door; knows how often it was told to let go.
struct Guest {
    int value = 7;
    std::atomic<int> let_go_times{0};
    void let_go() noexcept { let_go_times.fetch_add(1); }
};
using GuestDoor = Door<Guest>;

/// Memory that outlives the door, as the switch's does.
struct Memory {
    alignas(GuestDoor) std::array<std::byte, sizeof(GuestDoor)> bytes;
    GuestDoor* make(Guest& guest) { return new (bytes.data()) GuestDoor{&guest}; }
};

TEST(Door, IsOpenUntilItIsClosed) {
    Memory memory;
    Guest guest;
    GuestDoor* door = memory.make(guest);
    {
        const GuestDoor::Visit visit{door};
        ASSERT_TRUE(visit);
        EXPECT_EQ(visit->value, 7);
    }
    EXPECT_EQ(guest.let_go_times, 0);
    door->close();
    EXPECT_FALSE(GuestDoor::Visit{door});
    EXPECT_EQ(guest.let_go_times, 1);
    door->close();
    EXPECT_EQ(guest.let_go_times, 1);
}

TEST(Door, LetsGoOfTheObjectWhenTheLastVisitorLeaves) {
    Memory memory;
    Guest guest;
    GuestDoor* door = memory.make(guest);
    std::optional<GuestDoor::Visit> visit;
    visit.emplace(door);
    door->close();
    EXPECT_FALSE(GuestDoor::Visit{door}) << "a late one";
    EXPECT_EQ(guest.let_go_times, 0);
    EXPECT_EQ((*visit)->value, 7);
    visit.reset();
    EXPECT_EQ(guest.let_go_times, 1);
    EXPECT_FALSE(GuestDoor::Visit{door});
}

TEST(Door, NothingLeadsNowhere) { EXPECT_FALSE(GuestDoor::Visit{nullptr}); }

TEST(Door, IsClosedWhileOthersPass) {
    for (int round = 0; round < 200; ++round) {
        Memory memory;
        Guest guest;
        GuestDoor* door = memory.make(guest);
        std::vector<std::thread> visitors;
        for (int i = 0; i < 3; ++i)
            visitors.emplace_back([door] {
                for (int turn = 0; turn < 100; ++turn)
                    if (const GuestDoor::Visit visit{door}; visit && visit->let_go_times != 0) ADD_FAILURE();
            });
        visitors.emplace_back([door] { door->close(); });
        for (auto& visitor : visitors) visitor.join();
        EXPECT_EQ(guest.let_go_times, 1);
    }
}

}  // namespace
}  // namespace asr_stream::freeswitch
