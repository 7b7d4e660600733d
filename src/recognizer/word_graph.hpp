#pragma once

#include <asr_stream/error.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "recognizer/jsgf.hpp"

namespace asr_stream::recognizer {

/// A grammar worked out to states and words: what may be said is a path from start() to final().
/// Immutable once it is built; any thread.
class WordGraph {
  public:
    static constexpr std::size_t max_words = 20'000;   ///< arcs with a word, every use of a rule counted
    static constexpr std::size_t max_skips = 20'000;   ///< arcs without a word, those of chains included
    static constexpr std::size_t max_steps = 200'000;  ///< parts of rules, every use of a rule counted
    static constexpr std::size_t max_rule_depth = 64;

    static constexpr std::int32_t skip = -1;
    struct Arc {
        std::int32_t from = 0;
        std::int32_t to = 0;
        std::int32_t word = skip;  ///< index into words(), or skip
        double probability = 1;    ///< above 0, at most 1
    };

    /// Works the rules out from the top one. Refuses rules that do not exist, recursion (use * and +) and graphs beyond
    /// the bounds, with Errc::invalid_setting.
    [[nodiscard]] static Result<WordGraph> build(const jsgf::Grammar& grammar);
    /// Any sequence of one or more of the phrases; words separated by spaces. Empty phrases count for nothing.
    [[nodiscard]] static Result<WordGraph> any_of(std::span<const std::string> phrases);

    [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }  ///< each once
    /// Skips are closed: where two lead on one after the other, one leads there at once.
    [[nodiscard]] const std::vector<Arc>& arcs() const noexcept { return arcs_; }
    [[nodiscard]] std::int32_t states() const noexcept { return states_; }
    [[nodiscard]] std::int32_t start() const noexcept { return 0; }
    [[nodiscard]] std::int32_t final() const noexcept { return 1; }

  private:
    class Builder;

    std::vector<std::string> words_;
    std::vector<Arc> arcs_;
    std::int32_t states_ = 2;
};

}  // namespace asr_stream::recognizer
