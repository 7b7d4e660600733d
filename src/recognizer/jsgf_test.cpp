#include "recognizer/jsgf.hpp"

#include <gmock/gmock.h>

#include "recognizer/word_graph.hpp"

namespace asr_stream::recognizer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

Result<WordGraph> build(std::string_view rules) {
    return jsgf::parse("#JSGF V1.0;\ngrammar test;\n" + std::string{rules}).and_then(&WordGraph::build);
}

std::string error_of(std::string_view rules) {
    const auto graph = build(rules);
    return graph ? "no error" : graph.error().message();
}

/// Every sentence of up to `max_words` words that the graph allows, sorted.
std::vector<std::string> sentences(const WordGraph& graph, std::size_t max_words) {
    std::vector<std::string> found;
    struct Path {
        std::int32_t state;
        std::string text;
        std::size_t words;
        bool skipped;  // skips are closed, so one in a row is enough
    };
    std::vector<Path> open{{graph.start(), "", 0, false}};
    while (!open.empty()) {
        const Path path = open.back();
        open.pop_back();
        if (path.state == graph.final()) found.push_back(path.text);
        for (const auto& arc : graph.arcs()) {
            if (arc.from != path.state) continue;
            if (arc.word == WordGraph::skip) {
                if (!path.skipped) open.push_back({arc.to, path.text, path.words, true});
            } else if (path.words < max_words) {
                const auto& word = graph.words()[static_cast<std::size_t>(arc.word)];
                open.push_back({arc.to, path.text + (path.text.empty() ? "" : " ") + word, path.words + 1, false});
            }
        }
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::vector<std::string> sentences(std::string_view rules, std::size_t max_words = 6) {
    const auto graph = build(rules);
    return graph ? sentences(*graph, max_words) : std::vector<std::string>{graph.error().message()};
}

TEST(Jsgf, AllowsWhatTheRulesSay) {
    EXPECT_THAT(sentences("public <a> = yes | no [thank you];"), ElementsAre("no", "no thank you", "yes"));
    EXPECT_THAT(sentences("public <a> = call <who> (now | later);\n<who> = bob | \"New York\";"),
                ElementsAre("call bob later", "call bob now", "call new york later", "call new york now"));
    EXPECT_THAT(sentences("public <a> = <NULL> go <test.b>; <b> = up;"), ElementsAre("go up"));
    EXPECT_THAT(sentences("public <a> = go | stop <VOID>;"), ElementsAre("go"));
}

TEST(Jsgf, RepeatsWithStarAndPlus) {
    EXPECT_THAT(sentences("public <a> = one+;", 3), ElementsAre("one", "one one", "one one one"));
    EXPECT_THAT(sentences("public <a> = go one* end;", 4), ElementsAre("go end", "go one end", "go one one end"));
    EXPECT_THAT(sentences("public <a> = (one | two)+;", 2),
                ElementsAre("one", "one one", "one two", "two", "two one", "two two"));
    EXPECT_THAT(sentences("public <a> = [[one]]* two;", 2), ElementsAre("one two", "two"));
}

TEST(Jsgf, KeepsLoopsApartFromWhatStandsBesideThem) {
    EXPECT_THAT(sentences("public <a> = one* | two;", 2), ElementsAre("", "one", "one one", "two"));
    EXPECT_THAT(sentences("public <a> = (one* two*) | three;", 2),
                ElementsAre("", "one", "one one", "one two", "three", "two", "two two"));
}

TEST(Jsgf, ReadsCommentsTagsWeightsAndMarks) {
    EXPECT_THAT(sentences("// a line\n/* more\nlines */ public <a> = /3/ yes {tag \\} } | /1/ no;"),
                ElementsAre("no", "yes"));
    const auto graph = build("public <a> = /3/ yes | /1/ no | /0/ never;");
    ASSERT_TRUE(graph);
    EXPECT_THAT(graph->words(), UnorderedElementsAre("yes", "no"));
    EXPECT_DOUBLE_EQ(graph->arcs()[0].probability, 0.75);
    EXPECT_DOUBLE_EQ(graph->arcs()[1].probability, 0.25);
    EXPECT_TRUE(jsgf::parse("\xEF\xBB\xBF #JSGF V1.0 UTF-8 en;\ngrammar g; public <a> = yes;"));
}

TEST(Jsgf, RefusesWhatItCannotReadAndSaysWhere) {
    EXPECT_THAT(jsgf::parse("grammar g; public <a> = yes;").error().context, HasSubstr("#JSGF V1.0;"));
    EXPECT_THAT(error_of("public <a> = yes"), HasSubstr("line 3: a ; is wanted, not the end"));
    EXPECT_THAT(error_of("\npublic <a> = ;"), HasSubstr("line 4: a word, a rule or a group is wanted"));
    EXPECT_THAT(error_of("public <a> = (yes;"), HasSubstr("a ) is wanted, not \";\""));
    EXPECT_THAT(error_of("public <a = yes;"), HasSubstr("no > closes <"));
    EXPECT_THAT(error_of("public <a> = yes {tag;"), HasSubstr("no } closes {"));
    EXPECT_THAT(error_of("/* comment"), HasSubstr("a comment has no end"));
    EXPECT_THAT(error_of("public <a> = /x/ yes | no;"), HasSubstr("weight /x/"));
    EXPECT_THAT(error_of("public <a> = yes; <a> = no;"), HasSubstr("<a> is defined twice"));
    EXPECT_THAT(error_of("<a> = yes;"), HasSubstr("no rule is public"));
    EXPECT_THAT(error_of("import <other.*>; public <a> = yes;"), HasSubstr("imports are not followed"));
    EXPECT_THAT(error_of("public <a> = <b>;"), HasSubstr("rule <b> is not defined"));
    EXPECT_THAT(error_of("public <a> = yes <b>; <b> = no <a>;"), HasSubstr("<a> contains itself"));
    EXPECT_THAT(error_of("public <a> = <NULL>;"), HasSubstr("has no word"));
}

TEST(Jsgf, BoundsWhatAGrammarCanCost) {
    EXPECT_THAT(jsgf::parse(std::string(jsgf::max_grammar_bytes + 1, ' ')).error().context, HasSubstr("65537 bytes"));
    EXPECT_THAT(error_of("public <a> = " + std::string(100, '(') + "x" + std::string(100, ')') + ";"),
                HasSubstr("nested deeper than 32"));
    EXPECT_THAT(error_of("public <a> = x" + std::string(100, '*') + ";"), HasSubstr("too many * and +"));

    std::string doubling = "public <r0> = <r1> <r1>;";
    std::string choices = "public <r0> = <r1> | <r1>;";
    for (int i = 1; i < 40; ++i) {
        const auto rule = "<r" + std::to_string(i) + "> = ", next = "<r" + std::to_string(i + 1) + ">";
        doubling += rule + next + ' ' + next + ';';
        choices += rule + next + '|' + next + ';';
    }
    EXPECT_THAT(error_of(doubling + "<r40> = x;"), HasSubstr("more than 20000 words"));
    EXPECT_THAT(error_of(choices + "<r40> = <VOID>;"), HasSubstr("works out to more than 200000 parts"));

    std::string optionals = "public <a> = x";
    for (int i = 0; i < 300; ++i) optionals += " [x]";
    EXPECT_THAT(error_of(optionals + ";"), HasSubstr("ways to skip words"));
    std::string deep = "public <r0> = <r1>;";
    for (int i = 1; i < 100; ++i) deep += "<r" + std::to_string(i) + "> = <r" + std::to_string(i + 1) + ">;";
    EXPECT_THAT(error_of(deep + "<r100> = x;"), HasSubstr("rules are nested deeper than 64"));
}

TEST(WordGraph, OfPhrasesAllowsAnySequenceOfThem) {
    const std::vector<std::string> phrases{"yes", "no thanks", ""};
    const auto graph = WordGraph::any_of(phrases);
    ASSERT_TRUE(graph);
    EXPECT_THAT(sentences(*graph, 3),
                ElementsAre("no thanks", "no thanks yes", "yes", "yes no thanks", "yes yes", "yes yes yes"));
}

}  // namespace
}  // namespace asr_stream::recognizer
