#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Recorded speech for tests: ten of Debian's asterisk-core-sounds prompts, which the model al8k was not trained on.
namespace asr_stream::test {

struct Prompt {
    std::string file;  ///< path of the WAV, 8 kHz mono
    std::string text;  ///< what is said
};

/// In the order of models/al8k/heldout.tsv.
[[nodiscard]] const std::vector<Prompt>& heldout_prompts();
/// Grammar of the ten texts, JSGF.
[[nodiscard]] const std::string& heldout_grammar();
/// All samples of a mono WAV; throws std::runtime_error when it cannot be read.
[[nodiscard]] std::vector<std::int16_t> read_wav(const std::string& path);
[[nodiscard]] std::string read_text(const std::string& path);

}  // namespace asr_stream::test
