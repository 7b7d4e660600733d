#include "recognizer/task.hpp"

#include <algorithm>
#include <set>

#include "recognizer/jsgf.hpp"
#include "recognizer/word_accuracy.hpp"

namespace asr_stream::recognizer {
namespace {

constexpr std::string_view out_of_list = "[unk]";  // vosk's word for speech outside of the list

/// Adds what the decoder must learn for this word. False when nobody knows the word.
bool learn(const Model& model, const std::string& word, Task& task) {
    if (model.has_word(word)) return true;
    const auto pronunciations = model.extra_pronunciations(word);
    for (std::size_t i = 0; i < pronunciations.size(); ++i) {
        const auto variant = i == 0 ? word : word + '(' + std::to_string(i + 1) + ')';
        task.extra_words.emplace_back(variant, pronunciations[i]);
    }
    return !pronunciations.empty();
}

/// The phrases' words, compared as a dictionary spells them.
std::vector<std::string> normalize(std::span<const std::string> phrases) {
    std::vector<std::string> result;
    for (const auto& phrase : phrases) {
        if (phrase == out_of_list) continue;
        std::string text;
        for (const auto& word : split_words(phrase)) text += (text.empty() ? "" : " ") + word;
        if (!text.empty()) result.push_back(std::move(text));
    }
    return result;
}

Result<> check_size(std::span<const std::string> phrases) {
    if (phrases.size() > max_hints)
        return fail(Errc::invalid_setting,
                    std::to_string(phrases.size()) + " hints: allowed are at most " + std::to_string(max_hints));
    for (const auto& phrase : phrases) {
        if (phrase.size() > max_hint_bytes)
            return fail(Errc::invalid_setting, "a hint of " + std::to_string(phrase.size()) +
                                                   " bytes: allowed are at most " + std::to_string(max_hint_bytes));
    }
    return {};
}

std::string make_key(std::string_view kind, std::span<const std::string> parts) {
    std::string key{kind};
    for (const auto& part : parts) (key += '\n') += part;
    return key;
}

/// Keeps the phrases whose every word can be pronounced, as their words.
void take_known(const Model& model, std::span<const std::string> phrases, Task& task) {
    std::set<std::string> learned;
    for (const auto& phrase : phrases) {
        auto words = split_words(phrase);
        const auto unknown = std::ranges::find_if(
            words, [&](const auto& word) { return !learned.contains(word) && !learn(model, word, task); });
        if (unknown != words.end()) {
            task.unknown_words.push_back(*unknown);
            continue;
        }
        learned.insert(words.begin(), words.end());
        task.hints.push_back(std::move(words));
    }
}

}  // namespace

Result<TaskPtr> make_dictation(const Model& model, std::string_view language_model_file,
                               std::span<const std::string> hints, double hint_weight) {
    if (language_model_file.empty())
        return fail(
            Errc::not_supported,
            "model " + model.name() + " has no language model for dictation: give a grammar or a language model");
    if (auto size = check_size(hints); !size) return tl::unexpected{size.error()};
    auto task = std::make_shared<Task>();
    task->language_model_file = language_model_file;
    task->key = "dictation\n" + task->language_model_file;
    const auto phrases = normalize(hints);
    take_known(model, phrases, *task);
    if (!task->hints.empty()) {
        task->kind = Task::Kind::hinted;
        task->hint_weight = hint_weight;
        task->key = make_key("hinted " + std::to_string(hint_weight) + '\n' + task->language_model_file, phrases);
    }
    return task;
}

Result<TaskPtr> make_grammar(const Model& model, std::string_view jsgf) {
    auto graph = jsgf::parse(jsgf).and_then(&WordGraph::build);
    if (!graph) return tl::unexpected{graph.error()};
    auto task = std::make_shared<Task>();
    task->kind = Task::Kind::grammar;
    task->key = "grammar\n" + std::string{jsgf};
    task->graph = *std::move(graph);
    for (const auto& word : task->graph.words()) {
        if (!learn(model, word, *task))
            return fail(Errc::invalid_setting, "grammar: the word \"" + word +
                                                   "\" is in no dictionary; words are written as they are spoken "
                                                   "(\"two\", not \"2\"), and extra.dict takes new ones");
    }
    return task;
}

Result<TaskPtr> make_phrase_list(const Model& model, std::span<const std::string> phrases) {
    if (auto size = check_size(phrases); !size) return tl::unexpected{size.error()};
    auto task = std::make_shared<Task>();
    task->kind = Task::Kind::grammar;
    const auto normal = normalize(phrases);
    take_known(model, normal, *task);
    if (task->hints.empty()) return fail(Errc::invalid_setting, "phrase_list has no phrase of known words");
    std::vector<std::string> known;
    for (const auto& words : std::exchange(task->hints, {})) {
        auto& phrase = known.emplace_back();
        for (const auto& word : words) phrase += (phrase.empty() ? "" : " ") + word;
    }
    auto graph = WordGraph::any_of(known);
    if (!graph) return tl::unexpected{graph.error()};
    task->graph = *std::move(graph);
    task->key = make_key("phrases", normal);
    return task;
}

}  // namespace asr_stream::recognizer
