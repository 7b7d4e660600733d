#pragma once

#include <asr_stream/engine.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/audio_source.hpp"
#include "cli/event_queue.hpp"
#include "cli/exit_code.hpp"
#include "cli/feed.hpp"
#include "cli/file_descriptor.hpp"
#include "cli/transcript_format.hpp"

namespace asr_stream::cli {

/// Hands the events of one stream to the main thread.
class QueueSink final : public EventSink {
  public:
    QueueSink(std::shared_ptr<EventQueue> queue, std::size_t job) : queue_{std::move(queue)}, job_{job} {}
    void on_event(const Event& event) noexcept override { queue_->push(QueueItem{job_, event}); }

  private:
    std::shared_ptr<EventQueue> queue_;
    std::size_t job_;
};

/// One recording on its way from file to transcript. Main thread only.
struct TranscribeJob {
    enum class State {
        waiting,
        connecting,  ///< the stream exists, its service is not ready yet
        feeding,     ///< audio is pushed
        draining,    ///< all audio was pushed; the last results are on their way
        closed,
    };

    std::string path;
    std::string name;  ///< as people see it, see short_names()
    State state = State::waiting;

    std::uint32_t sample_rate = 8000;
    std::optional<std::uint64_t> total_samples;
    std::unique_ptr<AudioSource> source;  ///< until feeding begins
    std::shared_ptr<FeedProgress> progress = std::make_shared<FeedProgress>();
    std::uint32_t wire_rate = 8000;
    Stream stream;

    std::unique_ptr<TranscriptFormat> format;
    FileDescriptor output;  ///< none: standard output
    std::string partial;    ///< the latest, until its final comes
    std::string text;       ///< all finals
    std::uint64_t finals = 0;
    milliseconds lost{};  ///< gaps that the engine reported
    bool was_connected = false;
    bool feed_is_over = true;  ///< no feed runs
    std::uint32_t failed_connects = 0;
    std::optional<Event> closed_event;
    std::optional<Error> last_error;
    ExitCode outcome = ExitCode::ok;

    [[nodiscard]] bool is_active() const { return state != State::waiting && state != State::closed; }
    [[nodiscard]] CallTime heard() const;  ///< recording time handed over
};

/// The paths without their folders where all stay different that way; "stdin" for "-".
[[nodiscard]] std::vector<std::string> short_names(const std::vector<std::string>& paths);
/// The sentence for a file that cannot be used: "foo.wav: no such file", with what the library said in parentheses.
[[nodiscard]] std::string input_error_text(const Error& error, const std::string& path);
/// What the end of a job's stream means, with the error to show unless all went well.
struct JobEnd {
    ExitCode code = ExitCode::ok;
    std::optional<Error> error;
};
[[nodiscard]] JobEnd judge(const TranscribeJob& job);

}  // namespace asr_stream::cli
