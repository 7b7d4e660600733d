#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <span>
#include <stdexcept>
#include <thread>

#include "dialect/base64.hpp"
#include "dialect/dialect.hpp"
#include "integration/serve_client.hpp"
#include "recognizer/heldout_prompts.hpp"
#include "recognizer/server.hpp"
#include "support/certificates.hpp"

/// The recognition server as its clients see it: real sockets, recorded speech, a genuine recognizer.
namespace asr_stream::recognizer {
namespace {

using dialect::RecognitionEvent;
using dialect::RecognitionKind;
using test::ServeClient;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class RunningServer {
  public:
    explicit RunningServer(ServeOptions options = {}) {
        options.listen = "127.0.0.1:0";
        options.max_lag = std::chrono::seconds{600};  // however slow a tool makes the decoder
        options.max_backlog = std::chrono::seconds{3600};
        auto created = Server::create(options, [this](LogLevel, std::string_view line) {
            const std::lock_guard lock{mutex_};
            log_.emplace_back(line);
        });
        if (!created) throw std::runtime_error{created.error().message()};
        server_ = *std::move(created);
        thread_ = std::thread{[this] { server_->run(); }};
    }
    ~RunningServer() {
        if (!thread_.joinable()) return;
        server_->stop();
        thread_.join();
    }
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;

    void stop() { server_->stop(); }
    void wait_until_stopped() { thread_.join(); }
    [[nodiscard]] ServeClient::Target at(std::string path = "/") const {
        return {.port = server_->port(), .path = std::move(path)};
    }
    [[nodiscard]] std::string get(const std::string& target) const {
        return test::http_request(server_->port(), "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    /// A counter of /health.
    [[nodiscard]] std::string health(const std::string& name) const {
        const auto page = get("/health");
        const auto at = page.find('"' + name + "\":");
        if (at == std::string::npos) return "none";
        const auto begin = at + name.size() + 3;
        return page.substr(begin, page.find_first_of(",}", begin) - begin);
    }
    [[nodiscard]] const Server& server() const { return *server_; }

  private:
    std::mutex mutex_;
    std::vector<std::string> log_;
    std::unique_ptr<Server> server_;
    std::thread thread_;
};

std::string bytes_of(const std::vector<std::int16_t>& samples) {
    return {reinterpret_cast<const char*>(samples.data()), samples.size() * sizeof(std::int16_t)};
}

std::string json_start(const std::string& more = "") {
    return R"({"type":"start","version":1,"audio":{"encoding":"L16","sample_rate":8000,"channels":1})" + more + "}";
}

/// The grammar of the ten prompts as a field of the start message.
std::string with_grammar() {
    std::string text = R"(,"grammar":")";
    for (const char c : test::heldout_grammar()) text += c == '\n' ? std::string{"\\n"} : std::string{c};
    return text + '"';
}

std::string json_audio(std::string_view bytes) {
    std::string data(base64::encoded_size(bytes.size()), '\0');
    base64::encode(std::as_bytes(std::span{bytes}), data);
    return R"({"type":"audio","seq":1,"start_ms":0,"data":")" + data + "\"}";
}

void send_in_pieces(std::string_view bytes, std::size_t piece, const std::function<void(std::string_view)>& send) {
    for (std::size_t at = 0; at < bytes.size(); at += piece) send(bytes.substr(at, piece));
}

std::vector<RecognitionEvent> decode(const std::vector<std::string>& messages) {
    const auto session = (*dialect::find("json"))->open({});
    std::vector<RecognitionEvent> events;
    for (const auto& message : messages)
        EXPECT_TRUE(session->decode(dialect::Framing::text, message, events)) << message;
    return events;
}

std::string text_of(const std::vector<RecognitionEvent>& events) {
    std::string text;
    for (const auto& event : events) {
        if (event.kind == RecognitionKind::final) text += (text.empty() ? "" : " ") + event.transcript.text;
    }
    return text;
}

/// Says one prompt in json and returns what came of it, up to the close with 1000.
std::vector<RecognitionEvent> transcribe(const ServeClient::Target& target, const test::Prompt& prompt, bool binary) {
    ServeClient client{target};
    EXPECT_TRUE(client.is_open());
    client.send_text(json_start(with_grammar()));
    send_in_pieces(bytes_of(test::read_wav(prompt.file)), 320, [&](std::string_view piece) {
        binary ? client.send_binary(piece) : client.send_text(json_audio(piece));
    });
    client.send_text(R"({"type":"stop"})");
    const auto events = decode(client.read_all());
    EXPECT_EQ(client.close_code(), 1000);
    return events;
}

TEST(Serve, HearsManyClientsAtOnceExactly) {
    RunningServer server;
    std::vector<std::future<std::string>> texts;
    const auto& prompts = test::heldout_prompts();
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        texts.push_back(std::async(std::launch::async, [&, i] {
            return text_of(transcribe(server.at(i % 2 == 0 ? "/" : "/json"), prompts[i], i % 3 == 0));
        }));
    }
    for (std::size_t i = 0; i < prompts.size(); ++i) EXPECT_EQ(texts[i].get(), prompts[i].text);
    EXPECT_EQ(server.health("utterances"), "10");
    EXPECT_EQ(server.health("clients_served"), "10");
    EXPECT_EQ(server.health("backlog_ms"), "0");
}

TEST(Serve, TellsAJsonClientOfItsUtteranceInOrder) {
    RunningServer server;
    const auto events = transcribe(server.at(), test::heldout_prompts()[0], false);
    ASSERT_GE(events.size(), 5u);
    EXPECT_EQ(events.front().kind, RecognitionKind::begin_speaking);
    EXPECT_EQ(events[1].kind, RecognitionKind::partial);
    EXPECT_EQ(events[events.size() - 3].kind, RecognitionKind::end_speaking);
    EXPECT_EQ(events[events.size() - 2].kind, RecognitionKind::final);
    EXPECT_EQ(events.back().kind, RecognitionKind::end);
    const auto& final = events[events.size() - 2].transcript;
    EXPECT_GT(final.words.size(), 10u);
    EXPECT_LT(*final.start, *final.end);
}

TEST(Serve, AnswersEachVoskFrameOnceAndClosesAfterTheEof) {
    RunningServer server;
    const auto& prompt = test::heldout_prompts()[8];
    ServeClient client{server.at()};
    client.send_text(
        R"({"config" : { "sample_rate" : 8000, "phrase_list" : ["your call cannot be completed as dialed"]}})");
    std::string audio = bytes_of(test::read_wav(prompt.file)) + std::string(16'000, '\0');
    std::vector<std::string> replies;
    send_in_pieces(audio, 1'600, [&](std::string_view piece) {
        client.send_binary(piece);
        replies.push_back(client.read().value_or("no reply"));
    });
    EXPECT_EQ(replies.front(), "{\n  \"partial\" : \"\"\n}");
    const auto is_final = [](const std::string& reply) {
        return reply.starts_with("{\n  \"result\" : [{\n      \"conf\" : ");
    };
    EXPECT_EQ(std::ranges::count_if(replies, is_final), 1);
    const auto final = std::ranges::find_if(replies, is_final);
    ASSERT_NE(final, replies.end());
    EXPECT_THAT(*final, HasSubstr("],\n  \"text\" : \"" + prompt.text + "\"\n}"));
    EXPECT_EQ(replies.back(), "{\n  \"partial\" : \"\"\n}");
    client.send_text(R"({"eof" : 1})");
    EXPECT_THAT(client.read_all(), ::testing::ElementsAre("{\n  \"text\" : \"\"\n}"));
    EXPECT_EQ(client.close_code(), 1000);
}

TEST(Serve, EndsAVoskUtteranceOnReset) {
    RunningServer server;
    ServeClient client{server.at("/vosk")};
    const auto audio = bytes_of(test::read_wav(test::heldout_prompts()[8].file));
    client.send_binary(audio);
    EXPECT_THAT(client.read().value_or(""), HasSubstr("\"partial\" : \"your"));
    client.send_text(R"({"reset" : 1})");
    EXPECT_THAT(client.read().value_or(""), HasSubstr("\"text\" : \"your"));
    client.send_binary("");
    EXPECT_EQ(client.read().value_or(""), "{\n  \"partial\" : \"\"\n}");
}

TEST(Serve, SpeaksTlsWithACertificateMadeOnTheSpot) {
    test::Certificates authority;
    const auto files = authority.issue({.dns = {"localhost"}, .ips = {"127.0.0.1"}});
    ServeOptions options;
    options.tls_certificate = files.certificate;
    options.tls_key = files.key;
    RunningServer server{options};
    EXPECT_THAT(server.server().description(), StartsWith("listening on wss://127.0.0.1:"));
    auto target = server.at();
    target.ca_file = authority.ca_file();
    const auto& prompt = test::heldout_prompts()[9];
    EXPECT_EQ(text_of(transcribe(target, prompt, false)), prompt.text);

    ServeClient not_tls{server.at()};
    EXPECT_FALSE(not_tls.is_open());
}

TEST(Serve, SurvivesRubbishAndTheCallGoesOn) {
    RunningServer server;
    ServeClient client{server.at()};
    client.send_text(json_start(with_grammar()));
    for (const auto* rubbish : {"", "{", "[]", "{\"type\":7}", "{\"type\":\"audio\",\"data\":\"?\"}", "\x01\x02"})
        client.send_text(rubbish);
    client.send_binary("odd");
    client.send_text(R"({"type":"dtmf","digit":"5"})");
    const auto& prompt = test::heldout_prompts()[8];
    client.send_binary(bytes_of(test::read_wav(prompt.file)));
    client.send_text(R"({"type":"stop"})");
    const auto messages = client.read_all();
    EXPECT_THAT(messages, Contains(AllOf(HasSubstr(R"("code":"bad_message")"), HasSubstr(R"("fatal":false)"))));
    EXPECT_EQ(text_of(decode(messages)), prompt.text);
    EXPECT_EQ(client.close_code(), 1000);
    EXPECT_EQ(server.health("bad_messages"), "7");
    EXPECT_EQ(server.health("ignored_messages"), "1");
}

TEST(Serve, ClosesOnWhatCannotBegin) {
    RunningServer server;
    const auto close_of = [&server](const std::string& path, const std::string& first) {
        ServeClient client{server.at(path)};
        client.send_text(first);
        static_cast<void>(client.read_all());
        return client.close_code();
    };
    EXPECT_EQ(close_of("/", "rubbish"), 1008);
    EXPECT_EQ(close_of("/json", R"({"type":"audio","data":"AAA="})"), 1008);
    EXPECT_EQ(close_of("/", json_start(R"(,"grammar":"rubbish")")), 1008);
    EXPECT_EQ(close_of("/", json_start(R"(,"language_model":"unknown")")), 1008);
    EXPECT_EQ(close_of("/vosk", R"({"eof":1})"), 1011) << "as the real server: it compares bytes";
    EXPECT_EQ(close_of("/vosk", "config"), 1011);
    EXPECT_EQ(close_of("/", std::string((1u << 20) + 1, 'x')), 1009);
    EXPECT_EQ(server.health("too_big_messages"), "1");
    EXPECT_THAT(test::http_request(server.server().port(), "\x16\x03\x01 no http\r\n\r\n"), ::testing::_);
    EXPECT_EQ(server.health("failed_handshakes"), "1");
}

TEST(Serve, NamesTheWordThatNoDictionaryHas) {
    RunningServer server;
    ServeClient client{server.at()};
    client.send_text(json_start(R"(,"grammar":"#JSGF V1.0; grammar g; public <a> = press xyzzyq;")"));
    EXPECT_THAT(client.read_all(),
                Each(AllOf(HasSubstr("invalid_grammar"), HasSubstr(R"(\"xyzzyq\")"), HasSubstr(R"("fatal":true)"))));
    EXPECT_THAT(client.close_reason(), HasSubstr("xyzzyq"));
}

TEST(Serve, SaysOverloadedWhenEveryRecognizerIsInUse) {
    ServeOptions options;
    options.max_recognizers = 1;
    RunningServer server{options};
    const auto audio = bytes_of(test::read_wav(test::heldout_prompts()[6].file));

    ServeClient first{server.at()};
    first.send_text(json_start());
    first.send_binary(audio);
    EXPECT_EQ(first.read(), R"({"type":"begin_speaking"})");  // and no silence follows that would end it

    ServeClient second{server.at()};
    second.send_text(json_start());
    second.send_binary(audio);
    EXPECT_THAT(second.read_all(), Contains(AllOf(HasSubstr(R"("code":"overloaded")"), HasSubstr(R"("fatal":true)"))));
    EXPECT_EQ(second.close_code(), 1013);

    ServeClient third{server.at("/vosk")};
    third.send_binary(audio);
    static_cast<void>(third.read_all());
    EXPECT_EQ(third.close_code(), 1013);
    EXPECT_EQ(server.health("overloaded_clients"), "2");

    first.send_text(R"({"type":"stop"})");
    const auto events = decode(first.read_all());
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events.back().kind, RecognitionKind::end);
}

TEST(Serve, RefusesTheClientAfterTheLastWithHttp503) {
    ServeOptions options;
    options.max_clients = 1;
    RunningServer server{options};
    {
        ServeClient first{server.at()};
        ASSERT_TRUE(first.is_open());
        ServeClient second{server.at()};
        EXPECT_FALSE(second.is_open());
        EXPECT_EQ(second.status(), 503);
        EXPECT_EQ(server.health("clients_refused"), "1");
        first.send_text(json_start());
        first.send_text(R"({"type":"stop"})");
        static_cast<void>(first.read_all());
    }
    while (server.health("clients") != "0") std::this_thread::yield();
    EXPECT_TRUE(ServeClient{server.at()}.is_open());
}

TEST(Serve, CutsOffAClientThatDoesNotRead) {
    ServeOptions options;
    options.max_unsent_bytes = 4'096;
    RunningServer server{options};
    auto target = server.at("/vosk");
    target.receive_buffer_bytes = 4'096;
    ServeClient client{target};
    client.send_binary(
        bytes_of(test::read_wav(test::heldout_prompts()[6].file)));  // partials of 100 bytes from here on
    while (client.send_binary("")) {
    }
    while (server.health("clients") != "0") std::this_thread::yield();
    EXPECT_EQ(server.health("slow_clients"), "1");
}

TEST(Serve, ShowsItsHealthToPeopleAndPrograms) {
    RunningServer server;
    EXPECT_THAT(server.get("/"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("text/html"), HasSubstr("al8k"),
                                       HasSubstr("max_backlog_ms"), HasSubstr("times_real_time")));
    EXPECT_THAT(server.get("/health"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("application/json"),
                                             HasSubstr(R"("status":"ok")"), HasSubstr(R"("model":"al8k")")));
    EXPECT_THAT(server.get("/nope"), StartsWith("HTTP/1.1 404"));
    EXPECT_THAT(test::http_request(server.server().port(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
                StartsWith("HTTP/1.1 405"));
    EXPECT_EQ(server.health("http_requests"), "5");
}

TEST(Serve, LetsItsClientsFinishWhenItStops) {
    RunningServer server;
    const auto& prompt = test::heldout_prompts()[8];
    ServeClient speaking{server.at()};
    ServeClient silent{server.at()};
    speaking.send_text(json_start(with_grammar()));
    speaking.send_binary(bytes_of(test::read_wav(prompt.file)));
    EXPECT_EQ(speaking.read(), R"({"type":"begin_speaking"})");
    server.stop();
    const auto events = decode(speaking.read_all());
    EXPECT_EQ(text_of(events), prompt.text);
    EXPECT_EQ(events.back().kind, RecognitionKind::end);
    EXPECT_EQ(speaking.close_code(), 1001);
    static_cast<void>(silent.read_all());
    EXPECT_EQ(silent.close_code(), 1001);
    server.wait_until_stopped();
}

TEST(Serve, StopsOnSigterm) {
    ServeOptions options;
    options.handle_signals = true;
    RunningServer server{options};
    ServeClient client{server.at()};
    ASSERT_TRUE(client.is_open());  // so the loop runs, and with it the signal's handler
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    static_cast<void>(client.read_all());
    EXPECT_EQ(client.close_code(), 1001);
    server.wait_until_stopped();
}

TEST(Serve, DoesNotWaitForThoseWhoNeverSayWhatTheyWant) {
    ServeOptions options;
    options.stop_timeout = std::chrono::milliseconds{1};
    RunningServer server{options};
    test::PlainClient mute{server.server().port()};
    mute.send("GET / HT");
    ASSERT_EQ(server.health("connections"), "2");  // the mute one, and this question
    server.stop();
    server.wait_until_stopped();
    EXPECT_EQ(mute.read_all(), "");
}

TEST(Serve, ForgetsAClientThatVanishes) {
    RunningServer server;
    {
        ServeClient client{server.at()};
        client.send_text(json_start());
        client.send_binary(bytes_of(test::read_wav(test::heldout_prompts()[0].file)));
        EXPECT_EQ(client.read(), R"({"type":"begin_speaking"})");
    }
    while (server.health("clients") != "0" || server.health("recognizers_in_use") != "0") std::this_thread::yield();
    EXPECT_EQ(server.health("backlog_ms"), "0");
}

TEST(Serve, SaysWhyItCannotListen) {
    RunningServer server;
    ServeOptions options;
    options.listen = "127.0.0.1:" + std::to_string(server.server().port());
    EXPECT_THAT(Server::create(options, {}).error().message(), HasSubstr("cannot listen on " + options.listen));
    options.listen = "asr.example:2700";
    EXPECT_THAT(Server::create(options, {}).error().message(), HasSubstr("asr.example is no IP address"));
    options.listen = "127.0.0.1:0";
    options.tls_certificate = "/no/such.pem";
    EXPECT_THAT(Server::create(options, {}).error().message(), HasSubstr("--tls-certificate /no/such.pem"));
}

}  // namespace
}  // namespace asr_stream::recognizer
