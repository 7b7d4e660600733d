#include <gtest/gtest.h>

#include <array>
#include <asr_stream/engine.hpp>
#include <regex>
#include <set>

#include "base/log_limiter.hpp"
#include "base/nearest.hpp"

namespace asr_stream {
namespace {

using namespace std::chrono_literals;

TEST(Error, EveryCodeHasItsOwnNameAndSentence) {
    std::set<std::string> names;
    std::set<std::string> sentences;
    for (int value = 1; value <= static_cast<int>(Errc::internal); ++value) {
        const auto code = static_cast<Errc>(value);
        names.insert(std::string{name_of(code)});
        sentences.insert(make_error_code(code).message());
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Errc::internal));
    EXPECT_EQ(sentences.size(), names.size());
}

TEST(Error, AValueOutsideTheTableIsNamedUnknown) {
    EXPECT_EQ(name_of(static_cast<Errc>(0)), "unknown");
    EXPECT_EQ(name_of(static_cast<Errc>(9999)), "unknown");
    EXPECT_EQ(error_category().message(9999), "unknown error 9999");
}

TEST(Error, SaysSentenceThenContext) {
    const Error refused{Errc::connect_refused, "ws://127.0.0.1:9"};
    EXPECT_EQ(refused.message(), "connection refused: ws://127.0.0.1:9");
    EXPECT_EQ((Error{Errc::stopped, {}}.message()), "stopped");
}

TEST(Error, TravelsInAResult) {
    const Result<int> result = fail(Errc::invalid_url, "http://x");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::invalid_url);
}

TEST(LogLimiter, LetsOneLineAPeriodThroughAndCountsTheRest) {
    LogLimiter limiter{1s};
    const LogLimiter::Clock::time_point start{};
    EXPECT_EQ(limiter.admit(start), 0u);
    EXPECT_EQ(limiter.admit(start + 10ms), std::nullopt);
    EXPECT_EQ(limiter.admit(start + 999ms), std::nullopt);
    EXPECT_EQ(limiter.admit(start + 1s), 2u);
    EXPECT_EQ(limiter.admit(start + 3s), 0u);
}

TEST(Names, OfEventsAreThoseOfTheDocumentedSubclasses) {
    constexpr std::array<std::string_view, 11> expected{"connected",    "begin_speaking", "partial",      "final",
                                                        "end_speaking", "error",          "disconnected", "audio",
                                                        "mark",         "clear",          "closed"};
    std::set<std::string_view> names;
    for (int kind = 0; kind < static_cast<int>(expected.size()); ++kind)
        names.insert(name_of(static_cast<EventKind>(kind)));
    EXPECT_EQ(names, (std::set<std::string_view>{expected.begin(), expected.end()}));
    EXPECT_EQ(name_of(EventKind::final), "final");
    EXPECT_EQ(name_of(static_cast<EventKind>(99)), "unknown");
}

TEST(Names, OfLogLevelsAreThoseOfTheSwitch) {
    EXPECT_EQ(name_of(LogLevel::debug), "debug");
    EXPECT_EQ(name_of(LogLevel::info), "info");
    EXPECT_EQ(name_of(LogLevel::notice), "notice");
    EXPECT_EQ(name_of(LogLevel::warning), "warning");
    EXPECT_EQ(name_of(LogLevel::error), "error");
    EXPECT_EQ(name_of(static_cast<LogLevel>(99)), "unknown");
}

TEST(Names, TheVersionHasThreeNumbers) {
    EXPECT_TRUE(std::regex_match(std::string{version()}, std::regex{R"(\d+\.\d+\.\d+.*)"})) << version();
}

TEST(Nearest, FindsWhatWasMeantAndNothingFarFetched) {
    constexpr std::array<std::string_view, 3> valid{"frame-ms", "queue-ms", "language"};
    EXPECT_EQ(nearest("frame_ms", valid), "frame-ms");
    EXPECT_EQ(nearest("langauge", valid), "language");
    EXPECT_EQ(nearest("zzzzzz", valid), "");
    EXPECT_EQ(nearest("", valid), "");
    EXPECT_EQ(nearest(std::string(100'000, 'x'), valid), "");
}

}  // namespace
}  // namespace asr_stream
