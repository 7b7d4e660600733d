#pragma once

#include <asr_stream/engine.hpp>
#include <boost/json/object.hpp>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "support/scripted_server.hpp"

/// What the engine's tests share: a sink that remembers, audio whose every sample tells its place, and the service's
/// side of dialect json.
namespace asr_stream::test {

/// Keeps all events; a test waits for those it expects.
class RecordingSink final : public EventSink {
  public:
    void on_event(const Event& event) noexcept override;

    [[nodiscard]] std::vector<Event> events() const;
    [[nodiscard]] std::vector<Event> events(EventKind kind) const;
    /// Waits at most 20 s until the events satisfy the condition.
    [[nodiscard]] bool wait_for(const std::function<bool(const std::vector<Event>&)>& condition) const;
    [[nodiscard]] bool wait_for(EventKind kind, std::size_t count = 1) const;
    [[nodiscard]] bool wait_closed() const { return wait_for(EventKind::closed); }
    /// The event `closed`; call after wait_closed().
    [[nodiscard]] Event closed() const { return events(EventKind::closed).at(0); }
    /// Sequence numbers count up by one (playback has none), and nothing follows `closed`.
    void expect_well_formed() const;

    std::function<void(const Event&)> also;  ///< set before the stream is added

  private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::vector<Event> events_;
};

/// An engine for one test; the newest of its log lines are kept.
class TestEngine {
  public:
    explicit TestEngine(EngineConfig config = {});

    Stream add(const StreamConfig& config, std::shared_ptr<EventSink> sink);
    Engine& operator*() const { return *engine_; }
    Engine* operator->() const { return engine_.get(); }
    void destroy() { engine_.reset(); }
    [[nodiscard]] bool logged(std::string_view part) const;
    /// Waits until no stream holds memory any more; false after 20 s.
    [[nodiscard]] bool wait_until_all_memory_is_back() const;

  private:
    static constexpr std::size_t log_lines_kept = 1000;
    struct Log {
        std::mutex mutex;
        std::deque<std::string> lines;
    };
    std::shared_ptr<Log> log_ = std::make_shared<Log>();
    std::unique_ptr<Engine> engine_;
};

/// The sample at a position of the test's call: loud for 200 ms, soft for 100 ms, so that it counts as speech, and
/// different enough from its neighbours to tell its place.
[[nodiscard]] std::int16_t sample_at(std::uint64_t position) noexcept;
[[nodiscard]] std::vector<std::int16_t> audio_at(std::uint64_t position, std::size_t count);

/// Pushes so many samples from `position` on in frames of 20 ms, each as soon as the ring takes it. Returns the
/// position after them. The refusals it meets count in the statistics, and advance the clock, so it waits for room
/// first.
std::uint64_t push_audio(Stream& stream, std::uint64_t position, std::size_t count);

/// A stream at 8 kHz mono in dialect json; bounds are short where a test would otherwise wait.
[[nodiscard]] StreamConfig json_stream(const std::string& url);

/// Waits at most 20 s for any condition, looking again every millisecond.
[[nodiscard]] bool eventually(const std::function<bool()>& condition);

/// One message of audio as the service got it.
struct HeardAudio {
    std::uint64_t sequence = 0;
    std::uint64_t position = 0;  ///< from start_ms, at 8 kHz
    std::vector<std::int16_t> samples;
};

/// What one session of dialect json has said, on the service's side. One thread.
class JsonPeer {
  public:
    /// Reads one message; false when the connection is over.
    bool read(Session& session);
    /// Reads until the client says stop; false when the connection is over first.
    bool read_until_stop(Session& session);
    /// Reads until so many samples were heard.
    bool read_samples(Session& session, std::size_t count);

    [[nodiscard]] std::size_t samples() const noexcept { return samples_; }
    /// Samples whose value is not that of their place, or messages out of order.
    [[nodiscard]] std::size_t wrong() const noexcept { return wrong_; }

    boost::json::object start;
    std::vector<HeardAudio> audio;
    std::vector<std::string> others;  ///< texts and digits, as they came
    bool stopped = false;

  private:
    void take_audio(const boost::json::object& message);
    std::size_t samples_ = 0;
    std::size_t wrong_ = 0;
};

[[nodiscard]] std::string final_message(const std::string& text, std::int64_t start_ms, std::int64_t end_ms);
[[nodiscard]] std::string partial_message(const std::string& text);
inline const std::string end_message = R"({"type":"end"})";

/// Waits until no script runs any more: what they wrote may be read then. False after ten seconds.
[[nodiscard]] bool scripts_ended(const ScriptedServer& server);
/// Reads, of a session that was accepted, until the client is gone.
void read_on(Session& session);
/// Accepts, hears all until stop, gives one final for everything, says end, and waits for the close.
void transcribe_all(Session& session, JsonPeer& peer);

}  // namespace asr_stream::test
