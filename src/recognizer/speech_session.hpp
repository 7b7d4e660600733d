#pragma once

#include <asr_stream/error.hpp>
#include <asr_stream/event.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "recognizer/endpointer.hpp"
#include "recognizer/rate_converter.hpp"
#include "recognizer/recognizer_pool.hpp"

namespace asr_stream::recognizer {

struct SpeechEvent {
    enum class Kind { begin_speaking, partial, end_speaking, final };
    Kind kind{};
    Transcript transcript{};  ///< partial: the text alone; final: all of it, also when it is empty
};

struct SpeechSettings {
    std::uint32_t sample_rate = 8000;  ///< Hz of what is fed, 8000 to 48000
    std::uint16_t channels = 1;        ///< two are mixed to one
    EndpointSettings endpoint{};
    milliseconds partial_interval{200};  ///< of audio
};

/// One client's audio on its way to text: mixes, resamples, finds utterances, has each recognized.
/// Times count from the first sample fed. One thread at a time.
class SpeechSession {
  public:
    /// The pool outlives the session. Errc::invalid_setting when rate or channels are not allowed.
    [[nodiscard]] static Result<SpeechSession> create(RecognizerPool& pool, TaskPtr task, SpeechSettings settings);

    /// Appends what became known. After an error the session is over.
    [[nodiscard]] Result<> feed(std::span<const std::int16_t> samples, std::vector<SpeechEvent>& out);
    /// The audio is over: ends a running utterance. What is fed then begins anew, on the same clock.
    [[nodiscard]] Result<> finish(std::vector<SpeechEvent>& out);

    /// What the running utterance was so far; empty between utterances.
    [[nodiscard]] const std::string& partial() const noexcept { return partial_; }
    /// Utterances that max_utterance ended.
    [[nodiscard]] std::uint64_t cuts() const noexcept { return cuts_; }

  private:
    SpeechSession(RecognizerPool& pool, TaskPtr task, SpeechSettings settings, RateConverter converter);

    void mix(std::span<const std::int16_t> samples);
    [[nodiscard]] Result<> take(std::span<const std::int16_t> samples, std::vector<SpeechEvent>& out);
    [[nodiscard]] Result<> step(std::span<const std::int16_t> samples, std::vector<SpeechEvent>& out);
    [[nodiscard]] Result<> begin(std::vector<SpeechEvent>& out);
    [[nodiscard]] Result<> hand_over();
    [[nodiscard]] Result<> end(std::vector<SpeechEvent>& out);
    void update_partial(std::vector<SpeechEvent>& out);
    [[nodiscard]] CallTime time_of(std::uint64_t position) const;
    [[nodiscard]] std::uint64_t samples_in(milliseconds time) const;

    RecognizerPool* pool_;
    TaskPtr task_;
    SpeechSettings settings_;
    std::uint32_t model_rate_;
    RateConverter converter_;
    Endpointer endpointer_;
    std::vector<std::int16_t> mono_;
    std::vector<std::int16_t> step_;     ///< the step under way
    std::vector<std::int16_t> pending_;  ///< in an utterance: not yet handed over; else: the lead-in of the next
    RecognizerPool::Lease recognizer_;
    ChannelMean mean_;
    std::string partial_;
    std::uint64_t next_partial_ = 0;  ///< position
    std::uint64_t cuts_ = 0;
};

}  // namespace asr_stream::recognizer
