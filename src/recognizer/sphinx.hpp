#pragma once

#include <pocketsphinx.h>
#include <sphinxbase/cmd_ln.h>
#include <sphinxbase/fsg_model.h>
#include <sphinxbase/ngram_model.h>

#include <memory>
#include <string>

/// PocketSphinx 0.8+5prealpha, owned. Only this folder's recognizer files include it.
namespace asr_stream::recognizer::sphinx {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const noexcept {
        static_cast<void>(release(object));
    }
};
using Decoder = std::unique_ptr<ps_decoder_t, Release<ps_free>>;
using Config = std::unique_ptr<cmd_ln_t, Release<cmd_ln_free_r>>;
using FiniteStateGrammar = std::unique_ptr<fsg_model_t, Release<fsg_model_free>>;
using LanguageModel = std::unique_ptr<ngram_model_t, Release<ngram_model_free>>;

/// PocketSphinx writes pages to standard error; from here on it writes nothing, and its last error of each thread is
/// kept. Any thread, any number of times.
void silence_logging();
/// What PocketSphinx last complained of on this thread, in one line, and forgets it; "no reason given" when nothing.
[[nodiscard]] std::string take_last_error();

}  // namespace asr_stream::recognizer::sphinx
