#include "recognizer/client_protocol.hpp"

#include <gmock/gmock.h>

#include <random>

#include "recognizer/jsgf.hpp"
#include "recognizer/word_graph.hpp"

namespace asr_stream::recognizer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = ClientMessage::Kind;

Transcript goodbye() {
    Transcript transcript;
    transcript.text = "good \"bye\"";
    transcript.confidence = 0.93456;
    transcript.start = CallTime{810};
    transcript.end = CallTime{1500};
    transcript.words = {{"good", CallTime{810}, CallTime{1000}, 1.0},
                        {"\"bye\"", CallTime{1010}, CallTime{1500}, 0.25}};
    return transcript;
}

std::vector<std::string> written(ClientProtocol& protocol, const Outcome& outcome) {
    std::vector<std::string> out;
    protocol.write(outcome, out);
    return out;
}

std::string error_of(ClientProtocol& protocol, std::string_view payload, Framing framing = Framing::text) {
    const auto message = protocol.read(framing, payload);
    if (message) return "no error";
    EXPECT_EQ(message.error().code, make_error_code(Errc::bad_message));
    return message.error().context;
}

TEST(JsonProtocol, ReadsTheStartThatTheDialectSends) {
    const auto protocol = make_json_protocol();
    dialect::SessionConfig config;
    config.stream_id = "s1";
    config.sample_rate = 16000;
    config.channels = 2;
    config.language = "en-US";
    config.interim = false;
    config.hints = {"press one", "naïve"};
    config.grammar = "builtin:dictation";
    const auto opening = (*dialect::find("json"))->open(config)->opening_messages();
    ASSERT_EQ(opening.size(), 1u);
    const auto message = protocol->read(opening[0].framing, opening[0].payload);
    ASSERT_TRUE(message) << message.error().message();
    EXPECT_EQ(message->kind, Kind::start);
    EXPECT_EQ(message->start.sample_rate, 16000u);
    EXPECT_EQ(message->start.channels, 2u);
    EXPECT_EQ(message->start.language, "en-US");
    EXPECT_FALSE(message->start.interim);
    EXPECT_THAT(message->start.hints, ElementsAre("press one", "naïve"));
    EXPECT_EQ(message->start.grammar, "builtin:dictation");
    EXPECT_EQ(message->start.stream, "s1");
}

TEST(JsonProtocol, ReadsTheAudioThatTheDialectSends) {
    const auto protocol = make_json_protocol();
    const std::vector<std::int16_t> samples{0, 1, -1, 32767, -32768, 7, 8};
    for (const auto format : {AudioFraming::text, AudioFraming::binary}) {
        dialect::SessionConfig config;
        config.audio_format = format;
        const auto session = (*dialect::find("json"))->open(config);
        std::string buffer(session->max_encoded_bytes(samples.size()), '\0');
        buffer.resize(session->encode({.samples = samples}, buffer));
        const auto message = protocol->read(session->traits().audio_framing, buffer);
        ASSERT_TRUE(message) << message.error().message();
        EXPECT_EQ(message->kind, Kind::audio);
        EXPECT_EQ(message->samples, samples);
    }
}

TEST(JsonProtocol, ReadsTheOtherMessages) {
    const auto protocol = make_json_protocol();
    EXPECT_EQ(protocol->read(Framing::text, R"({"type":"stop"})")->kind, Kind::stop);
    EXPECT_EQ(protocol->read(Framing::text, R"({"type":"dtmf","digit":"5"})")->kind, Kind::ignored);
    EXPECT_EQ(protocol->read(Framing::text, R"({"type":"text","text":"x"})")->kind, Kind::ignored);
}

TEST(JsonProtocol, NamesWhatIsWrong) {
    const auto protocol = make_json_protocol();
    EXPECT_THAT(error_of(*protocol, R"({"type":"strat"})"), HasSubstr("allowed are start, audio, dtmf, text, stop"));
    EXPECT_THAT(error_of(*protocol, R"({"type":"start","version":2})"), HasSubstr("start.version"));
    EXPECT_THAT(error_of(*protocol, R"({"type":"start","audio":{"encoding":"opus"}})"), HasSubstr("encoding"));
    EXPECT_THAT(error_of(*protocol, R"({"type":"start","audio":{"sample_rate":4000}})"), HasSubstr("sample_rate"));
    EXPECT_THAT(error_of(*protocol, R"({"type":"start","hints":[1]})"), HasSubstr("hints"));
    EXPECT_THAT(error_of(*protocol, R"({"type":"audio"})"), HasSubstr("data"));
    EXPECT_NE(error_of(*protocol, R"({"type":"audio","data":"!!!!"})"), "no error");
    EXPECT_THAT(error_of(*protocol, R"({"type":"audio","data":"AAA="})"), ::testing::StrEq("no error"));
    EXPECT_THAT(error_of(*protocol, R"({"type":"audio","data":"AA=="})"), HasSubstr("1 bytes"));
    EXPECT_THAT(error_of(*protocol, "abc", Framing::binary), HasSubstr("3 bytes"));
    EXPECT_NE(error_of(*protocol, "{"), "no error");
    EXPECT_NE(error_of(*protocol, "[]"), "no error");
}

TEST(JsonProtocol, WritesWhatTheDialectReads) {
    const auto protocol = make_json_protocol();
    const auto messages = written(*protocol, {.cause = Kind::stop,
                                              .events = {{SpeechEvent::Kind::begin_speaking},
                                                         {SpeechEvent::Kind::partial, goodbye()},
                                                         {SpeechEvent::Kind::end_speaking},
                                                         {SpeechEvent::Kind::final, goodbye()},
                                                         {SpeechEvent::Kind::final}}});
    const auto session = (*dialect::find("json"))->open({});
    std::vector<dialect::RecognitionEvent> events;
    for (const auto& message : messages) EXPECT_TRUE(session->decode(Framing::text, message, events)) << message;
    ASSERT_EQ(events.size(), 6u);
    EXPECT_EQ(events[0].kind, dialect::RecognitionKind::begin_speaking);
    EXPECT_EQ(events[1].kind, dialect::RecognitionKind::partial);
    EXPECT_EQ(events[2].kind, dialect::RecognitionKind::end_speaking);
    EXPECT_EQ(events[3].kind, dialect::RecognitionKind::final);
    EXPECT_EQ(events[4].transcript.text, "");
    EXPECT_EQ(events[5].kind, dialect::RecognitionKind::end);
    const auto& transcript = events[3].transcript;
    EXPECT_EQ(transcript.text, "good \"bye\"");
    EXPECT_NEAR(*transcript.confidence, 0.9346, 1e-9);
    EXPECT_EQ(*transcript.end, CallTime{1500});
    ASSERT_EQ(transcript.words.size(), 2u);
    EXPECT_EQ(transcript.words[1].start, CallTime{1010});
    EXPECT_NEAR(*transcript.words[1].confidence, 0.25, 1e-9);
}

TEST(JsonProtocol, KeepsPartialsToItselfWhenNobodyWantsThem) {
    const auto protocol = make_json_protocol();
    ASSERT_TRUE(protocol->read(Framing::text, R"({"type":"start","interim":false})"));
    EXPECT_TRUE(written(*protocol, {.events = {{SpeechEvent::Kind::partial, goodbye()}}}).empty());
}

TEST(JsonProtocol, WritesErrors) {
    const auto protocol = make_json_protocol();
    std::vector<std::string> out;
    protocol->write_error({"overloaded", "line\nbreak", true}, out);
    EXPECT_THAT(out, ElementsAre(R"({"type":"error","code":"overloaded","message":"line\nbreak","fatal":true})"));
}

TEST(VoskProtocol, ReadsWhatTheRealServerReadsAndNothingElse) {
    const auto protocol = make_vosk_protocol();
    const auto config = protocol->read(
        Framing::text,
        R"({"config":{"sample_rate":16000.0,"words":1,"phrase_list":["yes","no","[unk]"],"model":"/x"}})");
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->kind, Kind::start);
    EXPECT_EQ(config->start.sample_rate, 16000u);
    EXPECT_THAT(config->start.phrase_list.value(), ElementsAre("yes", "no", "[unk]"));
    EXPECT_EQ(protocol->read(Framing::text, R"({"eof" : 1})")->kind, Kind::stop);
    EXPECT_EQ(protocol->read(Framing::text, R"({"reset" : 1})")->kind, Kind::flush);
    EXPECT_EQ(protocol->read(Framing::binary, "")->kind, Kind::audio);
    EXPECT_EQ(protocol->read(Framing::binary, std::string_view{"\x01\x00\xff\xff", 4})->samples,
              (std::vector<std::int16_t>{1, -1}));
    EXPECT_THAT(error_of(*protocol, R"({"eof":1})"), HasSubstr("byte for byte"));
    EXPECT_NE(error_of(*protocol, "config"), "no error");
    EXPECT_NE(error_of(*protocol, R"({"config":7})"), "no error");
    EXPECT_NE(error_of(*protocol, R"({"config":{"sample_rate":1}})"), "no error");
    EXPECT_NE(error_of(*protocol, "a", Framing::binary), "no error");
    EXPECT_TRUE(protocol->bad_message_is_fatal());
}

TEST(VoskProtocol, WritesLikeLibvosk) {
    const auto protocol = make_vosk_protocol();
    EXPECT_THAT(written(*protocol, {.events = {}, .partial = ""}), ElementsAre("{\n  \"partial\" : \"\"\n}"));
    EXPECT_THAT(written(*protocol, {.events = {{SpeechEvent::Kind::partial, goodbye()}}, .partial = "good"}),
                ElementsAre("{\n  \"partial\" : \"good\"\n}"));
    EXPECT_THAT(written(*protocol, {.cause = Kind::stop}), ElementsAre("{\n  \"text\" : \"\"\n}"));
    const std::string final = R"({
  "result" : [{
      "conf" : 1.000000,
      "end" : 1.000000,
      "start" : 0.810000,
      "word" : "good"
    }, {
      "conf" : 0.250000,
      "end" : 1.500000,
      "start" : 1.010000,
      "word" : "\"bye\""
    }],
  "text" : "good \"bye\""
})";
    EXPECT_THAT(written(*protocol, {.events = {{SpeechEvent::Kind::final, goodbye()}}}), ElementsAre(final));
}

TEST(VoskProtocol, AnswersTwoUtterancesInOneMessageWithOneFinal) {
    const auto protocol = make_vosk_protocol();
    ASSERT_TRUE(protocol->read(Framing::text, R"({"config":{"words":0}})"));
    const Outcome outcome{.events = {{SpeechEvent::Kind::final, goodbye()},
                                     {SpeechEvent::Kind::final},
                                     {SpeechEvent::Kind::final, goodbye()}}};
    EXPECT_THAT(written(*protocol, outcome), ElementsAre("{\n  \"text\" : \"good \\\"bye\\\" good \\\"bye\\\"\"\n}"));
}

TEST(ChooseProtocol, GoesByPathThenByTheFirstMessage) {
    const auto chosen = [](std::string_view path, Framing framing, std::string_view message) {
        return std::string{choose_protocol(path, framing, message)->name()};
    };
    EXPECT_EQ(chosen("/", Framing::text, R"({"type":"start"})"), "json");
    EXPECT_EQ(chosen("/", Framing::text, R"({"config":{}})"), "vosk");
    EXPECT_EQ(chosen("/", Framing::text, R"({"eof" : 1})"), "vosk");
    EXPECT_EQ(chosen("/", Framing::binary, ""), "vosk");
    EXPECT_EQ(chosen("/", Framing::text, "rubbish"), "json");
    EXPECT_EQ(chosen("/json", Framing::binary, ""), "json");
    EXPECT_EQ(chosen("/vosk/?x=1", Framing::text, R"({"type":"start"})"), "vosk");
}

/// What nobody would send on purpose: valid inputs with bytes changed, dropped and doubled.
class Mutations : public ::testing::TestWithParam<std::string> {
  protected:
    template <class Try>
    void each(Try attempt) {
        std::mt19937 random{7};
        for (int i = 0; i < 3'000; ++i) {
            auto text = GetParam();
            for (int change = 0; change < 1 + i % 4; ++change) {
                const auto at = random() % text.size();
                switch (random() % 3) {
                    case 0: text[at] = static_cast<char>(random()); break;
                    case 1: text.erase(at, 1 + random() % 5); break;
                    default: text.insert(at, text.substr(random() % text.size(), 1 + random() % 9)); break;
                }
                if (text.empty()) text = " ";
            }
            attempt(text);
        }
    }
};

TEST_P(Mutations, AreReadOrRefusedButNothingElse) {
    std::size_t read = 0, refused = 0;
    each([&](const std::string& text) {
        const bool good = GetParam().starts_with("#JSGF")
                              ? jsgf::parse(text).and_then(&WordGraph::build).has_value()
                              : choose_protocol("/", Framing::text, text)->read(Framing::text, text).has_value();
        ++(good ? read : refused);
    });
    EXPECT_GT(read, 0u);
    EXPECT_GT(refused, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Inputs, Mutations,
    ::testing::Values(R"({"type":"start","audio":{"encoding":"L16","sample_rate":8000},"hints":["a b"],"grammar":""})",
                      R"({"type":"audio","seq":1,"start_ms":0,"data":"AAECAwQFBgcICQoLDA0ODw=="})",
                      R"({"config":{"sample_rate":8000,"words":1,"phrase_list":["yes","no"]}})",
                      "#JSGF V1.0; grammar g; public <a> = /2/ (yes | no)+ [<b>* \"x y\"] {t}; <b> = go // end\n;"));

}  // namespace
}  // namespace asr_stream::recognizer
