#include "cli/text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace asr_stream::cli {
namespace {

using std::chrono_literals::operator""ms;

TEST(Printable, LeavesWordsOfAnyLanguageAsTheyAre) {
    EXPECT_EQ(printable("naïve Žižkov 电话 👍"), "naïve Žižkov 电话 👍");
}

TEST(Printable, ShowsWhatWouldSteerTheTerminal) {
    EXPECT_EQ(printable("a\x1b[2Jb"), "a\\x1b[2Jb");
    EXPECT_EQ(printable("one\ntwo\tthree\r"), "one\\ntwo\\tthree\\r");
    EXPECT_EQ(printable("\x7f"), "\\x7f");
    EXPECT_EQ(printable("\xC2\x9B"
                        "31m"),
              "\\x9b31m");  // C1: CSI in one character
    EXPECT_EQ(printable("abc\xE2\x80\xAE"
                        "def"),
              "abc\\u202edef");  // right-to-left override
}

TEST(Printable, ReplacesEachByteThatIsNotUtf8) {
    EXPECT_EQ(printable("a\xFF\xC3"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(printable("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
    EXPECT_EQ(display_width("abc"), 3u);
    EXPECT_EQ(display_width("é"), 1u);
    EXPECT_EQ(display_width("电话"), 4u);
    EXPECT_EQ(display_width(""), 0u);
}

TEST(KeepEnd, ShowsTheNewestWords) {
    EXPECT_EQ(keep_end("one two three", 20), "one two three");
    EXPECT_EQ(keep_end("one two three", 6), "…three");
    EXPECT_EQ(keep_end("one", 0), "");
    EXPECT_LE(display_width(keep_end("电话号码是多少", 6)), 6u);
}

TEST(KeepBegin, CutsTheEnd) {
    EXPECT_EQ(keep_begin("one two three", 13), "one two three");
    EXPECT_EQ(keep_begin("one two three", 6), "one t…");
    EXPECT_LE(display_width(keep_begin("电话号码是多少", 6)), 6u);
}

TEST(DurationText, ChangesItsUnitWithTheLength) {
    EXPECT_EQ(duration_text(0ms), "0.0 s");
    EXPECT_EQ(duration_text(4250ms), "4.2 s");
    EXPECT_EQ(duration_text(187'000ms), "3 min 07 s");
    EXPECT_EQ(duration_text(7'500'000ms), "2 h 05 min");
}

TEST(Bar, FillsWithTheShareAndStaysWithinItsWidth) {
    EXPECT_EQ(bar(0.5, 10), "[####----]");
    EXPECT_EQ(bar(7.0, 6), "[####]");
    EXPECT_EQ(bar(std::numeric_limits<double>::quiet_NaN(), 6), "[----]");
    EXPECT_EQ(bar(0.5, 2), "");
}

}  // namespace
}  // namespace asr_stream::cli
