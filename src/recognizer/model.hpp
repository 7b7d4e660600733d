#pragma once

#include <asr_stream/error.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "recognizer/dictionary.hpp"

namespace asr_stream::recognizer {

/// What a recognizer needs besides audio: acoustic model, dictionary, language model. Read only; any thread.
class Model {
  public:
    /// `name_or_path` is "al8k", "en-us", or a folder. The folder holds an acoustic model (a file mdef, in itself or in
    /// the sub-folder of its own name), one NAME.dict, and where dictation is wanted one NAME.lm or NAME.lm.bin.
    /// Names are looked for in ASR_STREAM_MODEL_DIR, in the source tree this was built from, in the installed data
    /// folder, and in PocketSphinx's own. Errc::file_not_found says where it was looked for.
    [[nodiscard]] static Result<Model> find(std::string_view name_or_path);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
    [[nodiscard]] const std::string& acoustic_folder() const noexcept { return acoustic_folder_; }
    [[nodiscard]] const std::string& dictionary_file() const noexcept { return dictionary_file_; }
    [[nodiscard]] const std::string& language_model_file() const noexcept { return language_model_file_; }
    /// The language's primary subtag (RFC 5646), "en"; empty where it is not known, for a folder.
    [[nodiscard]] std::string_view language() const noexcept;
    [[nodiscard]] std::uint32_t sample_rate() const noexcept { return sample_rate_; }

    /// Whether the decoder's own dictionary has the word.
    [[nodiscard]] bool has_word(std::string_view word) const { return dictionary_.contains(word); }
    /// How a word is pronounced that the decoder's own dictionary lacks: from extra.dict beside the models, then from
    /// the CMU dictionary where Debian's pocketsphinx-en-us is installed. None when nobody knows.
    [[nodiscard]] std::vector<std::string_view> extra_pronunciations(std::string_view word) const;

    /// Where this program's own models are, in the order they are looked for.
    [[nodiscard]] static std::vector<std::string> model_folders();

  private:
    std::string name_;
    std::string folder_;
    std::string acoustic_folder_;
    std::string dictionary_file_;
    std::string language_model_file_;  ///< empty: dictation is not possible
    std::uint32_t sample_rate_ = 16000;
    Dictionary dictionary_;
    std::vector<Dictionary> extra_;
};

}  // namespace asr_stream::recognizer
