#include "recognizer/heldout_prompts.hpp"

#include <sndfile.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace asr_stream::test {
namespace {

constexpr const char* model_folder = ASR_STREAM_SOURCE_MODEL_DIR "/al8k/";
constexpr const char* sounds_folder = "/usr/share/asterisk/sounds/en/";

std::vector<Prompt> read_prompts() {
    std::istringstream table{read_text(std::string{model_folder} + "heldout.tsv")};
    std::vector<Prompt> prompts;
    for (std::string line; std::getline(table, line);) {
        const auto tab = line.find('\t');
        prompts.push_back({sounds_folder + line.substr(0, tab), line.substr(tab + 1)});
    }
    return prompts;
}

}  // namespace

std::string read_text(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) throw std::runtime_error{path + ": cannot be read"};
    return {std::istreambuf_iterator<char>{file}, {}};
}

const std::vector<Prompt>& heldout_prompts() {
    static const auto prompts = read_prompts();
    return prompts;
}

const std::string& heldout_grammar() {
    static const auto text = read_text(std::string{model_folder} + "heldout.gram");
    return text;
}

std::vector<std::int16_t> read_wav(const std::string& path) {
    SF_INFO info{};
    const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file{sf_open(path.c_str(), SFM_READ, &info), sf_close};
    if (!file || info.channels != 1) throw std::runtime_error{path + ": is no mono audio file that can be read"};
    std::vector<std::int16_t> samples(static_cast<std::size_t>(info.frames));
    samples.resize(static_cast<std::size_t>(sf_read_short(file.get(), samples.data(), info.frames)));
    return samples;
}

}  // namespace asr_stream::test
