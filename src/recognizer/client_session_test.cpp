#include "recognizer/client_session.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <semaphore>

#include "recognizer/heldout_prompts.hpp"

namespace asr_stream::recognizer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* start = R"({"type":"start"})";

/// The I/O thread's queue, worked off by the test.
class Loop {
  public:
    void post(std::function<void()> work) {
        {
            const std::lock_guard lock{mutex_};
            queue_.push_back(std::move(work));
        }
        wake_.notify_one();
    }
    template <class Condition>
    void run_until(Condition condition) {
        while (!condition()) {
            std::unique_lock lock{mutex_};
            wake_.wait(lock, [this] { return !queue_.empty(); });
            const auto work = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            work();
        }
    }

  private:
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
};

class RecordingTransport final : public ClientSession::Transport {
  public:
    void send(std::string text) override { sent.push_back(std::move(text)); }
    void close(CloseCode code, std::string_view why) override {
        closed = code;
        reason = why;
    }
    void resume_reading() override { ++resumed; }

    std::vector<std::string> sent;
    std::optional<CloseCode> closed;
    std::string reason;
    int resumed = 0;
};

/// Keeps the service's only decoder thread busy until the test lets it go.
class Blocker final : public PieceHandler {
  public:
    void handle(Piece& /*piece*/) noexcept override { gate_.acquire(); }
    void let_go() { gate_.release(); }

  private:
    std::binary_semaphore gate_{0};
};

class ClientSessionTest : public ::testing::Test {
  protected:
    void open(const ServeOptions& options) {
        auto created = SpeechService::create(options);
        ASSERT_TRUE(created) << created.error().message();
        service = *std::move(created);
        session = std::make_shared<ClientSession>(
            ClientSession::Surroundings{*service, [this](std::function<void()> work) { loop.post(std::move(work)); },
                                        [this](LogLevel, std::string_view line) { log.emplace_back(line); },
                                        complaints},
            transport, "/", "test");
    }
    void TearDown() override {
        if (service) service->decoders().stop();
    }
    void say(std::string_view text) { session->on_message(Framing::text, text); }
    void hear(milliseconds time) {
        session->on_message(Framing::binary, std::string(static_cast<std::size_t>(time.count()) * 16, '\0'));
    }
    void run_until_closed() {
        loop.run_until([this] { return transport.closed.has_value(); });
    }

    Loop loop;
    std::vector<std::string> log;
    LogLimiter complaints;
    RecordingTransport transport;
    std::unique_ptr<SpeechService> service;
    std::shared_ptr<ClientSession> session;
};

TEST_F(ClientSessionTest, EndsWithTheLastResultAndCode1000) {
    open({.threads = 1});
    say(start);
    hear(milliseconds{100});
    say(R"({"type":"stop"})");
    say(R"({"type":"audio","data":"AAA="})");
    run_until_closed();
    EXPECT_THAT(transport.sent, ElementsAre(R"({"type":"end"})"));
    EXPECT_EQ(transport.closed, CloseCode::normal);
    EXPECT_EQ(service->stats().ignored_messages, 1u) << "what comes after the stop";
}

TEST_F(ClientSessionTest, RefusesNewClientsWhileTooMuchAudioWaits) {
    open({.threads = 1, .max_backlog = milliseconds{100}});
    const auto blocker = std::make_shared<Blocker>();
    const auto lane = service->decoders().open(blocker, [] {});
    lane->push({.kind = Piece::Kind::audio, .duration = seconds{1}});
    say(start);
    EXPECT_THAT(transport.sent, ElementsAre(HasSubstr(R"("code":"overloaded")")));
    EXPECT_THAT(transport.sent[0], HasSubstr(R"("fatal":true)"));
    EXPECT_EQ(transport.closed, CloseCode::try_again_later);
    EXPECT_EQ(service->stats().overloaded_clients, 1u);
    blocker->let_go();
}

TEST_F(ClientSessionTest, ClosesAVoskClientWhileTooMuchAudioWaits) {
    open({.threads = 1, .max_backlog = milliseconds{100}});
    const auto blocker = std::make_shared<Blocker>();
    const auto lane = service->decoders().open(blocker, [] {});
    lane->push({.kind = Piece::Kind::audio, .duration = seconds{1}});
    hear(milliseconds{100});
    EXPECT_THAT(transport.sent, IsEmpty());
    EXPECT_EQ(transport.closed, CloseCode::try_again_later);
    EXPECT_THAT(transport.reason, HasSubstr("overloaded"));
    blocker->let_go();
}

TEST_F(ClientSessionTest, SaysOverloadedInsteadOfFallingBehind) {
    open({.threads = 1, .max_lag = seconds{5}});
    const auto blocker = std::make_shared<Blocker>();
    const auto lane = service->decoders().open(blocker, [] {});
    lane->push({.kind = Piece::Kind::audio, .duration = milliseconds{20}});
    say(start);
    hear(milliseconds{100});
    session->on_tick(ClientSession::Clock::now() + seconds{4});
    EXPECT_FALSE(transport.closed);
    session->on_tick(ClientSession::Clock::now() + seconds{6});
    EXPECT_THAT(transport.sent, ElementsAre(HasSubstr("overloaded")));
    EXPECT_EQ(transport.closed, CloseCode::try_again_later);
    EXPECT_EQ(service->stats().lagging_clients, 1u);
    blocker->let_go();
}

TEST_F(ClientSessionTest, StopsReadingWhileItsAudioWaitsAndGoesOn) {
    open({.threads = 1, .read_ahead = milliseconds{500}});
    const auto blocker = std::make_shared<Blocker>();
    const auto lane = service->decoders().open(blocker, [] {});
    lane->push({.kind = Piece::Kind::audio, .duration = milliseconds{20}});
    say(start);
    EXPECT_TRUE(session->wants_to_read());
    hear(seconds{1});
    EXPECT_FALSE(session->wants_to_read());
    EXPECT_EQ(service->stats().reading_paused, 1u);
    blocker->let_go();
    loop.run_until([this] { return transport.resumed > 0; });
    EXPECT_TRUE(session->wants_to_read());
}

TEST_F(ClientSessionTest, SendsAwayWhoIsIdleOrStaysTooLong) {
    open({.threads = 1, .max_lag = seconds{600}, .idle_timeout = seconds{10}, .max_session = seconds{30}});
    say(start);
    session->on_tick(ClientSession::Clock::now() + seconds{9});
    EXPECT_FALSE(transport.closed);
    session->on_tick(ClientSession::Clock::now() + seconds{11});
    EXPECT_THAT(transport.sent, ElementsAre(HasSubstr("idle_timeout")));
    EXPECT_EQ(transport.closed, CloseCode::going_away);
    EXPECT_EQ(service->stats().idle_clients, 1u);

    RecordingTransport other;
    const auto second =
        std::make_shared<ClientSession>(ClientSession::Surroundings{*service, [](std::function<void()>) {},
                                                                    [](LogLevel, std::string_view) {}, complaints},
                                        other, "/json", "test");
    second->on_tick(ClientSession::Clock::now() + seconds{31});
    EXPECT_EQ(other.closed, CloseCode::going_away);
    EXPECT_THAT(other.sent, IsEmpty()) << "nothing is known of how it speaks";
    EXPECT_EQ(service->stats().long_sessions, 1u);
}

TEST_F(ClientSessionTest, LogsAndAnswersBadMessagesOnceASecond) {
    open({.threads = 1});
    say(start);
    for (int i = 0; i < 100; ++i) say("rubbish");
    EXPECT_EQ(service->stats().bad_messages, 100u);
    EXPECT_EQ(transport.sent.size(), 1u);
    EXPECT_EQ(log.size(), 1u);
    EXPECT_FALSE(transport.closed);
    say(R"({"type":"stop"})");
    run_until_closed();
    EXPECT_EQ(transport.closed, CloseCode::normal);
}

TEST_F(ClientSessionTest, WantsAStartFirst) {
    open({.threads = 1});
    say(R"({"type":"audio","data":"AAA="})");
    EXPECT_THAT(transport.sent, ElementsAre(HasSubstr("first message must be of the type start")));
    EXPECT_EQ(transport.closed, CloseCode::policy_violation);
    say(start);
    EXPECT_EQ(transport.sent.size(), 1u) << "it is over";
}

TEST_F(ClientSessionTest, ForgetsItsAudioWhenTheClientIsGone) {
    open({.threads = 1});
    const auto blocker = std::make_shared<Blocker>();
    const auto lane = service->decoders().open(blocker, [] {});
    lane->push({.kind = Piece::Kind::audio});
    say(start);
    hear(seconds{2});
    EXPECT_EQ(service->decoders().stats().backlog, seconds{2});
    session->on_disconnect();
    EXPECT_EQ(service->decoders().stats().backlog.count(), 0);
    say(start);
    session->on_tick(ClientSession::Clock::now() + seconds{1'000});
    EXPECT_THAT(transport.sent, IsEmpty());
    blocker->let_go();
}

TEST_F(ClientSessionTest, HoldsTheHintsUnknownWordsAgainstNobody) {
    open({.threads = 1});
    say(R"({"type":"start","hints":["xyzzyq","press one"]})");
    say(R"({"type":"stop"})");
    run_until_closed();
    ASSERT_EQ(transport.sent.size(), 2u);
    EXPECT_THAT(transport.sent[0], HasSubstr(R"("code":"unknown_word","message":"phrases left out)"));
    EXPECT_THAT(transport.sent[0], HasSubstr(R"("fatal":false)"));
    EXPECT_EQ(transport.closed, CloseCode::normal);
}

TEST_F(ClientSessionTest, OffersItsLanguageAndTheLanguageModelsItWasGiven) {
    ServeOptions options{.threads = 1};
    options.language_models["prompts"] = ASR_STREAM_SOURCE_MODEL_DIR "/al8k/prompts-heldout.lm";
    open(options);
    EXPECT_TRUE(service->task_for({.language_model = "prompts"}));
    EXPECT_THAT(service->task_for({.language_model = "/etc/passwd"}).error().context, HasSubstr("--language-model"));
    EXPECT_TRUE(service->task_for({.language = "EN-gb"}));
    EXPECT_THAT(service->task_for({.language = "de-DE"}).error().context, HasSubstr("the model al8k is for \"en\""));
    EXPECT_EQ((*service->task_for({.grammar = "builtin:dictation"}))->kind, Task::Kind::dictation);
    EXPECT_EQ((*service->task_for({.grammar = test::heldout_grammar()}))->kind, Task::Kind::grammar);
}

TEST(SpeechService, SaysAtTheStartWhatIsWrong) {
    const auto error_of = [](const ServeOptions& options) {
        const auto service = SpeechService::create(options);
        return service ? std::string{"no error"} : service.error().message();
    };
    EXPECT_THAT(error_of({.model = "no-such-model"}), HasSubstr("no-such-model"));
    EXPECT_THAT(error_of({.grammar_file = "/no/such.gram"}), HasSubstr("/no/such.gram"));
    EXPECT_THAT(error_of({.grammar_file = "/dev/null"}), HasSubstr("#JSGF"));
    EXPECT_THAT(error_of({.language_model_file = "/dev/null"}), HasSubstr("/dev/null: cannot be read, or is empty"));
    EXPECT_THAT(error_of({.endpoint_silence = milliseconds{10}}), HasSubstr("--endpoint-silence=10: allowed are 200"));
    EXPECT_THAT(error_of({.hint_weight = 1.5}), HasSubstr("--hint-weight"));
    EXPECT_THAT(error_of({.listen = "nonsense"}), HasSubstr("ADDRESS:PORT"));
    EXPECT_THAT(error_of({.listen = "127.0.0.1:99999"}), HasSubstr("0 to 65535"));
    EXPECT_THAT(error_of({.listen = "::1:80"}), HasSubstr("brackets"));
    EXPECT_THAT(error_of({.tls_key = "key.pem"}), HasSubstr("--tls-certificate"));
}

}  // namespace
}  // namespace asr_stream::recognizer
