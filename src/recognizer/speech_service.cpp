#include "recognizer/speech_service.hpp"

#include <algorithm>
#include <cctype>
#include <exception>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "recognizer/jsgf.hpp"

namespace asr_stream::recognizer {
namespace {

/// The names by which the switch asks for open dictation, because it refuses an empty grammar.
constexpr std::string_view open_dictation = "builtin:dictation";

unsigned thread_count(unsigned wanted) {
    return wanted != 0 ? wanted : std::max(std::thread::hardware_concurrency(), 1u);
}

Result<std::string> read_grammar(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return fail(Errc::file_not_found, "--grammar " + path);
    std::string text(jsgf::max_grammar_bytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

/// Whether a tag like "en-US" is of this language; nothing said fits all.
bool is_of_language(std::string_view tag, std::string_view language) {
    const auto primary = tag.substr(0, tag.find_first_of("-_"));
    return tag.empty() || language.empty() || std::ranges::equal(primary, language, {}, [](char c) {
               return std::tolower(static_cast<unsigned char>(c));
           });
}

std::string_view code_for(const Error& error) {
    if (error.code == Errc::service_overloaded) return "overloaded";
    if (error.code == Errc::not_supported)
        return error.context.starts_with("start.language") ? "language_unsupported" : "not_supported";
    if (error.code == Errc::invalid_setting)
        return error.context.starts_with("grammar") ? "invalid_grammar" : "invalid_start";
    return "internal";
}

}  // namespace

Result<std::unique_ptr<SpeechService>> SpeechService::create(const ServeOptions& options) {
    if (auto valid = validate(options); !valid) return tl::unexpected{valid.error()};
    auto model = Model::find(options.model);
    if (!model) return tl::unexpected{model.error()};
    std::unique_ptr<SpeechService> service{
        new SpeechService{options, std::make_shared<const Model>(*std::move(model))}};
    auto task = service->make_default();
    if (!task && task.error().code != Errc::not_supported) return tl::unexpected{task.error()};
    if (task) {
        service->default_task_ = *std::move(task);
        if (auto tried = service->recognizers_.acquire(service->default_task_); !tried)
            return tl::unexpected{tried.error()};
    }
    return service;
}

SpeechService::SpeechService(const ServeOptions& options, std::shared_ptr<const Model> model)
    : options_{options},
      model_{std::move(model)},
      recognizers_{model_, {.max_recognizers = options.max_recognizers, .idle_time = options.recognizer_idle}},
      decoders_{{.threads = thread_count(options.threads),
                 .read_ahead = options.read_ahead,
                 .max_backlog = options.max_backlog}} {
    options_.threads = thread_count(options.threads);
    if (options_.language_model_file.empty()) options_.language_model_file = model_->language_model_file();
}

/// Errc::not_supported when clients must bring a grammar, which is no reason not to serve.
Result<TaskPtr> SpeechService::make_default() const {
    if (!options_.grammar_file.empty())
        return read_grammar(options_.grammar_file).and_then([this](const std::string& text) {
            return make_grammar(*model_, text);
        });
    return make_dictation(*model_, options_.language_model_file, options_.hints, options_.hint_weight);
}

Result<TaskPtr> SpeechService::task_for(const ClientStart& start) const {
    if (!is_of_language(start.language, model_->language()))
        return fail(Errc::not_supported, "start.language is \"" + start.language + "\": the model " + model_->name() +
                                             " is for \"" + std::string{model_->language()} + '"');
    if (start.phrase_list) return make_phrase_list(*model_, *start.phrase_list);
    const bool wants_dictation = start.grammar == open_dictation;
    if (!start.grammar.empty() && !wants_dictation) return make_grammar(*model_, start.grammar);

    std::string file = options_.language_model_file;
    if (!start.language_model.empty()) {
        const auto found = options_.language_models.find(start.language_model);
        if (found == options_.language_models.end())
            return fail(Errc::invalid_setting, "start.language_model is \"" + start.language_model +
                                                   "\": the server was not given one of that name (--language-model)");
        file = found->second;
    }
    const bool wants_default = !wants_dictation && start.language_model.empty() && start.hints.empty();
    if (wants_default && default_task_) return default_task_;
    return make_dictation(*model_, file, start.hints.empty() ? options_.hints : start.hints, options_.hint_weight);
}

void SpeechWorker::handle(Piece& piece) noexcept {
    if (has_failed_) return;
    try {
        Outcome outcome;
        if (auto worked = work(piece, outcome); !worked) return fail_with(worked.error());
        count(piece, outcome);
        const bool has_news = piece.kind != Piece::Kind::audio || !outcome.events.empty();
        if (piece.kind != Piece::Kind::start && (has_news || reports_every_piece_)) {
            outcome.partial = session_->partial();
            report_({.outcome = std::move(outcome)});
        }
    } catch (const std::exception& exception) {
        fail_with({make_error_code(Errc::internal), exception.what()});
    }
}

Result<> SpeechWorker::open() {
    auto task = service_.task_for(start_);
    if (!task) return tl::unexpected{task.error()};
    const auto& options = service_.options();
    if (!(*task)->unknown_words.empty()) {
        std::string words;
        for (const auto& word : (*task)->unknown_words) words += (words.empty() ? "\"" : ", \"") + word + '"';
        ClientError warning{"unknown_word", "phrases left out, because no dictionary has these words: " + words, false};
        report_({.outcome = {.cause = ClientMessage::Kind::start}, .error = std::move(warning)});
    }
    auto session = SpeechSession::create(
        service_.recognizers(), *std::move(task),
        {.sample_rate = start_.sample_rate,
         .channels = start_.channels,
         .endpoint = {.silence = options.endpoint_silence, .max_utterance = options.max_utterance},
         .partial_interval = options.partial_interval});
    if (!session) return tl::unexpected{session.error()};
    session_.emplace(*std::move(session));
    return {};
}

Result<> SpeechWorker::work(Piece& piece, Outcome& outcome) {
    if (!session_) {
        if (auto opened = open(); !opened) return opened;
    }
    switch (piece.kind) {
        case Piece::Kind::start: return {};
        case Piece::Kind::audio:
            outcome.cause = ClientMessage::Kind::audio;
            return session_->feed(piece.samples, outcome.events);
        case Piece::Kind::flush: outcome.cause = ClientMessage::Kind::flush; return session_->finish(outcome.events);
        case Piece::Kind::stop: outcome.cause = ClientMessage::Kind::stop; return session_->finish(outcome.events);
    }
    return {};
}

void SpeechWorker::count(const Piece& piece, const Outcome& outcome) {
    auto& stats = service_.stats();
    stats.cut_utterances += session_->cuts() - std::exchange(cuts_, session_->cuts());
    for (const auto& event : outcome.events) {
        if (event.kind == SpeechEvent::Kind::partial) ++stats.partials;
        if (event.kind != SpeechEvent::Kind::final) continue;
        ++stats.finals;
        if (event.transcript.text.empty()) ++stats.empty_finals;
        stats.add_final_delay(
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - piece.arrived));
    }
}

void SpeechWorker::fail_with(const Error& error) {
    has_failed_ = true;
    session_.reset();
    ++service_.stats().failed_sessions;
    ClientError told{code_for(error), error.context.empty() ? error.message() : error.context, true};
    report_({.outcome = {.cause = ClientMessage::Kind::start}, .error = std::move(told)});
}

}  // namespace asr_stream::recognizer
