#include "recognizer/model.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

namespace asr_stream::recognizer {
namespace {

namespace fs = std::filesystem;

constexpr const char* cmu_dictionary = ASR_STREAM_POCKETSPHINX_MODEL_DIR "/en-us/cmudict-en-us.dict";

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

/// The folder of the file mdef: this one or its sub-folder of the same name. Empty when neither has it.
fs::path find_acoustic_folder(const fs::path& folder) {
    const auto name = folder.filename();
    for (const auto& candidate : {folder, folder / name}) {
        if (is_file(candidate / "mdef")) return candidate;
    }
    return {};
}

/// Files of the folder that end so, sorted. Phone models ("en-us-phone.lm.bin") are for another kind of search.
std::vector<std::string> files_ending(const fs::path& folder, std::string_view suffix) {
    std::vector<std::string> result;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator{folder, ignored}) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(suffix) && !name.ends_with("-phone" + std::string{suffix}))
            result.push_back(entry.path().string());
    }
    std::ranges::sort(result);
    return result;
}

/// feat.params names the rate where it is not PocketSphinx's default.
std::uint32_t read_sample_rate(const fs::path& acoustic_folder) {
    std::ifstream file{acoustic_folder / "feat.params"};
    double value = 16000;
    for (std::string word; file >> word;) {
        if (word == "-samprate") file >> value;
    }
    return value >= 8000 && value <= 48000 ? static_cast<std::uint32_t>(value) : 16000;
}

std::string join(const std::vector<std::string>& texts) {
    std::string result;
    for (const auto& text : texts) result += (result.empty() ? "" : ", ") + text;
    return result;
}

Result<fs::path> locate(std::string_view name_or_path) {
    if (name_or_path.empty()) return fail(Errc::invalid_setting, "model: al8k, en-us or a folder is wanted");
    const fs::path given{name_or_path};
    if (given.has_parent_path() || name_or_path == "." || name_or_path == "..") {
        const auto folder = fs::absolute(given).lexically_normal();
        return folder.has_filename() ? folder : folder.parent_path();  // "path/" ends in an empty name
    }
    std::vector<std::string> tried;
    for (const auto& parent : Model::model_folders()) {
        const auto folder = fs::path{parent} / given;
        if (!find_acoustic_folder(folder).empty()) return folder;
        tried.push_back(folder.string());
    }
    return fail(Errc::file_not_found, "model " + std::string{name_or_path} +
                                          ": no such folder with an mdef file; tried " + join(tried) +
                                          "; set ASR_STREAM_MODEL_DIR or give a path");
}

}  // namespace

std::vector<std::string> Model::model_folders() {
    std::vector<std::string> folders;
    if (const char* set = std::getenv("ASR_STREAM_MODEL_DIR"); set != nullptr && *set != '\0')
        folders.emplace_back(set);
    folders.emplace_back(ASR_STREAM_SOURCE_MODEL_DIR);
    folders.emplace_back(ASR_STREAM_INSTALLED_MODEL_DIR);
    folders.emplace_back(ASR_STREAM_POCKETSPHINX_MODEL_DIR);
    return folders;
}

Result<Model> Model::find(std::string_view name_or_path) {
    const auto folder = locate(name_or_path);
    if (!folder) return tl::unexpected{folder.error()};
    const auto acoustic = find_acoustic_folder(*folder);
    if (acoustic.empty())
        return fail(Errc::file_not_found, "model " + folder->string() + ": it has no file mdef, the acoustic model");

    const auto dictionaries = files_ending(*folder, ".dict");
    if (dictionaries.size() != 1)
        return fail(Errc::file_not_found, "model " + folder->string() + ": one file *.dict is wanted, " +
                                              std::to_string(dictionaries.size()) + " are there");
    auto language_models = files_ending(*folder, ".lm");
    for (auto& file : files_ending(*folder, ".lm.bin")) language_models.push_back(std::move(file));
    if (language_models.size() > 1)
        return fail(Errc::invalid_setting, "model " + folder->string() +
                                               ": at most one language model is wanted, not " + join(language_models));

    Model model;
    model.name_ = folder->filename().string();
    model.folder_ = folder->string();
    model.acoustic_folder_ = acoustic.string();
    model.dictionary_file_ = dictionaries.front();
    if (!language_models.empty()) model.language_model_file_ = language_models.front();
    model.sample_rate_ = read_sample_rate(acoustic);

    auto dictionary = Dictionary::load(model.dictionary_file_);
    if (!dictionary) return tl::unexpected{dictionary.error()};
    model.dictionary_ = *std::move(dictionary);
    auto extra_files = model_folders();
    for (auto& file : extra_files) file += "/extra.dict";
    if (model.dictionary_file_ != cmu_dictionary) extra_files.emplace_back(cmu_dictionary);
    for (const auto& file : extra_files) {
        if (!is_file(file)) continue;
        auto extra = Dictionary::load(file);
        if (!extra) return tl::unexpected{extra.error()};
        model.extra_.push_back(*std::move(extra));
    }
    return model;
}

std::string_view Model::language() const noexcept { return name_ == "al8k" || name_ == "en-us" ? "en" : ""; }

std::vector<std::string_view> Model::extra_pronunciations(std::string_view word) const {
    for (const auto& dictionary : extra_) {
        if (auto found = dictionary.pronunciations(word); !found.empty()) return found;
    }
    return {};
}

}  // namespace asr_stream::recognizer
