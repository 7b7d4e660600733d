#pragma once

#include <asr_stream/error.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recognizer/model.hpp"
#include "recognizer/word_graph.hpp"

namespace asr_stream::recognizer {

constexpr std::size_t max_hints = 1'000;
constexpr std::size_t max_hint_bytes = 200;  ///< each

/// What one client wants to have recognized. Immutable, shared by every recognizer that does it.
struct Task {
    enum class Kind {
        dictation,  ///< the language model
        hinted,     ///< the language model, mixed with one of the hints
        grammar,    ///< nothing but what the graph allows
    };
    Kind kind = Kind::dictation;
    std::string key;  ///< equal keys, equal tasks: recognizers are reused by it

    std::string language_model_file;              ///< dictation, hinted
    std::vector<std::vector<std::string>> hints;  ///< hinted: the words of each
    double hint_weight = 0;                       ///< hinted: between 0 and 1
    WordGraph graph;                              ///< grammar

    /// Words the decoder's own dictionary lacks, each with its phones.
    std::vector<std::pair<std::string, std::string>> extra_words;
    /// Words of hints and phrases that nobody knows how to pronounce; what contains them is left out.
    std::vector<std::string> unknown_words;
};

using TaskPtr = std::shared_ptr<const Task>;

/// Open dictation. Errc::not_supported when there is no language model.
/// Hints make their phrases likelier and their words possible; they do not limit what can be recognized.
/// `hint_weight` is the share of the mixture that goes to the hints, above 0 and below 1.
[[nodiscard]] Result<TaskPtr> make_dictation(const Model& model, std::string_view language_model_file,
                                             std::span<const std::string> hints, double hint_weight);
/// A grammar in JSGF. Errc::invalid_setting names the line, or the word that no dictionary has: PocketSphinx itself
/// answers an unknown word with no recognizer and no message.
[[nodiscard]] Result<TaskPtr> make_grammar(const Model& model, std::string_view jsgf);
/// Nothing but sequences of the phrases, as vosk's phrase_list wants it; "[unk]" in it is ignored, and so are phrases
/// with unknown words, as libvosk does.
[[nodiscard]] Result<TaskPtr> make_phrase_list(const Model& model, std::span<const std::string> phrases);

}  // namespace asr_stream::recognizer
