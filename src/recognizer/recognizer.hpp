#pragma once

#include <array>
#include <asr_stream/error.hpp>
#include <asr_stream/event.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "recognizer/model.hpp"
#include "recognizer/task.hpp"

namespace asr_stream::recognizer {

/// What the decoder has learnt of a speaker and a line: the mean of the cepstra. A session carries it from one
/// utterance to the next, so that any recognizer can take any of them.
struct ChannelMean {
    static constexpr std::size_t max_size = 64;
    std::array<float, max_size> values{};
    std::size_t size = 0;  ///< 0: nothing learnt, the model's own applies
};

/// One PocketSphinx decoder. It does one task at a time and one utterance after the other; equal audio after equal
/// beginnings gives equal results. One thread at a time.
class Recognizer {
  public:
    /// Loads the model: 40 ms and 4 MB for al8k, a second and 100 MB for en-us.
    [[nodiscard]] static Result<std::unique_ptr<Recognizer>> create(const Model& model);
    ~Recognizer();
    Recognizer(const Recognizer&) = delete;
    Recognizer& operator=(const Recognizer&) = delete;

    /// Makes it ready for a task; costs nothing when it is the one it did before. Not within an utterance.
    [[nodiscard]] Result<> prepare(const TaskPtr& task);
    [[nodiscard]] const std::string& task_key() const noexcept;
    /// Words it learnt from tasks since it was created; they are never forgotten.
    [[nodiscard]] std::size_t learnt_words() const noexcept;

    /// Begins an utterance. `start` is added to its times.
    [[nodiscard]] Result<> begin(const ChannelMean& mean, CallTime start);
    /// Audio of the utterance at the model's rate, mono.
    [[nodiscard]] Result<> feed(std::span<const std::int16_t> samples);
    /// The words so far; may still change.
    [[nodiscard]] std::string partial() const;
    /// Ends the utterance. Empty text when nothing was recognized. Confidences are posterior probabilities; a grammar
    /// has none, because PocketSphinx then answers 1.0 whatever was said.
    [[nodiscard]] Result<Transcript> finish();
    /// Ends the utterance and forgets it.
    void abandon() noexcept;
    [[nodiscard]] ChannelMean mean() const;

  private:
    struct Impl;
    explicit Recognizer(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

}  // namespace asr_stream::recognizer
