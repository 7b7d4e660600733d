#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "cli/event_queue.hpp"
#include "cli/exit_code.hpp"
#include "cli/file_descriptor.hpp"
#include "cli/probe.hpp"
#include "cli/terminal.hpp"
#include "cli/transcribe_job.hpp"
#include "cli/transcribe_view.hpp"

namespace asr_stream::cli {
namespace {

using std::chrono_literals::operator""ms;

Event event_of(EventKind kind) {
    Event event;
    event.kind = kind;
    return event;
}

/// Both ends of a pseudo-terminal or a pipe, and what was written to it.
class Written {
  public:
    explicit Written(bool is_terminal) {
        int read_end = -1;
        int write_end = -1;
        if (is_terminal) {
            winsize size{24, 40, 0, 0};
            EXPECT_EQ(::openpty(&read_end, &write_end, nullptr, nullptr, &size), 0);
        } else {
            std::array<int, 2> ends{};
            EXPECT_EQ(::pipe(ends.data()), 0);
            read_end = ends[0];
            write_end = ends[1];
        }
        ::fcntl(read_end, F_SETFL, O_NONBLOCK);
        read_ = FileDescriptor{read_end};
        write_ = FileDescriptor{write_end};
    }
    [[nodiscard]] int fd() const { return write_.get(); }
    std::string take() {
        std::string text;
        std::array<char, 4096> block{};
        for (ssize_t got = 0; (got = ::read(read_.get(), block.data(), block.size())) > 0;) {
            text.append(block.data(), static_cast<std::size_t>(got));
        }
        return text;
    }

  private:
    FileDescriptor read_;
    FileDescriptor write_;
};

class TerminalTest : public testing::Test {
  protected:
    void SetUp() override {
        ::setenv("TERM", "xterm", 1);
        ::unsetenv("NO_COLOR");
    }
    Written screen_{true};
    Written pipe_{false};
};

TEST_F(TerminalTest, RewritesItsLinesAndTakesThemAway) {
    {
        Terminal terminal{{screen_.fd(), screen_.fd()}};
        EXPECT_TRUE(terminal.is_live());
        EXPECT_EQ(terminal.width(), 40u);
        terminal.show({"one", "two"});
        EXPECT_EQ(screen_.take(), "\x1b[2mone\x1b[0m\r\n\x1b[2mtwo\x1b[0m");
        terminal.show({"three"});
        EXPECT_EQ(screen_.take(), "\r\x1b[1A\x1b[J\x1b[2mthree\x1b[0m");
        terminal.show({"three"});
        EXPECT_EQ(screen_.take(), "");  // nothing new, nothing drawn
        EXPECT_TRUE(terminal.write("result\n"));
        EXPECT_EQ(screen_.take(), "\r\x1b[Jresult\r\n\x1b[2mthree\x1b[0m");
    }
    EXPECT_EQ(screen_.take(), "\r\x1b[J");
}

TEST_F(TerminalTest, CutsLinesToItsWidth) {
    ::setenv("NO_COLOR", "1", 1);
    Terminal terminal{{pipe_.fd(), screen_.fd()}};
    EXPECT_FALSE(terminal.has_color());
    terminal.show({std::string(100, 'x')});
    EXPECT_EQ(screen_.take(), std::string(38, 'x') + "…");
}

TEST_F(TerminalTest, WritesNothingButLinesIntoAPipe) {
    Terminal terminal{{pipe_.fd(), pipe_.fd()}};
    EXPECT_FALSE(terminal.is_live());
    terminal.show({"live"});
    terminal.note("note");
    EXPECT_TRUE(terminal.write("result\n"));
    EXPECT_EQ(pipe_.take(), "note\nresult\n");
}

TEST_F(TerminalTest, ADumbTerminalIsNotLive) {
    ::setenv("TERM", "dumb", 1);
    EXPECT_FALSE((Terminal{{screen_.fd(), screen_.fd()}}.is_live()));
}

TEST_F(TerminalTest, SaysWhenResultsCannotBeWritten) {
    Terminal terminal{{-1, pipe_.fd()}};
    EXPECT_FALSE(terminal.write("x"));
    EXPECT_FALSE(terminal.write("y"));
}

std::vector<TranscribeJob> two_jobs() {
    std::vector<TranscribeJob> jobs(2);
    jobs[0].name = "one.wav";
    jobs[0].state = TranscribeJob::State::feeding;
    jobs[0].total_samples = 80'000;
    jobs[0].progress->pushed_samples = 40'000;
    jobs[0].partial = "hello\x1b[2J wo";
    jobs[1].name = "two.wav";
    jobs[1].state = TranscribeJob::State::closed;
    jobs[1].total_samples = 80'000;
    jobs[1].progress->pushed_samples = 80'000;
    return jobs;
}

TEST(ProgressLine, ShowsShareFilesAndTimeLeft) {
    const TranscribeProgress progress = progress_of(two_jobs(), 15'000ms);
    EXPECT_EQ(progress.files_done, 1u);
    EXPECT_EQ(progress.audio, 20'000ms);
    EXPECT_EQ(progress.audio_done, 15'000ms);
    EXPECT_EQ(progress_line(progress, 80), "[##################------]  1/2 files  15.0 s of 20.0 s  5.0 s left");
    EXPECT_EQ(progress_line({.files = 1, .audio_done = 1500ms}, 80), "1.5 s");
}

TEST_F(TerminalTest, PartialsAreLiveOnATerminalAndLinesElsewhere) {
    ::setenv("NO_COLOR", "1", 1);
    const auto jobs = two_jobs();
    {
        Terminal terminal{{pipe_.fd(), screen_.fd()}};
        TranscribeView view{terminal, {.partials = true, .quiet = false, .names = false}};
        view.partial(jobs[0]);
        EXPECT_EQ(screen_.take(), "");
        view.refresh(jobs, 15'000ms);
        EXPECT_EQ(screen_.take(), "hello\\x1b[2J wo\r\n1/2 files  15.0 s of 20.0 s  5.0 s left");
    }
    Terminal terminal{{pipe_.fd(), pipe_.fd()}};
    TranscribeView named{terminal, {.partials = true, .quiet = false, .names = true}};
    named.partial(jobs[0]);
    EXPECT_EQ(pipe_.take(), "partial\tone.wav\thello\\x1b[2J wo\n");
    TranscribeView quiet{terminal, {.partials = true, .quiet = true, .names = true}};
    quiet.partial(jobs[0]);
    quiet.note("note");
    EXPECT_EQ(pipe_.take(), "");
}

TEST(EventQueueTest, WakesItsReaderAndKeepsFinalsWhenFull) {
    const auto queue = EventQueue::create(2);
    ASSERT_TRUE(queue);
    for (int i = 0; i < 5; ++i) (*queue)->push(QueueItem{0, event_of(EventKind::partial)});
    for (int i = 0; i < 5; ++i) (*queue)->push(QueueItem{0, event_of(EventKind::final)});
    (*queue)->push(QueueItem{0, LogLine{LogLevel::info, "x"}});
    EXPECT_EQ((*queue)->take().size(), 7u);
    EXPECT_EQ((*queue)->dropped(), 4u);
    EXPECT_TRUE((*queue)->take().empty());
}

TEST(ExitCodes, FollowWhatWentWrong) {
    EXPECT_EQ(exit_code_of(Errc::unknown_setting), ExitCode::usage);
    EXPECT_EQ(exit_code_of(Errc::tls_config), ExitCode::usage);
    EXPECT_EQ(exit_code_of(Errc::not_audio), ExitCode::input);
    EXPECT_EQ(exit_code_of(Errc::host_not_found), ExitCode::unreachable);
    EXPECT_EQ(exit_code_of(Errc::tls_hostname_mismatch), ExitCode::unreachable);
    EXPECT_EQ(exit_code_of(Errc::handshake_refused), ExitCode::unreachable);
    EXPECT_EQ(exit_code_of(Errc::ready_timeout), ExitCode::unreachable);
    EXPECT_EQ(exit_code_of(Errc::closed_by_service), ExitCode::service);
    EXPECT_EQ(exit_code_of(Errc::drain_timeout), ExitCode::service);
    EXPECT_EQ(exit_code_of(Errc::internal), ExitCode::internal);
    EXPECT_EQ(exit_code_of(std::make_error_code(std::errc::io_error)), ExitCode::internal);
}

TEST(ShortNames, LeaveFoldersOutWhereAllStayDifferent) {
    EXPECT_EQ(short_names({"/a/one.wav", "b/two.wav", "-"}), (std::vector<std::string>{"one.wav", "two.wav", "stdin"}));
    EXPECT_EQ(short_names({"a/one.wav", "b/one.wav"}), (std::vector<std::string>{"a/one.wav", "b/one.wav"}));
}

TEST(InputErrors, BeginWithTheFile) {
    EXPECT_EQ(input_error_text({Errc::file_not_found, "foo.wav"}, "foo.wav"), "foo.wav: no such file");
    EXPECT_EQ(input_error_text({Errc::not_audio, "foo.wav: unknown format"}, "foo.wav"),
              "foo.wav: not an audio file (unknown format)");
    EXPECT_EQ(input_error_text({Errc::empty_audio, "standard input"}, "-"), "standard input: no audio in it");
}

TEST(Judge, SaysWhyAStreamEnded) {
    TranscribeJob job;
    job.closed_event = event_of(EventKind::closed);
    EXPECT_EQ(judge(job).code, ExitCode::ok);
    job.closed_event->drained = false;
    EXPECT_EQ(judge(job).code, ExitCode::service);
    job.last_error = Error{Errc::connect_refused, "ws://x"};
    job.closed_event->error = Error{Errc::reconnects_exhausted, "5"};
    EXPECT_EQ(judge(job).code, ExitCode::unreachable);
    EXPECT_EQ(judge(job).error->code, Errc::connect_refused);
    job.was_connected = true;
    EXPECT_EQ(judge(job).code, ExitCode::service);
}

TEST(ProbeReport, NamesTheStepThatFailed) {
    const Profile profile;
    ProbeResult result;
    result.url = "wss://asr.example:9";
    EXPECT_EQ(step_of({Errc::host_not_found, ""}, result, profile), ProbeStep::resolve);
    EXPECT_EQ(step_of({Errc::connect_timeout, ""}, result, profile), ProbeStep::resolve);
    result.resolve = ProbeResult::Duration{100};
    EXPECT_EQ(step_of({Errc::connect_timeout, ""}, result, profile), ProbeStep::connect);
    result.connect = ProbeResult::Duration{100};
    EXPECT_EQ(step_of({Errc::connect_timeout, ""}, result, profile), ProbeStep::tls);
    result.tls = ProbeResult::Duration{100};
    EXPECT_EQ(step_of({Errc::connect_timeout, ""}, result, profile), ProbeStep::handshake);
    result.url = "ws://127.0.0.1:9/x";
    result.resolve.reset();
    result.connect.reset();
    EXPECT_EQ(step_of({Errc::connect_timeout, ""}, result, profile), ProbeStep::connect);
    Profile with_proxy;
    with_proxy.proxy = "http://proxy:3128";
    EXPECT_EQ(step_of({Errc::connect_timeout, ""}, result, with_proxy), ProbeStep::resolve);
}

TEST(ProbeReport, TableAndJsonSayTheSame) {
    ProbeResult result;
    result.url = "ws://x";
    result.address = "127.0.0.1:1";
    result.connect = ProbeResult::Duration{1234};
    result.error = Error{Errc::handshake_refused, "HTTP 401 \x1b[2J"};
    result.failed_step = ProbeStep::handshake;
    EXPECT_EQ(describe(result),
              "ws://x  at 127.0.0.1:1\n"
              "  connect               1.2 ms\n"
              "  handshake          FAILED   WebSocket upgrade refused: HTTP 401 \\x1b[2J\n" +
                  std::string{advice_for(*result.error)} + "\n");
    EXPECT_EQ(to_json_line(result).substr(0, 90),
              R"({"url":"ws://x","ok":false,"ms":{"connect":1.234},"address":"127.0.0.1:1","error":{"code":)");
}

TEST(ProbeReport, EveryWayToFailBeforeTheSessionHasItsAdvice) {
    for (int code = static_cast<int>(Errc::host_not_found); code <= static_cast<int>(Errc::handshake_failed); ++code) {
        EXPECT_FALSE(advice_for({static_cast<Errc>(code), ""}).empty()) << name_of(static_cast<Errc>(code));
    }
}

}  // namespace
}  // namespace asr_stream::cli
