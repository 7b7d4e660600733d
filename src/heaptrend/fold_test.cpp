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
    EXPECT_EQ(title(leak), "main -> asr_feed (mod_asr.so)");
}

TEST_F(FoldTest, ChargesPoolsAndContainersToTheirUsers) {
    EXPECT_EQ(title(stack({"libjemalloc.so.2!malloc", "libfreeswitch.so.1!allocator_alloc",
                           "libfreeswitch.so.1!fspr_palloc", "libfreeswitch.so.1!switch_core_perform_alloc",
                           "mod_x.so!load_config", "libfreeswitch.so.1!load"})),
              "load -> load_config (mod_x.so)");
    EXPECT_EQ(title(stack({"libstdc++.so.6!operator new(unsigned long)",
                           "prog!void std::vector<char*, std::allocator<char*> >::_M_realloc_insert<char*>(char*&&)",
                           "prog!keep(char*)"})),
              "keep(char*) (prog)");
    EXPECT_EQ(title(stack({"libcjson.so.1!cJSON_malloc", "libcjson.so.1!cJSON_Print", "mod_leaky_asr.so!asr_feed"})),
              "asr_feed -> cJSON_Print (libcjson.so.1)");
}

TEST_F(FoldTest, HelpersWithoutNamesStandForTheirExportedCaller) {
    EXPECT_EQ(
        title(stack({"libc.so.6!malloc", "libcjson.so.1!0x1234", "libcjson.so.1!cJSON_Print", "mod.so!asr_feed"})),
        "asr_feed -> cJSON_Print (libcjson.so.1)");
    EXPECT_EQ(title(stack({"libc.so.6!malloc", "stripped.so!0x1234", "mod.so!feed"})),
              "feed -> stripped.so+0x1234 (stripped.so)");
}

TEST_F(FoldTest, AStackOfNothingButAllocatorsBelongsToItsRoot) {
    EXPECT_EQ(title(stack({"libc.so.6!malloc", "libc.so.6!start_thread"})), "start_thread (libc.so.6)");
}

TEST_F(FoldTest, UsersAddTheirOwnPools) {
    FoldRules rules = FoldRules::defaults();
    ASSERT_TRUE(rules.add("# ours\nfunction my_pool_*\nmodule libours.so\n"));
    EXPECT_EQ(title(stack({"libc.so.6!malloc", "prog!my_pool_get", "libours.so!anything", "prog!user"}), rules),
              "user (prog)");
    const auto refused = rules.add("functoin x\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::bad_argument);
}

}  // namespace
}  // namespace heaptrend
