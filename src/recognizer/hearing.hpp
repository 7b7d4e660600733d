#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "audio/resampler.hpp"
#include "recognizer/heldout_prompts.hpp"
#include "recognizer/speech_session.hpp"

/// Short ways for tests to have audio recognized; whatever fails fails the test.
namespace asr_stream::recognizer {

using Samples = std::vector<std::int16_t>;

inline std::shared_ptr<const Model> load(std::string_view name) {
    auto model = Model::find(name);
    if (!model) throw std::runtime_error{model.error().message()};
    return std::make_shared<const Model>(*std::move(model));
}

inline const std::shared_ptr<const Model>& al8k() {
    static const auto model = load("al8k");
    return model;
}

inline TaskPtr must(Result<TaskPtr> task) {
    if (!task) throw std::runtime_error{task.error().message()};
    return *std::move(task);
}

inline TaskPtr ten_sentences(const Model& model) { return must(make_grammar(model, test::heldout_grammar())); }
inline TaskPtr dictation(const Model& model) {
    return must(make_dictation(model, model.language_model_file(), {}, 0.5));
}

inline Samples convert(const Samples& samples, std::uint32_t from, std::uint32_t to) {
    auto resampler = audio::Resampler::create(from, to, 1);
    const auto converted = resampler->process(samples);
    Samples result{converted.begin(), converted.end()};
    const auto rest = resampler->flush();
    result.insert(result.end(), rest.begin(), rest.end());
    return result;
}

inline Samples silence(std::chrono::milliseconds time) { return Samples(static_cast<std::size_t>(time.count()) * 8); }

/// What a session says to audio that comes in pieces of 20 ms.
struct Heard {
    std::vector<SpeechEvent> events;

    [[nodiscard]] std::vector<Transcript> finals() const {
        std::vector<Transcript> result;
        for (const auto& event : events) {
            if (event.kind == SpeechEvent::Kind::final) result.push_back(event.transcript);
        }
        return result;
    }
    [[nodiscard]] std::string text() const {
        std::string result;
        for (const auto& transcript : finals()) result += (result.empty() ? "" : " ") + transcript.text;
        return result;
    }
};

inline Heard hear(RecognizerPool& pool, const TaskPtr& task, const Samples& samples, SpeechSettings settings = {}) {
    auto session = SpeechSession::create(pool, task, settings);
    EXPECT_TRUE(session);
    Heard heard;
    const std::size_t piece = settings.sample_rate / 50 * settings.channels;
    for (std::size_t at = 0; at < samples.size(); at += piece) {
        EXPECT_TRUE(session->feed(std::span{samples}.subspan(at, std::min(piece, samples.size() - at)), heard.events));
    }
    EXPECT_TRUE(session->finish(heard.events));
    return heard;
}

}  // namespace asr_stream::recognizer
