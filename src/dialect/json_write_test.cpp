#include "dialect/json_write.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <limits>
#include <vector>

#include "dialect/utf8.hpp"

namespace asr_stream::dialect {
namespace {

std::string json_of(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string digits_of(std::int64_t value) {
    std::string out;
    append_json_integer(out, value);
    return out;
}

TEST(JsonWrite, EscapesWhatRfc8259Demands) {
    EXPECT_EQ(json_of(""), R"("")");
    EXPECT_EQ(json_of(R"(say "yes" \ no/)"), R"("say \"yes\" \\ no/")");
    EXPECT_EQ(json_of("\b\f\n\r\t"), R"("\b\f\n\r\t")");
    EXPECT_EQ(json_of(std::string_view{"\0\x01\x1f\x7f", 4}), "\"\\u0000\\u0001\\u001f\x7f\"");
    EXPECT_EQ(json_of("gr\xC3\xBC\xC3\x9F\xF0\x9F\x98\x80"), "\"gr\xC3\xBC\xC3\x9F\xF0\x9F\x98\x80\"");
}

TEST(JsonWrite, EveryByteComesBackFromAParser) {
    std::string text;
    for (char character = 0; character != 127; ++character) text += character;
    EXPECT_EQ(boost::json::parse(json_of(text)).as_string(), boost::json::string_view{text});
}

TEST(JsonWrite, ReplacesWhatIsNotUtf8) {
    EXPECT_EQ(json_of("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
    EXPECT_EQ(json_of("\xE2\x82"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(JsonWrite, WritesListsAndIntegers) {
    std::string out;
    append_json_strings(out, {});
    append_json_strings(out, std::vector<std::string>{"a"});
    append_json_strings(out, std::vector<std::string>{"a", "\"", ""});
    EXPECT_EQ(out, R"([]["a"]["a","\"",""])");
    EXPECT_EQ(digits_of(0), "0");
    EXPECT_EQ(digits_of(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(digits_of(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
}

TEST(OneLine, KeepsALogToOneLineAndItsBound) {
    EXPECT_EQ(one_line("plain", 5), "plain");
    EXPECT_EQ(one_line("plainer", 5), "plain...");
    EXPECT_EQ(one_line("a\nb\x1b[2J\x7f", 20), "a b [2J ");
    EXPECT_EQ(one_line("\xC3\xBC\xC3\xBC", 3), "\xC3\xBC...");
    EXPECT_EQ(one_line("\xFF", 3), "\xEF\xBF\xBD");
}

TEST(Utf8, AcceptsEveryScalarValueAndNothingElse) {
    const auto encode = [](std::uint32_t value, std::size_t length) {
        if (length == 1) return std::string{static_cast<char>(value)};
        const std::uint32_t lead = length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0;
        std::string bytes{static_cast<char>(lead | value >> (6 * (length - 1)))};
        for (std::size_t i = length - 1; i-- > 0;) bytes += static_cast<char>(0x80 | (value >> (6 * i) & 0x3F));
        return bytes;
    };
    const auto length_of = [](std::uint32_t value) -> std::size_t {
        return value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    };
    for (std::uint32_t value = 0; value < 0x140000; ++value) {
        const bool scalar = value < 0xD800 || (value > 0xDFFF && value < 0x110000);
        ASSERT_EQ(is_utf8(encode(value, length_of(value))), scalar) << value;
        for (std::size_t overlong = length_of(value) + 1; overlong <= 4; ++overlong)
            ASSERT_FALSE(is_utf8(encode(value, overlong))) << value;
    }
}

TEST(Utf8, RefusesPiecesOfCharacters) {
    EXPECT_EQ(utf8_character(""), 0U);
    EXPECT_EQ(utf8_character("\x80"), 0U);
    EXPECT_EQ(utf8_character("\xF5\x80\x80\x80"), 0U);
    EXPECT_EQ(utf8_character("\xC3"), 0U);
    EXPECT_EQ(utf8_character("\xE2\x82\x41"), 0U);
    EXPECT_EQ(utf8_character("\xE2\x82\xAC."), 3U);
}

}  // namespace
}  // namespace asr_stream::dialect
