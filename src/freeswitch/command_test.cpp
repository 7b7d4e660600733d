#include "freeswitch/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace asr_stream::freeswitch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

template <class Command>
Command parsed(std::string_view line) {
    const auto command = parse_call_command(line);
    if (!command) {
        ADD_FAILURE() << line << ": " << command.error().reason;
        return {};
    }
    EXPECT_TRUE(std::holds_alternative<Command>(*command)) << line;
    return std::get<Command>(*command);
}

std::string refusal(std::string_view line) {
    const auto command = parse_call_command(line);
    EXPECT_FALSE(command) << line;
    return command ? "" : command.error().reason;
}

TEST(SplitWords, SeparatesAtBlanksAndKeepsQuotedOnes) {
    EXPECT_THAT(split_words("  a  b\tc ").value(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(split_words("k='a b' x").value(), ElementsAre("k=a b", "x"));
    EXPECT_THAT(split_words(R"(k="say \"hi\" 'you'")").value(), ElementsAre(R"(k=say "hi" 'you')"));
    EXPECT_THAT(split_words(R"(metadata='{"n":1,"path":"a\\b"}')").value(),
                ElementsAre(R"(metadata={"n":1,"path":"a\\b"})"));
    EXPECT_THAT(split_words("k=''").value(), ElementsAre("k="));
    EXPECT_THAT(split_words("").value(), IsEmpty());
}

TEST(SplitWords, RefusesAQuoteThatIsNotClosedAndTooManyWords) {
    EXPECT_EQ(split_words("a 'b c").error().reason, "a closing ' is missing");
    std::string line;
    for (std::size_t word = 0; word <= max_words; ++word) line += "a ";
    EXPECT_EQ(split_words(line).error().reason, "more than 256 words");
}

TEST(CallCommand, StartTakesProfileNameAndSettings) {
    const auto start = parsed<StartCommand>(" start cloud name=agent mix=stereo url=ws://a/?x=1 hints='yes, no'");
    EXPECT_EQ(start.profile, "cloud");
    EXPECT_EQ(start.name, "agent");
    EXPECT_THAT(start.parameters,
                ElementsAre(Pair("mix", "stereo"), Pair("url", "ws://a/?x=1"), Pair("hints", "yes, no")));
}

TEST(CallCommand, StartWithoutANameIsTheDefaultStream) {
    EXPECT_EQ(parsed<StartCommand>("start cloud").name, "default");
}

TEST(CallCommand, StartRefusesWhatIsNotASetting) {
    EXPECT_EQ(refusal("start"), "start needs a profile");
    EXPECT_EQ(refusal("start ''"), "start needs a profile");
    EXPECT_EQ(refusal("start \"\""), "start needs a profile");
    EXPECT_EQ(refusal("start name=a"), "start needs a profile");
    EXPECT_THAT(refusal("start cloud stereo"), HasSubstr("only key=value may follow"));
    EXPECT_THAT(refusal("start cloud =x"), HasSubstr("only key=value may follow"));
    EXPECT_THAT(refusal("start cloud name="), HasSubstr("allowed are 1 to 64 letters"));
    EXPECT_THAT(refusal("start cloud name='a b'"), HasSubstr("allowed are 1 to 64 letters"));
    EXPECT_THAT(refusal("start cloud name=" + std::string(65, 'a')), HasSubstr("allowed are 1 to 64 letters"));
}

TEST(CallCommand, StopIsGracefulUnlessNow) {
    EXPECT_FALSE(parsed<StopCommand>("stop").now);
    EXPECT_TRUE(parsed<StopCommand>("stop now").now);
    const auto named = parsed<StopCommand>("stop agent now");
    EXPECT_EQ(named.name, "agent");
    EXPECT_TRUE(named.now);
    EXPECT_EQ(parsed<StopCommand>("stop name=now").name, "now");
    EXPECT_EQ(refusal("stop a b"), "stop takes one name");
}

TEST(CallCommand, PauseResumeAndStatsTakeAName) {
    EXPECT_EQ(parsed<PauseCommand>("pause agent").name, "agent");
    EXPECT_EQ(parsed<ResumeCommand>("resume name=agent").name, "agent");
    EXPECT_EQ(parsed<ResumeCommand>("resume").name, "");
    const auto stats = parsed<StatsCommand>("stats json agent");
    EXPECT_EQ(stats.name, "agent");
    EXPECT_TRUE(stats.json);
}

TEST(CallCommand, SendTextKeepsTheTextAsItStands) {
    EXPECT_EQ(parsed<SendTextCommand>("send_text  it's  \"two\" blanks ").text, "it's  \"two\" blanks");
    const auto named = parsed<SendTextCommand>("send_text name=agent hello there");
    EXPECT_EQ(named.name, "agent");
    EXPECT_EQ(named.text, "hello there");
    EXPECT_EQ(refusal("send_text"), "send_text needs a text");
    EXPECT_EQ(refusal("send_text name=agent"), "send_text needs a text");
}

TEST(CallCommand, AnUnknownWordNamesTheNearest) {
    EXPECT_EQ(refusal("strat cloud"), "strat is not known here; did you mean start?");
    EXPECT_EQ(refusal("zzzzzz"), "zzzzzz is not known here");
    EXPECT_EQ(refusal("  "), "a command is missing");
}

TEST(ModuleCommand, IsOneWordAndMayAskForJson) {
    const auto status = parse_module_command("status json");
    ASSERT_TRUE(status);
    EXPECT_EQ(status->report, Report::status);
    EXPECT_TRUE(status->json);
    EXPECT_EQ(parse_module_command("reload")->report, Report::reload);
    EXPECT_EQ(parse_module_command("version")->report, Report::version);
    EXPECT_EQ(parse_module_command("metrics")->report, Report::metrics);
    EXPECT_FALSE(parse_module_command("metrics")->json);
    EXPECT_EQ(parse_module_command("list all").error().reason, "only json may follow list");
    EXPECT_EQ(parse_module_command("stats").error().reason, "stats is not known here; did you mean status?");
}

}  // namespace
}  // namespace asr_stream::freeswitch
