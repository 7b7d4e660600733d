#pragma once

#include <algorithm>
#include <asr_stream/event.hpp>
#include <chrono>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "audio/resampler.hpp"
#include "audio/ring.hpp"
#include "audio/send_map.hpp"
#include "audio/speech_changes.hpp"
#include "audio/voice_activity.hpp"
#include "audio/window.hpp"
#include "base/fetch.hpp"
#include "dialect/dialect.hpp"
#include "engine/counters.hpp"
#include "engine/plan.hpp"

namespace asr_stream::websocket {
class Connection;
}

namespace asr_stream::engine {

/// The way of one stream's audio on the loop: ring, resampler, window, dialect, connection. It keeps the call's clock
/// and the confirmed position. All positions are sample frames at wire rate on the call's clock.
///
/// Loop thread only. std::bad_alloc out of pump() and take() means that call-memory-bytes is reached.
class AudioPath {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Position = audio::Position;

    /// One pump sends at most so many messages, so that the replay of one stream does not hold up the others; when many
    /// replay at once, fewer, but always enough to catch up.
    static constexpr std::size_t max_messages_per_pump = 64;
    static constexpr std::size_t min_messages_per_pump = 4;

    AudioPath(const Plan& plan, audio::Resampler resampler, audio::Ring& ring, Counters& counters,
              DelayCounters& delays, std::pmr::memory_resource* memory);

    /// True when pump() would find nothing to do. Cheap: once per tick and stream.
    [[nodiscard]] bool is_idle() noexcept { return ring_.empty() && !is_behind(); }
    /// True when the last pump could not send all that was due.
    [[nodiscard]] bool is_behind() const noexcept { return backlog_ && connection_ != nullptr; }
    // With many streams each of them is cold when its turn comes. These fetch what the next pump will touch while
    // others are at work, each of them what the one before has made known.
    void fetch_ring() const noexcept { ring_.fetch(); }
    void fetch_parts() const noexcept {
        ring_.fetch_front();
        fetch_lines(&counters_.loop, 64);
        if (connection_ == nullptr) return;
        fetch_lines(connection_, 64);
        fetch_lines(session_, 64);
    }
    void fetch_ends() const noexcept {
        window_.fetch_end();
        send_map_.fetch_end();
        if (connection_ != nullptr) fetch_connection();
    }
    /// What one pump did: messages handed to the socket, and sample frames that a bound cost.
    struct Pumped {
        std::size_t messages = 0;
        std::size_t dropped = 0;
        bool has_speech_changes = false;
    };
    /// Moves what was pushed into the window and, in a session, whole messages to the connection, which is corked: what
    /// it holds back leaves with websocket::send_corked().
    /// A message is late when it waited longer than `longest_wait`, and longer than its own length.
    Pumped pump(TimePoint now, std::size_t max_messages = max_messages_per_pump, milliseconds longest_wait = {});
    /// A pause or the end: what was pushed so far goes out even where it does not fill a message. The sending is done
    /// by the pumps that follow.
    void flush();
    /// Whether nothing is left to send in this session.
    [[nodiscard]] bool is_all_sent() noexcept { return ring_.empty() && window_.unsent_frames() == 0; }
    /// Whether there is audio that the service should hear, or hear again because there is no session.
    [[nodiscard]] bool is_unheard() noexcept {
        return connection_ != nullptr ? !is_all_sent() : !ring_.empty() || window_.frames() > 0;
    }

    /// A new connection: everything unconfirmed is to be sent again. Returns the time of the session's first sample.
    CallTime begin_session();
    /// From now on pump() sends. Both outlive the session.
    void start_sending(websocket::Connection& connection, dialect::Session& session) noexcept;
    void end_session() noexcept;

    // What results need
    /// The call's position of audio that ends at `time` of the session, and of audio that begins there.
    [[nodiscard]] Position end_position(milliseconds time) const noexcept {
        return send_map_.end_to_call(offset(time));
    }
    [[nodiscard]] Position start_position(milliseconds time) const noexcept { return send_map_.to_call(offset(time)); }
    [[nodiscard]] CallTime call_time(Position position) const noexcept { return plan_.wire_time(position); }
    /// When the sample that ends at `time` of the session was sent.
    [[nodiscard]] std::optional<std::int64_t> sent_at(milliseconds time) const noexcept;
    /// Where an utterance that has just become final ends, for a service that gives no times.
    [[nodiscard]] Position estimated_end() const noexcept;
    void confirm(Position position) noexcept;
    [[nodiscard]] Position confirmed() const noexcept { return window_.confirmed(); }
    /// Audio before this was sent in an earlier session too.
    [[nodiscard]] Position replayed_until() const noexcept { return replayed_until_; }

    /// Where the caller began or stopped to speak; always empty unless the plan detects speech.
    [[nodiscard]] audio::SpeechChanges& speech() noexcept { return speech_; }
    /// Audio lost for good since the last call.
    [[nodiscard]] milliseconds take_gap() noexcept;

  private:
    void take(const audio::Ring::Piece& piece);
    void begin_run(const audio::Ring::Piece& piece);
    void append(std::span<const std::int16_t> samples);
    void trim_silence() noexcept;
    void send_ready(std::int64_t now_ns, std::int64_t completed_ns);
    [[nodiscard]] std::size_t next_message() const noexcept;
    void send_message(std::size_t frames, std::int64_t now_ns, std::int64_t completed_ns);
    std::span<const std::int16_t> padded(std::span<const std::int16_t> samples);
    void note_delay(Position end, std::int64_t now_ns, std::int64_t completed_ns) noexcept;
    void limit_queue() noexcept;
    [[nodiscard]] std::uint64_t offset(milliseconds time) const noexcept {
        return plan_.wire_frames(std::max(time, milliseconds{0}));
    }
    [[nodiscard]] Position to_wire(Position call) const noexcept {
        return plan_.call_rate == plan_.wire_rate ? call : call * plan_.wire_rate / plan_.call_rate;
    }

    void fetch_connection() const noexcept;

    // What every tick and frame needs comes first.
    audio::Ring& ring_;
    websocket::Connection* connection_ = nullptr;  ///< none: audio is kept, not sent
    bool backlog_ = false;                         ///< there is more to send than the last pump could
    bool catching_up_ = false;                     ///< a replay is still being sent: queue-ms does not apply
    const Plan& plan_;
    Counters& counters_;
    DelayCounters& delays_;
    dialect::Session* session_ = nullptr;
    std::size_t encoded_bytes_ = 0;  ///< the most that one whole message takes
    std::uint64_t sequence_ = 0;     ///< of the session's messages
    Position next_call_ = 0;         ///< where the next piece of the ring begins unless audio was lost
    Position next_wire_ = 0;
    Position flush_until_ = 0;  ///< audio before this goes out even in a short message
    Position live_from_ = 0;    ///< delays are measured from here on
    Position replayed_until_ = 0;
    std::int64_t last_pushed_ns_ = 0;                   ///< of the audio that ends at the window's end
    std::size_t max_messages_ = max_messages_per_pump;  ///< of the pump that runs
    milliseconds longest_wait_{};                       ///< of the pump that runs
    Pumped pumped_;                                     ///< by the pump that runs

    audio::Window window_;
    audio::SendMap send_map_;
    audio::VoiceActivity voice_;
    audio::SpeechChanges speech_;
    audio::Resampler resampler_;

    std::vector<std::int16_t> padding_;
    std::int64_t backlog_began_ns_ = 0;
    std::uint64_t refused_seen_ = 0;
    std::size_t lost_frames_ = 0;       ///< for take_gap()
    std::size_t lost_if_replayed_ = 0;  ///< sent once and dropped since: lost only when a session must repeat it
};

}  // namespace asr_stream::engine
