#include <gtest/gtest.h>

#include "dialect/dialects.hpp"

namespace asr_stream::dialect {
namespace {

TEST(Registry, HoldsEveryDialectSortedByName) {
    std::vector<std::string_view> names;
    for (const Descriptor& descriptor : all()) {
        names.push_back(descriptor.name);
        EXPECT_FALSE(descriptor.summary.empty()) << descriptor.name;
        EXPECT_NE(descriptor.open({}), nullptr) << descriptor.name;
    }
    EXPECT_EQ(names, (std::vector<std::string_view>{"jambonz", "json", "vosk"}));
}

TEST(Registry, FindsEachByItsName) {
    for (const Descriptor& descriptor : all()) {
        const auto found = find(descriptor.name);
        ASSERT_TRUE(found) << descriptor.name;
        EXPECT_EQ(*found, &descriptor);
    }
}

TEST(Registry, KnowsWhichDialectsSendAGrammar) {
    for (const Descriptor& descriptor : all()) {
        const auto session = descriptor.open({.grammar = "menu-7"});
        bool sent = false;
        for (const Message& message : session->opening_messages())
            sent = sent || message.payload.find("menu-7") != std::string::npos;
        EXPECT_EQ(takes_grammar(descriptor.name), sent) << descriptor.name;
    }
}

std::string refusal(std::string_view name) {
    const auto found = find(name);
    if (found) return "found";
    EXPECT_EQ(found.error().code, Errc::unknown_dialect);
    return found.error().message();
}

TEST(Registry, NamesTheNearestDialect) {
    EXPECT_EQ(refusal("vosc"), "no such dialect: dialect=vosc: did you mean vosk? (allowed are jambonz, json, vosk)");
    EXPECT_EQ(refusal("jambons"),
              "no such dialect: dialect=jambons: did you mean jambonz? (allowed are jambonz, json, vosk)");
    EXPECT_EQ(refusal("speechmatics"), "no such dialect: dialect=speechmatics (allowed are jambonz, json, vosk)");
    EXPECT_EQ(refusal(""), "no such dialect: dialect= (allowed are jambonz, json, vosk)");
    EXPECT_EQ(refusal("a\nb"), "no such dialect: dialect=a b (allowed are jambonz, json, vosk)");
}

}  // namespace
}  // namespace asr_stream::dialect
