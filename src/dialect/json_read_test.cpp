#include "dialect/json_read.hpp"

#include <gtest/gtest.h>

namespace asr_stream::dialect {
namespace {

std::string refusal(std::string_view text) {
    JsonDocument document;
    const auto result = document.parse_object(text);
    if (result) return "accepted";
    EXPECT_EQ(result.error().code, Errc::bad_message);
    return result.error().context;
}

/// What `read` makes of one object, called "m".
template <class Read>
std::string refusal_of(std::string_view text, Read read) {
    JsonDocument document;
    const auto object = document.parse_object(text);
    if (!object) return object.error().message();
    JsonFields fields{**object, "m"};
    read(fields);
    const Result<> result = fields.result();
    return result ? "" : result.error().context;
}

TEST(JsonDocument, AcceptsObjectsOnly) {
    EXPECT_EQ(refusal(R"({"a":1})"), "accepted");
    EXPECT_EQ(refusal(" \r\n\t{ } \n"), "accepted");
    EXPECT_EQ(refusal("[1]"), "the message is an array: an object is required");
    EXPECT_EQ(refusal("\"x\""), "the message is a string: an object is required");
    EXPECT_EQ(refusal("7"), "the message is a number: an object is required");
    EXPECT_EQ(refusal("true"), "the message is a boolean: an object is required");
    EXPECT_EQ(refusal("null"), "the message is null: an object is required");
}

TEST(JsonDocument, SaysWhereTheTextIsNoJson) {
    EXPECT_EQ(refusal(""), "no valid JSON at byte 0 of 0: incomplete JSON");
    EXPECT_EQ(refusal(R"({"a":1)"), "no valid JSON at byte 6 of 6: incomplete JSON");
    EXPECT_EQ(refusal(R"({"a":})"), "no valid JSON at byte 5 of 6: syntax error");
    EXPECT_EQ(refusal("{}{}"), "no valid JSON at byte 2 of 4: extra data");
}

TEST(JsonDocument, RefusesWhatIsNoUtf8OrHoldsARawNul) {
    EXPECT_NE(refusal("{\"a\":\"\xFF\"}"), "accepted");
    EXPECT_NE(refusal("{\"a\":\"\xED\xA0\x80\"}"), "accepted");
    EXPECT_NE(refusal(R"({"a":"\ud800"})"), "accepted");
    EXPECT_NE(refusal(std::string_view{"{\"a\":\"\0\"}", 9}), "accepted");
    EXPECT_NE(refusal(std::string_view{"{}\0", 3}), "accepted");
}

TEST(JsonDocument, HasABoundOfDepth) {
    const auto nested = [](std::size_t depth) {
        return R"({"a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + '}';
    };
    EXPECT_EQ(refusal(nested(max_json_depth)), "accepted");
    EXPECT_EQ(refusal(nested(max_json_depth + 1)), "no valid JSON at byte 36 of 70: too deep");
    EXPECT_EQ(refusal(nested(500'000)), "JSON of too many values: allowed are at most 65536");
}

TEST(JsonDocument, HasABoundOfValues) {
    const auto list_of = [](std::size_t values) {
        std::string text = R"({"a":[0)";
        for (std::size_t i = 1; i < values; ++i) text += ",0";
        return text + "]}";
    };
    EXPECT_EQ(refusal(list_of(max_json_values - 1)), "accepted");
    EXPECT_EQ(refusal(list_of(max_json_values)), "JSON of too many values: allowed are at most 65536");
}

TEST(JsonDocument, HasABoundOfSize) {
    const std::string text = R"({"a":")" + std::string(max_json_bytes, 'x') + "\"}";
    EXPECT_EQ(refusal(text), "JSON of 16777224 bytes: allowed are at most 16777216");
    EXPECT_EQ(refusal(R"({"a":")" + std::string(1u << 20, 'x') + "\"}"), "accepted");
}

TEST(JsonFields, ReadsEachType) {
    const std::string problem =
        refusal_of(R"({"t":"x","f":true,"n":0.5,"ms":1234.5,"s":1.2345,"o":{"k":1},"c":0.25,"over":1.5,"null":null})",
                   [](JsonFields& fields) {
                       EXPECT_EQ(fields.text("t"), "x");
                       EXPECT_EQ(fields.flag("f"), true);
                       EXPECT_EQ(fields.number("n", 0, 1), 0.5);
                       EXPECT_EQ(fields.time_ms("ms"), CallTime{1235});
                       EXPECT_EQ(fields.time_seconds("s"), CallTime{1235});
                       ASSERT_NE(fields.object("o"), nullptr);
                       EXPECT_EQ(fields.object("o")->size(), 1U);
                       EXPECT_EQ(fields.loose_confidence("c"), 0.25);
                       EXPECT_EQ(fields.loose_confidence("over"), std::nullopt);
                       EXPECT_FALSE(fields.has("null"));
                       EXPECT_EQ(fields.text("null"), std::nullopt);
                       EXPECT_EQ(fields.text("absent"), std::nullopt);
                       EXPECT_EQ(fields.object("absent"), nullptr);
                   });
    EXPECT_EQ(problem, "");
}

TEST(JsonFields, NamesTheFieldAndWhatIsAllowed) {
    const std::string object = R"({"t":"x","n":7,"big":1e300,"list":[1],"null":null,"nul":"a\u0000b"})";
    const auto says = [&object](auto read) { return refusal_of(object, read); };
    EXPECT_EQ(says([](auto& m) { (void)m.text("n"); }), "m.n is a number: allowed is a string");
    EXPECT_EQ(says([](auto& m) { (void)m.text("nul"); }), "m.nul contains U+0000: any other character is allowed");
    EXPECT_EQ(says([](auto& m) { (void)m.text("null", Presence::required); }),
              "m.null is missing: a string is required");
    EXPECT_EQ(says([](auto& m) { (void)m.flag("t"); }), "m.t is a string: allowed is true or false");
    EXPECT_EQ(says([](auto& m) { (void)m.flag("gone", Presence::required); }),
              "m.gone is missing: true or false is required");
    EXPECT_EQ(says([](auto& m) { (void)m.number("t", 0, 1); }), "m.t is a string: allowed is a number from 0 to 1");
    EXPECT_EQ(says([](auto& m) { (void)m.number("n", 0, 1); }), "m.n is 7: allowed is a number from 0 to 1");
    EXPECT_EQ(says([](auto& m) { (void)m.time_ms("big"); }),
              "m.big is 1e+300: allowed is a number from 0 to 9007199254740992");
    EXPECT_EQ(says([](auto& m) { (void)m.time_seconds("gone", Presence::required); }),
              "m.gone is missing: a number is required");
    EXPECT_EQ(says([](auto& m) { (void)m.object("t"); }), "m.t is a string: allowed is an object");
    EXPECT_EQ(says([](auto& m) { m.each("t", 9, [](auto&) {}); }), "m.t is a string: allowed is an array");
    EXPECT_EQ(says([](auto& m) { m.each("list", 9, [](auto&) {}); }), "m.list[0] is a number: allowed is an object");
    EXPECT_EQ(says([](auto& m) { m.each("list", 0, [](auto&) {}); }), "m.list has 1 entries: allowed are at most 0");
    EXPECT_EQ(says([](auto& m) { m.each_text("list", 9, [](auto) {}); }), "m.list[0] is a number: allowed is a string");
}

TEST(JsonFields, NumbersThatOverflowAreRefused) {
    for (const char* number :
         {"1e400", "-1e400", "1e99999", "99999999999999999999999999999999999999999", "-1", "-0.001"}) {
        const std::string problem = refusal_of(R"({"n":)" + std::string{number} + '}',
                                               [](auto& m) { EXPECT_EQ(m.time_ms("n"), std::nullopt) << "read"; });
        EXPECT_NE(problem, "") << number;
    }
}

TEST(JsonFields, KeepsTheFirstErrorAndReadsNothingAfterIt) {
    int entries = 0;
    const std::string problem = refusal_of(R"({"a":1,"b":2,"list":[{"x":true},{"x":true}]})", [&](auto& m) {
        EXPECT_EQ(m.text("a"), std::nullopt);
        EXPECT_EQ(m.number("b", 0, 1), std::nullopt);
        m.refuse("c", "is late");
        m.each("list", 9, [&](auto&) { ++entries; });
    });
    EXPECT_EQ(problem, "m.a is a number: allowed is a string");
    EXPECT_EQ(entries, 0);
}

TEST(JsonFields, AnEntrysErrorNamesItsPlace) {
    int entries = 0;
    const std::string problem = refusal_of(R"({"outer":[{},{"inner":[{"x":1},{"x":"no"},{"x":"no"}]}]})", [&](auto& m) {
        m.each("outer", 9, [&](auto& outer) {
            outer.each("inner", 9, [&](auto& inner) {
                ++entries;
                (void)inner.number("x", 0, 1);
            });
        });
    });
    EXPECT_EQ(problem, "m.outer[1].inner[1].x is a string: allowed is a number from 0 to 1");
    EXPECT_EQ(entries, 2);
}

TEST(JsonFields, ReadsListsOfStrings) {
    std::string all;
    EXPECT_EQ(refusal_of(R"({"list":["a","b"]})",
                         [&](auto& m) { m.each_text("list", 2, [&](std::string_view text) { all += text; }); }),
              "");
    EXPECT_EQ(all, "ab");
}

}  // namespace
}  // namespace asr_stream::dialect
