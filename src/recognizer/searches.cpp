#include "recognizer/searches.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <string>

#include "recognizer/trigram.hpp"

namespace asr_stream::recognizer {
namespace {

Result<> refused(const char* what) {
    return fail(Errc::internal, std::string{"PocketSphinx refuses "} + what + ": " + sphinx::take_last_error());
}

Result<sphinx::FiniteStateGrammar> to_fsg(const WordGraph& graph, logmath_t* logs, float language_weight) {
    sphinx::FiniteStateGrammar fsg{fsg_model_init("task", logs, language_weight, graph.states())};
    if (!fsg) return tl::unexpected{refused("the grammar").error()};
    fsg->start_state = graph.start();
    fsg->final_state = graph.final();
    std::vector<int> ids;
    for (const auto& word : graph.words()) ids.push_back(fsg_model_word_add(fsg.get(), word.c_str()));
    for (const auto& arc : graph.arcs()) {
        const auto score = static_cast<int32>(static_cast<float>(logmath_log(logs, arc.probability)) * language_weight);
        if (arc.word == WordGraph::skip)
            static_cast<void>(fsg_model_null_trans_add(fsg.get(), arc.from, arc.to, score));
        else
            fsg_model_trans_add(fsg.get(), arc.from, arc.to, score, ids[static_cast<std::size_t>(arc.word)]);
    }
    return fsg;
}

struct Beams {
    double state;  ///< -beam and -pbeam
    double word;   ///< -wbeam
};
constexpr Beams usual{1e-48, 7e-29};  // PocketSphinx's own, made for language models
/// A small grammar can afford these; with the usual ones a moment's mumble can cost a whole long sentence.
constexpr Beams wide{1e-80, 1e-60};
constexpr std::size_t max_words_for_wide = 1'000;

/// A search takes its beams from the configuration when it is made.
void set_beams(ps_decoder_t* decoder, const Beams& beams) {
    cmd_ln_t* config = ps_get_config(decoder);
    cmd_ln_set_float_r(config, "-beam", beams.state);
    cmd_ln_set_float_r(config, "-pbeam", beams.state);
    cmd_ln_set_float_r(config, "-wbeam", beams.word);
}

Result<> set_grammar(ps_decoder_t* decoder, const char* name, const WordGraph& graph) {
    set_beams(decoder, graph.arcs().size() <= max_words_for_wide ? wide : usual);
    const auto weight = static_cast<float>(cmd_ln_float_r(ps_get_config(decoder), "-lw"));
    auto fsg = to_fsg(graph, ps_get_logmath(decoder), weight);
    if (!fsg) return tl::unexpected{fsg.error()};
    if (ps_set_fsg(decoder, name, fsg->get()) != 0) return refused("the grammar");
    return {};
}

Result<sphinx::LanguageModel> read_model(ps_decoder_t* decoder, const std::string& file, ngram_file_type_t type) {
    sphinx::LanguageModel model{ngram_model_read(ps_get_config(decoder), file.c_str(), type, ps_get_logmath(decoder))};
    if (!model)
        return fail(Errc::invalid_setting,
                    "language model " + file + ": PocketSphinx cannot read it: " + sphinx::take_last_error());
    return model;
}

/// PocketSphinx looks at the first four bytes of a file whether it has them or not.
Result<> require_beginning(const std::string& file) {
    std::array<char, 4> beginning{};
    if (!std::ifstream{file, std::ios::binary}.read(beginning.data(), beginning.size()))
        return fail(Errc::invalid_setting, "language model " + file + ": cannot be read, or is empty");
    return {};
}

/// A file in memory, because PocketSphinx reads language models from paths only.
class MemoryFile {
  public:
    explicit MemoryFile(const std::string& text) : descriptor_{::memfd_create("asr_stream-hints", MFD_CLOEXEC)} {
        for (std::size_t at = 0; descriptor_ >= 0 && at < text.size();) {
            const auto written = ::write(descriptor_, text.data() + at, text.size() - at);
            if (written <= 0) break;
            at += static_cast<std::size_t>(written);
        }
    }
    ~MemoryFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  private:
    int descriptor_;
};

Result<sphinx::LanguageModel> mix_in_hints(ps_decoder_t* decoder, const Task& task, sphinx::LanguageModel base) {
    Trigram trigram;
    for (const auto& hint : task.hints) trigram.add(hint);
    const MemoryFile file{trigram.to_arpa()};
    auto hints = read_model(decoder, file.path(), NGRAM_ARPA);
    if (!hints) return hints;

    std::array<ngram_model_t*, 2> models{base.get(), hints->get()};
    std::array<std::string, 2> names{"base", "hints"};
    std::array<char*, 2> name_pointers{names[0].data(), names[1].data()};
    const std::array<float32, 2> weights{static_cast<float32>(1 - task.hint_weight),
                                         static_cast<float32>(task.hint_weight)};
    sphinx::LanguageModel mixture{
        ngram_model_set_init(ps_get_config(decoder), models.data(), name_pointers.data(), weights.data(), 2)};
    if (!mixture) return tl::unexpected{refused("the hints").error()};
    return mixture;
}

Result<> set_language_model(ps_decoder_t* decoder, const char* name, const Task& task) {
    if (auto begun = require_beginning(task.language_model_file); !begun) return begun;
    auto model = read_model(decoder, task.language_model_file, NGRAM_AUTO);
    if (model && task.kind == Task::Kind::hinted) model = mix_in_hints(decoder, task, *std::move(model));
    if (!model) return tl::unexpected{model.error()};
    set_beams(decoder, usual);
    if (ps_set_lm(decoder, name, model->get()) != 0) return refused("the language model");
    return {};
}

}  // namespace

Result<> set_search(ps_decoder_t* decoder, const char* name, const Task& task) {
    if (task.kind == Task::Kind::grammar) return set_grammar(decoder, name, task.graph);
    return set_language_model(decoder, name, task);
}

}  // namespace asr_stream::recognizer
