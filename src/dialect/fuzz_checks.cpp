#include "dialect/fuzz_checks.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "dialect/utf8.hpp"

namespace asr_stream::dialect {
namespace {

constexpr char record_separator = '\x1E';
constexpr std::size_t metadata_depth = 64;  // the opening nests the metadata, which has a bound of its own

void check_text(std::string_view text) {
    require(is_utf8(text), "texts are UTF-8");
    require(text.find('\0') == std::string_view::npos, "texts hold no NUL");
}

void check_confidence(std::optional<double> confidence) {
    require(!confidence || (*confidence >= 0 && *confidence <= 1), "confidences are 0 to 1");
}

void check_times(std::optional<CallTime> start, std::optional<CallTime> end) {
    constexpr CallTime latest{std::int64_t{1} << 53};
    for (const auto& time : {start, end})
        require(!time || (*time >= CallTime{0} && *time <= latest), "times are bounded");
    require(!start || !end || *start <= *end, "no end is before its start");
}

void check_transcript(const Transcript& transcript) {
    check_text(transcript.text);
    check_confidence(transcript.confidence);
    check_times(transcript.start, transcript.end);
    require(transcript.words.size() <= 4096, "words are bounded");
    for (const Word& word : transcript.words) {
        check_text(word.text);
        check_confidence(word.confidence);
        check_times(word.start, word.end);
    }
    require(transcript.alternatives.size() <= 32, "alternatives are bounded");
    for (const Alternative& alternative : transcript.alternatives) {
        check_text(alternative.text);
        check_confidence(alternative.confidence);
    }
}

void check_playback(const RecognitionEvent& event, bool playback) {
    const bool has_audio = playback && event.kind == RecognitionKind::audio;
    const bool has_mark = playback && event.kind == RecognitionKind::mark;
    require(has_audio || event.samples.empty(), "samples are those of playback");
    require(has_audio ? event.sample_rate >= 8000 && event.sample_rate <= 48'000 : event.sample_rate == 0,
            "rates are bounded");
    check_text(event.mark);
    require(has_mark == !event.mark.empty() && event.mark.size() <= 128, "a mark has a name, which is bounded");
}

void check_error(const Error& error) {
    check_text(error.context);
    require(error.context.size() <= 1024, "errors are short");
    require(std::ranges::none_of(error.context, [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
            "errors are one line");
}

void check_message(Session& session, bool playback, Framing framing, std::string_view message) {
    std::vector<RecognitionEvent> events;
    const Result<> result = session.decode(framing, message, events);
    if (!result) {
        require(result.error().code == Errc::bad_message, "what cannot be read is a bad message");
        require(events.empty(), "a bad message has no event");
        check_error(result.error());
    }
    for (const RecognitionEvent& event : events) {
        check_transcript(event.transcript);
        check_playback(event, playback);
        require(event.samples.size() * sizeof(std::int16_t) <= message.size(), "samples are no more than was sent");
        require(event.error.has_value() == (event.kind == RecognitionKind::error), "an error event has an error");
        if (event.error) check_error(*event.error);
    }
}

}  // namespace

void require(bool holds, std::string_view claim) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(claim.size()), claim.data());
    std::abort();
}

void check_decode(std::string_view dialect, std::string_view input) {
    const auto descriptor = find(dialect);
    require(descriptor.has_value(), "the dialect exists");
    for (const bool playback : {false, true}) {
        const AudioFraming format = playback ? AudioFraming::binary : AudioFraming::text;
        const auto session = (*descriptor)->open({.audio_format = format, .playback = playback});
        for (std::string_view rest = input;;) {
            const std::size_t size = std::min(rest.find(record_separator), rest.size());
            check_message(*session, playback, Framing::text, rest.substr(0, size));
            check_message(*session, playback, Framing::binary, rest.substr(0, size));
            if (size == rest.size()) break;
            rest.remove_prefix(size + 1);
        }
    }
}

void check_opening(std::string_view dialect, std::string_view input) {
    const auto descriptor = find(dialect);
    require(descriptor.has_value(), "the dialect exists");
    const std::string text{input};
    const auto session = (*descriptor)
                             ->open({.stream_id = text,
                                     .call_id = text,
                                     .language = text,
                                     .hints = {text, text},
                                     .grammar = text,
                                     .metadata = text,
                                     .resume = CallTime{static_cast<std::int64_t>(input.size()) - 5},
                                     .playback = input.size() % 2 == 0});
    std::vector<Message> messages = session->opening_messages();
    if (auto said = session->text_message(input)) messages.push_back(*std::move(said));
    if (auto said = session->mark_message(input, MarkState::cleared)) messages.push_back(*std::move(said));
    for (const Message& message : messages) {
        require(message.framing == Framing::text && is_utf8(message.payload), "openings are UTF-8 text");
        boost::json::parse_options options;
        options.max_depth = metadata_depth;
        boost::json::error_code error;
        const boost::json::value value = boost::json::parse(message.payload, error, {}, options);
        require(!error && value.is_object(), "openings are JSON objects");
        for (const char* key : {"stream", "call", "language", "grammar", "text", "name"})
            if (const auto* field = value.get_object().if_contains(key); field != nullptr && is_utf8(input))
                require(field->as_string() == boost::json::string_view{input.data(), input.size()},
                        "texts arrive unchanged");
    }
}

}  // namespace asr_stream::dialect
