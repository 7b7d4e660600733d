#include "heaptrend/fold.hpp"

#include <gmock/gmock.h>

namespace heaptrend {
namespace {

TEST(Matches, KnowsStarsAndQuestionMarks) {
    EXPECT_TRUE(matches("lib*.so*", "libjemalloc.so.2"));
    EXPECT_TRUE(matches("a?c", "abc"));
    EXPECT_TRUE(matches("*", ""));
    EXPECT_TRUE(matches("a*b*c", "aXXbYYbc"));
    EXPECT_FALSE(matches("a*b", "abc"));
    EXPECT_FALSE(matches("", "a"));
}

TEST(QualifiedName, LeavesTemplatesParametersAndReturnTypesOut) {
    EXPECT_EQ(qualified_name("void std::vector<int, std::allocator<int> >::push_back(int const&)"),
              "std::vector::push_back");
    EXPECT_EQ(qualified_name("operator new(unsigned long)"), "operator new");
    EXPECT_EQ(qualified_name("decltype (::new ((void*)(0)) X((declval<int>)())) std::construct_at<X>(X*)"),
              "std::construct_at");
    EXPECT_EQ(qualified_name("(anonymous namespace)::to_json(unsigned long)"), "(anonymous namespace)::to_json");
    EXPECT_EQ(qualified_name("Foo::operator()(int) const"), "Foo::operator()");
    EXPECT_EQ(qualified_name("operator<<(std::ostream&, int)"), "operator<<");
    EXPECT_EQ(qualified_name("std::ostream& ns::operator<< <char>(std::ostream&, char)"), "ns::operator<<");
    EXPECT_EQ(qualified_name("void Call::Call(int)::{lambda(std::weak_ptr<void>, int)#4}::operator()(int) const"),
              "Call::Call::{lambda#4}::operator()");
    EXPECT_EQ(qualified_name("f(int) const::{lambda()#1}::operator()() const"), "f::{lambda#1}::operator()");
    EXPECT_EQ(qualified_name("cJSON_Print"), "cJSON_Print");
    EXPECT_EQ(qualified_name("foo<(3>2)>("), qualified_name("foo<(3>2)>("));  // nonsense only must not crash
}

/// Builds stacks of named frames, written leaf first as "module!function".
class FoldTest : public ::testing::Test {
  protected:
    StackIndex stack(const std::vector<std::string>& leaf_first) {
        std::vector<FrameIndex> frames;
        for (const std::string& text : leaf_first) {
            const auto mark = text.find('!');
            const ModuleIndex module = series_.add_module({.path = "/usr/lib/" + text.substr(0, mark)});
            const std::string function = text.substr(mark + 1);
            if (function.starts_with("0x"))
                frames.push_back(series_.add_frame(module, std::stoull(function, nullptr, 16)));
            else
                frames.push_back(series_.add_named_frame(module, 0, {{series_.intern(function), {}, 0}}));
        }
        return series_.add_stack(frames);
    }
    std::string title(StackIndex stack, const FoldRules& rules = FoldRules::defaults()) {
        const Folded folded = fold(series_, rules);
        return folded.owners[folded.owner_of[stack.value].value].title(series_);
    }

    Series series_;
};

TEST_F(FoldTest, StripsAllocatorFramesByModuleWithoutKnowingTheirNames) {
    const auto leak = stack({"libjemalloc.so.2!0x42630", "libjemalloc.so.2!0x42d21", "libc.so.6!strdup",
                             "mod_asr.so!asr_feed", "freeswitch!main"});
    EXPECT_EQ(title(leak), "main -> asr_feed (freeswitch, mod_asr.so)");
}

TEST_F(FoldTest, ChargesPoolsAndContainersToTheirUsers) {
    EXPECT_EQ(title(stack({"libjemalloc.so.2!malloc", "libfreeswitch.so.1!allocator_alloc",
                           "libfreeswitch.so.1!fspr_palloc", "libfreeswitch.so.1!switch_core_perform_alloc",
                           "mod_x.so!load_config", "libfreeswitch.so.1!load"})),
              "load -> load_config (libfreeswitch.so.1, mod_x.so)");
    EXPECT_EQ(title(stack({"libstdc++.so.6!operator new(unsigned long)",
                           "prog!void std::vector<char*, std::allocator<char*> >::_M_realloc_insert<char*>(char*&&)",
                           "prog!keep(char*)"})),
              "keep (prog)");
    EXPECT_EQ(title(stack({"libcjson.so.1!cJSON_malloc", "libcjson.so.1!cJSON_Print", "mod_leaky_asr.so!asr_feed"})),
              "asr_feed -> cJSON_Print (mod_leaky_asr.so, libcjson.so.1)");
    EXPECT_EQ(title(stack(
                  {"libcjson.so.1!cJSON_malloc", "libcjson.so.1!print", "libcjson.so.1!cJSON_Print", "mod_x.so!feed"})),
              "feed -> cJSON_Print (mod_x.so, libcjson.so.1)");
}

TEST_F(FoldTest, HelpersWithoutNamesStandForTheirExportedCaller) {
    EXPECT_EQ(
        title(stack({"libc.so.6!malloc", "libcjson.so.1!0x1234", "libcjson.so.1!cJSON_Print", "mod.so!asr_feed"})),
        "asr_feed -> cJSON_Print (mod.so, libcjson.so.1)");
    EXPECT_EQ(title(stack({"libc.so.6!malloc", "stripped.so!0x1234", "mod.so!feed"})),
              "feed -> stripped.so+0x1234 (mod.so, stripped.so)");
}

TEST_F(FoldTest, AStackOfNothingButAllocatorsBelongsToItsRoot) {
    EXPECT_EQ(title(stack({"libc.so.6!malloc", "libc.so.6!start_thread"})), "start_thread (libc.so.6)");
}

TEST_F(FoldTest, UsersAddTheirOwnPools) {
    FoldRules rules = FoldRules::defaults();
    ASSERT_TRUE(rules.add("# ours\nfunction my_pool_*\nmodule libours.so\n"));
    EXPECT_EQ(title(stack({"libc.so.6!malloc", "prog!my_pool_get", "libours.so!anything", "prog!user"}), rules),
              "user (prog)");
    ASSERT_TRUE(rules.add("function get* in libother.so\n"));
    EXPECT_TRUE(rules.passes_on("/lib/libother.so", "get_block"));
    EXPECT_FALSE(rules.passes_on("/lib/libthird.so", "get_block"));
    const auto refused = rules.add("functoin x\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::bad_argument);
}

TEST_F(FoldTest, AFunctionThatEndedInAJumpStandsWhereItsCallerNamesIt) {
    const ModuleIndex json = series_.add_module({.path = "/usr/lib/libcjson.so.1"});
    const ModuleIndex asr = series_.add_module({.path = "/usr/lib/mod_asr.so"});
    const FrameIndex helper = series_.add_frame(json, 0x3265);
    const FrameIndex feed = series_.add_named_frame(asr, 1, {{series_.intern("asr_feed"), {}, 0}});
    series_.set_calls(feed, series_.intern("cJSON_Print"));
    const StackIndex stack = series_.add_stack(std::vector{helper, feed});
    const auto levels = stack_levels(series_, stack);
    ASSERT_EQ(levels.size(), 3U);
    EXPECT_TRUE(levels[1].tail_called);
    EXPECT_EQ(title(stack), "asr_feed -> cJSON_Print (mod_asr.so, libcjson.so.1)");
}

TEST_F(FoldTest, TheCallInstructionsNameForTheSameFunctionAddsNothing) {
    const ModuleIndex module = series_.add_module({.path = "/usr/lib/mod_asr.so"});
    const FrameIndex leaf = series_.add_named_frame(module, 1, {{series_.intern("feed"), {}, 0}});
    const FrameIndex root = series_.add_named_frame(module, 2, {{series_.intern("main"), {}, 0}});
    series_.set_calls(root, series_.intern("(anonymous namespace)::feed(unsigned long) [clone .part.0]"));
    EXPECT_EQ(stack_levels(series_, series_.add_stack(std::vector{leaf, root})).size(), 2U);
}

}  // namespace
}  // namespace heaptrend
