#include "dialect/session_common.hpp"

#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

#include "dialect/base64.hpp"
#include "dialect/json_write.hpp"

namespace asr_stream::dialect {

namespace {

Result<> require_whole_samples(std::size_t bytes) {
    if (bytes % sizeof(std::int16_t) == 0) return {};
    return fail(Errc::bad_message, std::to_string(bytes) + " bytes: an even number is required (16-bit samples)");
}

}  // namespace

static_assert(std::endian::native == std::endian::little, "L16 goes on the wire as it lies in memory");

std::span<const std::byte> l16_bytes(std::span<const std::int16_t> samples) noexcept { return std::as_bytes(samples); }

std::size_t write_l16(std::span<const std::int16_t> samples, std::span<char> out) noexcept {
    const std::span<const std::byte> bytes = l16_bytes(samples);
    assert(out.size() >= bytes.size());
    if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return bytes.size();
}

SessionConfig session_config(const Profile& profile, std::uint32_t sample_rate) {
    return {.sample_rate = sample_rate,
            .audio_format = profile.audio_format,
            .language = profile.language,
            .interim = profile.interim,
            .hints = profile.hints,
            .grammar = profile.grammar,
            .metadata = profile.metadata,
            .playback = profile.playback,
            .playback_rate = profile.playback_rate != 0 ? profile.playback_rate : sample_rate};
}

Result<Message> Session::mark_message(std::string_view /*name*/, MarkState /*state*/) {
    return fail(Errc::not_supported, "mark to the service: dialect json has a message for it");
}

std::size_t RawAudioSession::max_encoded_bytes(std::size_t samples) const { return samples * sizeof(std::int16_t); }

std::size_t RawAudioSession::encode(const AudioChunk& chunk, std::span<char> out) {
    return write_l16(chunk.samples, out);
}

Result<Message> RawAudioSession::text_message(std::string_view /*text*/) {
    return fail(Errc::not_supported, "text to the service: dialect json has a message for it");
}

Result<Message> RawAudioSession::dtmf_message(char /*digit*/) {
    return fail(Errc::not_supported, "dtmf to the service: dialect json has a message for it");
}

Result<std::vector<std::int16_t>> read_l16(std::string_view bytes) {
    if (auto whole = require_whole_samples(bytes.size()); !whole) return tl::unexpected{std::move(whole).error()};
    std::vector<std::int16_t> samples(bytes.size() / sizeof(std::int16_t));
    if (!bytes.empty()) std::memcpy(samples.data(), bytes.data(), bytes.size());
    return samples;
}

Result<std::vector<std::int16_t>> read_base64_l16(std::string_view text) {
    std::vector<std::int16_t> samples((base64::max_decoded_size(text.size()) + 1) / sizeof(std::int16_t));
    const auto bytes = base64::decode(text, std::as_writable_bytes(std::span{samples}));
    if (!bytes) return tl::unexpected{bytes.error()};
    if (auto whole = require_whole_samples(*bytes); !whole) return tl::unexpected{std::move(whole).error()};
    samples.resize(*bytes / sizeof(std::int16_t));
    return samples;
}

Result<> require_text(Framing framing, std::string_view payload) {
    if (framing == Framing::text) return {};
    return fail(Errc::bad_message,
                "binary message of " + std::to_string(payload.size()) + " bytes: allowed are text messages");
}

std::string_view json_object_or_empty(std::string_view text) {
    JsonDocument document;
    if (!document.parse_object(text)) return {};
    return text.substr(text.find('{'), text.rfind('}') + 1 - text.find('{'));
}

void take_times_from_words(JsonFields& fields, std::string_view words_key, Transcript& transcript) {
    if (transcript.words.empty()) return;
    if (!transcript.start) transcript.start = transcript.words.front().start;
    if (!transcript.end) transcript.end = transcript.words.back().end;
    if (*transcript.end < *transcript.start)
        fields.refuse(words_key, "ends before the result starts: words in the order of their times are required");
}

RecognitionEvent make_event(RecognitionKind kind) { return make_event(kind, {}); }

RecognitionEvent make_event(RecognitionKind kind, Transcript transcript) {
    RecognitionEvent event;
    event.kind = kind;
    event.transcript = std::move(transcript);
    return event;
}

RecognitionEvent make_error_event(Errc code, std::string_view text, bool fatal) {
    RecognitionEvent event = make_event(RecognitionKind::error);
    event.error = Error{code, one_line(text, max_error_bytes)};
    event.fatal = fatal;
    return event;
}

}  // namespace asr_stream::dialect
