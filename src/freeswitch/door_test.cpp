#include "freeswitch/door.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <optional>
#include <thread>
#include <utility>
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

TEST(Door, IsOpenUntilItIsClosed) {
    Guest guest;
    const auto door = GuestDoor::to(&guest);
    {
        const GuestDoor::Visit visit{&door};
        ASSERT_TRUE(visit);
        EXPECT_EQ(visit->value, 7);
    }
    EXPECT_EQ(guest.let_go_times, 0);
    door.close();
    EXPECT_FALSE(GuestDoor::Visit{&door});
    EXPECT_EQ(guest.let_go_times, 1);
    door.close();
    EXPECT_EQ(guest.let_go_times, 1);
}

TEST(Door, LetsGoOfTheObjectWhenTheLastVisitorLeaves) {
    Guest guest;
    const auto door = GuestDoor::to(&guest);
    std::optional<GuestDoor::Visit> visit;
    visit.emplace(&door);
    door.close();
    EXPECT_FALSE(GuestDoor::Visit{&door}) << "a late one";
    EXPECT_EQ(guest.let_go_times, 0);
    EXPECT_EQ((*visit)->value, 7);
    visit.reset();
    EXPECT_EQ(guest.let_go_times, 1);
    EXPECT_FALSE(GuestDoor::Visit{&door});
}

TEST(Door, NothingLeadsNowhere) {
    EXPECT_FALSE(GuestDoor::Visit{nullptr});
    const GuestDoor nowhere;
    EXPECT_FALSE(GuestDoor::Visit{&nowhere});
    nowhere.close();
}

TEST(Door, OfAnObjectThatIsGoneDoesNotLeadToTheNext) {
    std::optional<Guest> first{std::in_place};
    const auto door = GuestDoor::to(&*first);
    door.close();
    first.reset();
    Guest next;
    const auto next_door = GuestDoor::to(&next);  // in the slot of the first
    EXPECT_FALSE(GuestDoor::Visit{&door});
    door.close();
    EXPECT_EQ(next.let_go_times, 0);
    EXPECT_TRUE(GuestDoor::Visit{&next_door});
    next_door.close();
    EXPECT_EQ(next.let_go_times, 1);
}

TEST(Door, IsClosedAgainUnlessItsOpeningIsKept) {
    Guest guest;
    GuestDoor door;
    {
        const GuestDoor::Opening opening{&guest};
        door = opening.door();
        EXPECT_TRUE(GuestDoor::Visit{&door});
    }
    EXPECT_FALSE(GuestDoor::Visit{&door});
    EXPECT_EQ(guest.let_go_times, 1);
    {
        GuestDoor::Opening opening{&guest};
        door = opening.door();
        opening.keep();
    }
    EXPECT_TRUE(GuestDoor::Visit{&door});
    door.close();
    EXPECT_EQ(guest.let_go_times, 2);
}

/// Guests come and go through one slot, while one who knows the door of an earlier guest keeps trying it.
TEST(Door, LateVisitorsNeitherKeepNorReleaseLaterObjects) {
    Guest first;
    const auto old_door = GuestDoor::to(&first);
    old_door.close();
    constexpr int least = 2000;
    std::atomic<bool> is_over{false};
    std::atomic<int> tries{0};
    std::vector<std::thread> late;
    for (int i = 0; i < 2; ++i)
        late.emplace_back([&] {
            while (!is_over) {
                if (GuestDoor::Visit{&old_door}) ADD_FAILURE();
                old_door.close();
                ++tries;
            }
        });
    std::deque<Guest> guests;  // none dies before the late ones are gone
    for (int round = 0; round < least || tries < least; ++round) {
        Guest& guest = guests.emplace_back();
        const auto door = GuestDoor::to(&guest);
        if (!GuestDoor::Visit{&door}) ADD_FAILURE();
        door.close();
    }
    is_over = true;
    for (auto& one : late) one.join();
    EXPECT_TRUE(std::all_of(guests.begin(), guests.end(), [](const Guest& guest) { return guest.let_go_times == 1; }));
    EXPECT_EQ(first.let_go_times, 1);
}

TEST(Door, IsClosedWhileOthersPass) {
    for (int round = 0; round < 200; ++round) {
        Guest guest;
        const auto door = GuestDoor::to(&guest);
        std::vector<std::thread> visitors;
        for (int i = 0; i < 3; ++i)
            visitors.emplace_back([&door] {
                for (int turn = 0; turn < 100; ++turn)
                    if (const GuestDoor::Visit visit{&door}; visit && visit->let_go_times != 0) ADD_FAILURE();
            });
        visitors.emplace_back([&door] { door.close(); });
        for (auto& visitor : visitors) visitor.join();
        EXPECT_EQ(guest.let_go_times, 1);
    }
}

}  // namespace
}  // namespace asr_stream::freeswitch
