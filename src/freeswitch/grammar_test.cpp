#include "freeswitch/grammar.hpp"

#include <gmock/gmock.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <string>

namespace asr_stream::freeswitch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

const GrammarContext english{.directory = "/nonexistent", .language = "en-US", .dialect = "json"};
const GrammarContext german{.directory = "/nonexistent", .language = "de-DE", .dialect = "json"};

Grammar read(std::string_view text, const GrammarContext& context = english) {
    auto grammar = read_grammar(text, context);
    if (grammar) return *std::move(grammar);
    ADD_FAILURE() << text << ": " << grammar.error().reason();
    return {};
}

std::string error_of(std::string_view text, const GrammarContext& context = english) {
    const auto grammar = read_grammar(text, context);
    if (grammar) return "no error";
    EXPECT_EQ(grammar.error().cause, Cause::grammar_load_failure);
    return grammar.error().detail;
}

/// The right-hand side of the public rule.
std::string public_rule(const Grammar& grammar) {
    const auto begin = grammar.text.find("> = ") + 4;
    return grammar.text.substr(begin, grammar.text.find(';', begin) - begin);
}

/// A folder with one file, gone with the test.
class Folder {
  public:
    Folder(const std::string& name, const std::string& content)
        : path_{fs::temp_directory_path() / ("grammar_test_" + std::to_string(getpid()) + "_" + name)} {
        fs::create_directories(path_);
        std::ofstream{path_ / name, std::ios::binary} << content;
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] GrammarContext context() const { return {path_.string(), "en-US", "json"}; }
    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    fs::path path_;
};

TEST(Grammar, DictationIsOpen) {
    for (const char* text : {"builtin:dictation", "builtin:speech/transcribe", "  builtin:dictation "}) {
        const auto grammar = read(text);
        EXPECT_EQ(grammar.text, "") << text;
        EXPECT_FALSE(grammar.keys_are_input);
    }
    EXPECT_EQ(error_of("builtin:dictation?length=4"), "builtin:dictation?length=4: it takes no parameters");
}

TEST(Grammar, DigitsHaveTheLengthAskedFor) {
    EXPECT_EQ(public_rule(read("builtin:digits")), "<digit>+");
    EXPECT_EQ(public_rule(read("builtin:digits?length=3")), "<digit> <digit> <digit>");
    EXPECT_EQ(public_rule(read("builtin:digits?minlength=2")), "<digit> <digit>+");
    EXPECT_EQ(public_rule(read("builtin:digits?maxlength=3")), "<digit> [<digit> [<digit>]]");
    EXPECT_EQ(public_rule(read("builtin:digits?minlength=2;maxlength=3")), "<digit> <digit> [<digit>]");
    EXPECT_EQ(public_rule(read("builtin:speech/digits?minlength=2&maxlength=2")), "<digit> <digit>");
    EXPECT_THAT(read("builtin:digits").text, HasSubstr("\n<digit> = zero | oh | one | two | three"));
    EXPECT_TRUE(read("builtin:digits").keys_are_input);
}

TEST(Grammar, DigitsRefuseWhatIsNoLength) {
    EXPECT_EQ(error_of("builtin:digits?length=0"), "builtin:digits?length=0: length=0: allowed are 1 to 32");
    EXPECT_EQ(error_of("builtin:digits?length=x"), "builtin:digits?length=x: length=x: allowed are 1 to 32");
    EXPECT_EQ(error_of("builtin:digits?length"), "builtin:digits?length: length=: allowed are 1 to 32");
    EXPECT_EQ(error_of("builtin:digits?maxlength=99999999999999999999"),
              "builtin:digits?maxlength=99999999999999999999: maxlength=99999999999999999999: allowed are 1 to 32");
    EXPECT_EQ(error_of("builtin:digits?minlength=3;maxlength=2"),
              "builtin:digits?minlength=3;maxlength=2: maxlength is less than minlength");
    EXPECT_EQ(error_of("builtin:digits?minlenght=3"),
              "builtin:digits?minlenght=3: unknown parameter minlenght: did you mean minlength? allowed are length, "
              "minlength, "
              "maxlength");
}

TEST(Grammar, DigitsAreReadAsNumbers) {
    const auto grammar = read("builtin:digits");
    EXPECT_EQ(meaning_of(grammar, "four Seven oh zero  nine"), "47009");
    EXPECT_EQ(meaning_of(grammar, "4 7"), "47");
    EXPECT_EQ(meaning_of(grammar, "four apples"), std::nullopt);
    EXPECT_EQ(meaning_of(grammar, ""), std::nullopt);
}

TEST(Grammar, BooleanIsYesOrNo) {
    const auto grammar = read("builtin:boolean");
    EXPECT_THAT(grammar.text, HasSubstr("#JSGF V1.0;\ngrammar boolean;\npublic <boolean> = yes | yeah"));
    EXPECT_EQ(meaning_of(grammar, "Yes"), "true");
    EXPECT_EQ(meaning_of(grammar, "nope"), "false");
    EXPECT_EQ(meaning_of(grammar, "perhaps"), std::nullopt);
}

TEST(Grammar, BooleanTakesOtherWords) {
    const auto grammar = read("builtin:boolean?y=ja|jawohl;n=nein|auf keinen fall", german);
    EXPECT_EQ(public_rule(grammar), "ja | jawohl | nein | auf keinen fall");
    EXPECT_EQ(meaning_of(grammar, "auf keinen Fall"), "false");
    EXPECT_EQ(error_of("builtin:boolean?y=a;|b"),
              "builtin:boolean?y=a;|b: unknown parameter |b: did you mean y? allowed are y, n");
    EXPECT_THAT(error_of("builtin:boolean?y=<x>"), HasSubstr("\"<x>\" is no word"));
    EXPECT_THAT(error_of("builtin:boolean?y="), HasSubstr("y and n name 1 to 64 words each"));
}

TEST(Grammar, OfAnotherLanguageTheServiceGetsTheName) {
    EXPECT_EQ(read("builtin:digits?length=4", german).text, "builtin:digits?length=4");
    EXPECT_EQ(read("builtin:boolean", german).text, "builtin:boolean");
    EXPECT_EQ(meaning_of(read("builtin:boolean", german), "ja"), std::nullopt);
    EXPECT_EQ(read("builtin:dictation", german).text, "");
}

TEST(Grammar, UnknownBuiltinsNameTheNearest) {
    EXPECT_EQ(error_of("builtin:digit"),
              "builtin:digit: unknown type: did you mean digits? allowed are dictation, digits, boolean, transcribe");
    EXPECT_THAT(error_of("builtin:"), HasSubstr("unknown type"));
}

TEST(Grammar, InlineTextGoesToTheServiceAsItIs) {
    const std::string jsgf = "#JSGF V1.0;\ngrammar g;\npublic <g> = a | b;";
    EXPECT_EQ(read(jsgf).text, jsgf);
    EXPECT_EQ(read(jsgf).name, "inline");
    const std::string xml = R"(<?xml version="1.0"?><grammar mode="dtmf"></grammar>)";
    EXPECT_EQ(read(xml).text, xml);
    EXPECT_TRUE(read(xml).keys_are_input);
    EXPECT_FALSE(read("<grammar></grammar>").keys_are_input);
    EXPECT_EQ(read("service:menu-7").text, "menu-7");
}

TEST(Grammar, ADialectWithoutGrammarsRefusesThemButTakesTheWordsOfBuiltins) {
    const GrammarContext vosk{.directory = "/nonexistent", .language = "en-US", .dialect = "vosk"};
    EXPECT_EQ(error_of("#JSGF V1.0;", vosk),
              "grammar \"inline\": dialect vosk takes no grammar; give builtin:dictation and hints");
    EXPECT_THAT(error_of("service:menu", vosk), HasSubstr("dialect vosk takes no grammar"));
    EXPECT_THAT(read("builtin:boolean?y=yes;n=no", vosk).hints, ElementsAre("yes", "no"));
    EXPECT_THAT(read("builtin:dictation", vosk).hints, IsEmpty());
}

TEST(Grammar, FilesAreFoundByPathAndInTheGrammarFolder) {
    const Folder folder{"menu.gram", "\n#JSGF V1.0;\ngrammar menu;\npublic <menu> = sales;\n"};
    const std::string text = "#JSGF V1.0;\ngrammar menu;\npublic <menu> = sales;";
    EXPECT_EQ(read("menu", folder.context()).text, text);
    EXPECT_EQ(read("menu.gram", folder.context()).text, text);
    EXPECT_EQ(read(folder.file("menu.gram")).text, text);
    EXPECT_EQ(read(folder.file("menu")).name, folder.file("menu.gram"));
}

TEST(Grammar, FilesThatAreNoGrammarAreRefused) {
    EXPECT_EQ(error_of("menu"), "grammar \"menu\": no such file in /nonexistent, also not with .gram, .jsgf or .xml");
    EXPECT_EQ(error_of("/dev/zero"), "grammar \"/dev/zero\": no such file, also not with .gram, .jsgf or .xml")
        << "reading it would never end";
    const Folder text{"text.gram", "yes or no"};
    EXPECT_THAT(error_of("text", text.context()), HasSubstr("begins neither with #JSGF nor with <?xml or <grammar"));
    const Folder binary{"binary.gram", std::string{"#JSGF\xff\xfe"}};
    EXPECT_THAT(error_of("binary", binary.context()), HasSubstr("it is not UTF-8 text"));
    const Folder big{"big.gram", "#JSGF" + std::string(max_grammar_bytes, 'a')};
    EXPECT_THAT(error_of("big", big.context()), HasSubstr("longer than 262144 bytes"));
}

TEST(Grammar, NothingIsNoGrammar) {
    EXPECT_THAT(error_of(" \n"), HasSubstr("it is empty; builtin:dictation means that anything may be said"));
    EXPECT_THAT(error_of(std::string_view{"a\0b", 3}), HasSubstr("a zero byte is not allowed"));
}

}  // namespace
}  // namespace asr_stream::freeswitch
