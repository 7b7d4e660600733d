#include "recognizer/recognizer.hpp"

#include <sphinxbase/cmn.h>
#include <sphinxbase/feat.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "recognizer/searches.hpp"
#include "recognizer/sphinx.hpp"

namespace asr_stream::recognizer {
namespace {

constexpr CallTime frame{10};  // -frate 100, of every model
constexpr const char* search_name = "task";

static_assert(std::is_same_v<mfcc_t, float>, "PocketSphinx is built for fixed point");

/// Words of a segmentation that were not said: silence, noises, sentence marks, skipped arcs.
bool is_filler(std::string_view word) {
    return word.empty() || word.front() == '<' || word.front() == '[' || word.starts_with("++") || word == "(NULL)";
}

/// "the(2)" is "the", pronounced the second way.
std::string without_variant(std::string_view word) {
    const auto open = word.rfind('(');
    const bool is_variant = open != std::string_view::npos && open > 0 && word.ends_with(')');
    return std::string{is_variant ? word.substr(0, open) : word};
}

std::string join_words(const std::vector<Word>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word.text;
    return text;
}

}  // namespace

struct Recognizer::Impl {
    sphinx::Config config;
    sphinx::Decoder decoder;
    TaskPtr task;
    std::string no_key;
    ChannelMean model_mean;
    CallTime start{};
    CallTime fed{};  ///< audio of this utterance
    std::uint64_t samples = 0;
    std::uint32_t sample_rate = 16000;
    std::size_t learnt_words = 0;
    bool in_utterance = false;

    [[nodiscard]] cmn_t* normalization() const { return ps_get_feat(decoder.get())->cmn_struct; }

    [[nodiscard]] ChannelMean read_mean() const {
        ChannelMean mean;
        mean.size = std::min(static_cast<std::size_t>(normalization()->veclen), ChannelMean::max_size);
        cmn_live_get(normalization(), mean.values.data());
        return mean;
    }

    [[nodiscard]] static tl::unexpected<Error> refused_word(const std::string& word, const std::string& phones) {
        return fail(Errc::invalid_setting, "the word \"" + word + "\" with the phones \"" + phones +
                                               "\" is refused by the model: " + sphinx::take_last_error());
    }

    [[nodiscard]] Result<> learn(const Task& wanted) {
        for (const auto& [word, phones] : wanted.extra_words) {
            char* known = ps_lookup_word(decoder.get(), word.c_str());
            if (known != nullptr) {
                ckd_free(known);
                continue;
            }
            if (ps_add_word(decoder.get(), word.c_str(), phones.c_str(), FALSE) < 0) return refused_word(word, phones);
            ++learnt_words;
        }
        return {};
    }

    [[nodiscard]] std::vector<Word> read_words() const {
        std::vector<Word> words;
        for (ps_seg_t* segment = ps_seg_iter(decoder.get()); segment != nullptr; segment = ps_seg_next(segment)) {
            const std::string_view text = ps_seg_word(segment);
            if (is_filler(text)) continue;
            int first = 0, last = 0;
            ps_seg_frames(segment, &first, &last);
            int32 acoustic = 0, language = 0, backoff = 0;
            const int32 posterior = ps_seg_prob(segment, &acoustic, &language, &backoff);
            Word word{without_variant(text), start + first * frame, start + (last + 1) * frame, std::nullopt};
            word.end = std::min(word.end, start + fed);
            word.start = std::min(word.start, word.end);
            if (task->kind != Task::Kind::grammar)
                word.confidence = std::clamp(logmath_exp(ps_get_logmath(decoder.get()), posterior), 0.0, 1.0);
            words.push_back(std::move(word));
        }
        return words;
    }
};

Recognizer::Recognizer(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
Recognizer::~Recognizer() = default;

Result<std::unique_ptr<Recognizer>> Recognizer::create(const Model& model) {
    sphinx::silence_logging();
    auto impl = std::make_unique<Impl>();
    // Silence is cut by our endpointer, which keeps the frame count and so the word times true.
    impl->config.reset(cmd_ln_init(nullptr, ps_args(), TRUE, "-hmm", model.acoustic_folder().c_str(), "-dict",
                                   model.dictionary_file().c_str(), "-remove_silence", "no", nullptr));
    if (!impl->config) return fail(Errc::internal, "PocketSphinx refuses its settings: " + sphinx::take_last_error());
    impl->decoder.reset(ps_init(impl->config.get()));
    if (!impl->decoder)
        return fail(Errc::invalid_setting,
                    "model " + model.folder() + ": PocketSphinx cannot load it: " + sphinx::take_last_error());
    impl->sample_rate = model.sample_rate();
    impl->model_mean = impl->read_mean();
    return std::unique_ptr<Recognizer>{new Recognizer{std::move(impl)}};
}

Result<> Recognizer::prepare(const TaskPtr& task) {
    if (task_key() == task->key) return {};
    auto* decoder = impl_->decoder.get();
    if (auto learnt = impl_->learn(*task); !learnt) return learnt;
    if (impl_->task) static_cast<void>(ps_unset_search(decoder, search_name));
    impl_->task.reset();
    if (auto set = set_search(decoder, search_name, *task); !set) return set;
    if (ps_set_search(decoder, search_name) != 0)
        return fail(Errc::internal, "PocketSphinx refuses the search: " + sphinx::take_last_error());
    impl_->task = task;
    return {};
}

const std::string& Recognizer::task_key() const noexcept { return impl_->task ? impl_->task->key : impl_->no_key; }
std::size_t Recognizer::learnt_words() const noexcept { return impl_->learnt_words; }

Result<> Recognizer::begin(const ChannelMean& mean, CallTime start) {
    auto* decoder = impl_->decoder.get();
    cmn_live_set(impl_->normalization(), (mean.size == 0 ? impl_->model_mean : mean).values.data());
    // Without it the frames of word times count on from one utterance to the next.
    if (ps_start_stream(decoder) != 0 || ps_start_utt(decoder) != 0)
        return fail(Errc::internal, "PocketSphinx cannot begin an utterance: " + sphinx::take_last_error());
    impl_->start = start;
    impl_->fed = {};
    impl_->samples = 0;
    impl_->in_utterance = true;
    return {};
}

Result<> Recognizer::feed(std::span<const std::int16_t> samples) {
    if (samples.empty()) return {};
    if (ps_process_raw(impl_->decoder.get(), samples.data(), samples.size(), FALSE, FALSE) < 0)
        return fail(Errc::internal, "PocketSphinx cannot decode: " + sphinx::take_last_error());
    impl_->samples += samples.size();
    impl_->fed = CallTime{static_cast<std::int64_t>(impl_->samples * 1000 / impl_->sample_rate)};
    return {};
}

std::string Recognizer::partial() const {
    int32 score = 0;
    const char* text = ps_get_hyp(impl_->decoder.get(), &score);
    return text == nullptr ? std::string{} : std::string{text};
}

Result<Transcript> Recognizer::finish() {
    impl_->in_utterance = false;
    if (ps_end_utt(impl_->decoder.get()) != 0)
        return fail(Errc::internal, "PocketSphinx cannot end an utterance: " + sphinx::take_last_error());
    Transcript transcript;
    transcript.start = impl_->start;
    transcript.end = impl_->start + impl_->fed;
    int32 score = 0;
    if (const char* text = ps_get_hyp(impl_->decoder.get(), &score); text == nullptr || *text == '\0')
        return transcript;  // with a grammar the words so far are then those of a sentence it does not allow
    transcript.words = impl_->read_words();
    transcript.text = join_words(transcript.words);
    if (transcript.words.empty()) return transcript;
    transcript.start = transcript.words.front().start;
    transcript.end = transcript.words.back().end;
    if (impl_->task->kind == Task::Kind::grammar) return transcript;
    double sum = 0;
    for (const auto& word : transcript.words) sum += *word.confidence;
    transcript.confidence = sum / static_cast<double>(transcript.words.size());
    return transcript;
}

void Recognizer::abandon() noexcept {
    if (std::exchange(impl_->in_utterance, false)) static_cast<void>(ps_end_utt(impl_->decoder.get()));
}

ChannelMean Recognizer::mean() const { return impl_->read_mean(); }

}  // namespace asr_stream::recognizer
