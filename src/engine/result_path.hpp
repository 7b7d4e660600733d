#pragma once

#include <asr_stream/config.hpp>
#include <asr_stream/event.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dialect/dialect.hpp"
#include "engine/audio_path.hpp"
#include "engine/counters.hpp"

namespace asr_stream::engine {

/// The way of one stream's results: from the dialect's words to events on the call's clock. It numbers utterances,
/// holds partials to partial-interval, moves the confirmed position, and drops finals that a replay brought again. Loop
/// thread only; time is passed in.
class ResultPath {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    ResultPath(const Profile& profile, AudioPath& audio, Counters& counters) noexcept
        : profile_{profile}, audio_{audio}, counters_{counters} {}

    /// Appends the events that follow to `out`, without sequence and gap. Takes all kinds but ready and end.
    /// Playback has no effect on results.
    /// Errc::too_many_finals when max-finals-per-second is exceeded.
    [[nodiscard]] Result<> take(dialect::RecognitionEvent&& event, TimePoint now, std::vector<Event>& out);

    /// Our own detection: speech begins, or ends.
    void take_local_speech(bool begins, TimePoint now, std::vector<Event>& out);

    /// When the partial that is held back may go out; nothing when there is none.
    [[nodiscard]] std::optional<TimePoint> held_until() const noexcept;
    /// Appends the partial that was held back.
    void release_held(TimePoint now, std::vector<Event>& out);
    /// The session is over: a partial of it that is held back is not worth delivering.
    void end_session() noexcept { held_.reset(); }

  private:
    /// At most max-finals-per-second in each second.
    struct Rate {
        TimePoint began{};
        std::uint32_t count = 0;
        [[nodiscard]] bool admit(TimePoint now, std::uint32_t limit) noexcept;
    };

    void take_partial(Transcript&& transcript, TimePoint now, std::vector<Event>& out);
    void take_final(Transcript&& transcript, TimePoint now, std::vector<Event>& out);
    void take_signal(EventKind kind, std::vector<Event>& out);
    void take_playback(dialect::RecognitionEvent&& event, std::vector<Event>& out);
    [[nodiscard]] bool admit_speech(EventKind kind, bool local, TimePoint now) noexcept;
    void deliver_partial(Transcript&& transcript, TimePoint now, std::vector<Event>& out);
    [[nodiscard]] Event make_event(EventKind kind) const;
    void to_call_clock(Transcript& transcript) const;
    [[nodiscard]] std::optional<milliseconds> latency(milliseconds end, TimePoint now) const;
    [[nodiscard]] bool is_from_replay() const noexcept;

    const Profile& profile_;
    AudioPath& audio_;
    Counters& counters_;
    std::uint64_t utterance_ = 1;
    bool utterance_open_ = false;  ///< something of it was heard
    std::optional<Transcript> held_;
    TimePoint last_partial_{};
    std::string last_text_;   ///< of the utterance's partial delivered last
    bool estimated_ = false;  ///< how the confirmed position was found
    Rate finals_;
    Rate signals_;
    bool speaking_ = false;       ///< as it was told last; speech-detection both
    TimePoint last_local_end_{};  ///< of speech
};

}  // namespace asr_stream::engine
